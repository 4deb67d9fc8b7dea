"""Every kind of widget by name."""

from dataclasses import dataclass
from functools import cached_property
from typing import TypedDict

from things.kinds.fields import Angle, Field, Link, Number, Order, PlaceField, Plain, Switch
from things.shapes import JsonObject, Value

PLACE = PlaceField()
COMMON: dict[str, Field[Value]] = {
    "place": PLACE,
    "order": Order(),
    "opacity": Number(default=1, low=0, high=1),
    "name": Plain(limit=200),
    "alt": Plain(limit=2000),
    "link": Link(),
    "locked": Switch(),
    "hidden": Switch(),
}


class FieldShown(TypedDict):
    default: Value
    schema: JsonObject


class KindShown(TypedDict):
    title: str
    text: bool
    container: bool
    fields: dict[str, FieldShown]


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind: its name, its fields, whether it holds text, and other widgets."""

    name: str
    title: str
    fields: dict[str, Field[Value]]
    text: bool = False
    container: bool = False

    @cached_property
    def defaults(self) -> dict[str, Value]:
        return {name: entry.default for name, entry in self.fields.items()}

    def as_json(self) -> KindShown:
        return {
            "title": self.title,
            "text": self.text,
            "container": self.container,
            "fields": {name: {"default": f.default, "schema": f.schema()} for name, f in self.fields.items()},
        }


TURNING: dict[str, Field[Value]] = {"rotation": Angle()}
KINDS: dict[str, Kind] = {}


def register(kind: Kind) -> Kind:
    KINDS[kind.name] = kind
    return kind


def kinds_as_json() -> dict[str, KindShown]:
    """Every kind with the defaults and schemas of its fields: the editor starts with it, `/api/kinds/` answers it."""
    return {name: kind.as_json() for name, kind in KINDS.items()}
