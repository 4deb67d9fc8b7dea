"""Every kind of widget by name."""

from dataclasses import dataclass, field
from typing import Any

from things.kinds.fields import Angle, Field, Link, Number, Order, Place, Switch, Words

COMMON: dict[str, Field] = {
    "place": Place(),
    "order": Order(),
    "opacity": Number(default=1, low=0, high=1),
    "name": Words(limit=200),
    "alt": Words(limit=2000),
    "link": Link(),
    "locked": Switch(),
    "hidden": Switch(),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind: its name, its own fields beside the common ones, whether it holds text."""

    name: str
    title: str
    own: dict[str, Field]
    text: bool = False
    container: bool = False
    turns: bool = True
    fields: dict[str, Field] = field(init=False)
    defaults: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        turning: dict[str, Field] = {"rotation": Angle()} if self.turns else {}
        fields = {**COMMON, **turning, **self.own}
        object.__setattr__(self, "fields", fields)
        object.__setattr__(self, "defaults", {name: entry.default for name, entry in fields.items()})

    def as_json(self) -> dict[str, Any]:
        return {
            "title": self.title,
            "text": self.text,
            "container": self.container,
            "fields": {name: {"default": f.default, "schema": f.schema()} for name, f in self.fields.items()},
        }


KINDS: dict[str, Kind] = {}


def register(kind: Kind) -> Kind:
    KINDS[kind.name] = kind
    return kind


def kinds_as_json() -> dict[str, Any]:
    """Every kind with the defaults and schemas of its fields: the editor and the reference pages read it."""
    return {name: kind.as_json() for name, kind in KINDS.items()}
