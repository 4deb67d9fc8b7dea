"""The Thing's own fields."""

import unicodedata
from collections.abc import Callable
from functools import cached_property
from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

from things.actions.base import Action, Unread, at, register
from things.document.draft import Draft
from things.errors import Fault
from things.kinds.fields import Colour, Number, Plain, Switch, Wrong
from things.models import Role
from things.shapes import Canvas, JsonObject, JsonValue, Value, values_of

TITLE = Plain(limit=200)
TAG = Plain(limit=40)
SIDE = Number(default=0, low=1)


def checked_title(value: JsonValue) -> str:
    return " ".join(TITLE.read(value).split())


def _side(value: JsonValue) -> float | None:
    return None if value is None else SIDE.read(value)


CANVAS: dict[str, Callable[[JsonValue], Value]] = {
    "width": _side,
    "height": _side,
    "background": Colour(default="none").read,
    "grid": Switch().read,
}


def checked_canvas(given: JsonObject, present: Canvas) -> Canvas:
    """The present canvas with some of its parts replaced."""
    canvas = present.copy()
    for name, value in given.items():
        with at(name):
            if name not in CANVAS:
                raise Wrong("unknown field", code=Fault.UNKNOWN_FIELD)
            values_of(canvas)[name] = CANVAS[name](value)
    return canvas


@register
class Rename(Action, frozen=True):
    type = "rename"
    family = "canvas"
    description = "Set the title of the Thing."
    example = {"title": "Harbour pool, opening week"}

    title: str

    @cached_property
    def checked(self) -> str:
        with at("title"):
            return checked_title(self.title)

    def check(self) -> None:
        self.checked  # noqa: B018

    def apply(self, draft: Draft) -> None:
        draft.set_meta("title", self.checked)


@register
class SetCanvas(Action, frozen=True):
    type = "set_canvas"
    family = "canvas"
    description = "Set parts of the canvas: width and height (null is endless), background, grid."
    example = {"set": {"background": "#ffffff"}}

    set: dict[str, Unread]

    def apply(self, draft: Draft) -> None:
        with at("set"):
            draft.set_meta("canvas", checked_canvas(self.set, draft.document.meta["canvas"]))


class ThingFields(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    tags: list[str] | UnsetType = UNSET
    visibility: Literal["private", "public"] | UnsetType = UNSET
    trashed: bool | UnsetType = UNSET
    template: bool | UnsetType = UNSET


@register
class SetThing(Action, frozen=True):
    type = "set_thing"
    family = "canvas"
    description = "Set tags (editors), visibility, trashed or template (the owner)."
    example = {"set": {"tags": ["plan", "poster"]}}

    set: ThingFields

    @cached_property
    def tags(self) -> list[str] | None:
        with at("set", "tags"):
            return None if self.set.tags is UNSET else checked_tags(self.set.tags)

    def check(self) -> None:
        self.tags  # noqa: B018

    def role_needed(self) -> Role:
        own = (self.set.visibility, self.set.trashed, self.set.template)
        return Role.OWNER if any(value is not UNSET for value in own) else Role.EDITOR

    def apply(self, draft: Draft) -> None:
        if self.tags is not None:
            draft.set_meta("tags", self.tags)
        if self.set.visibility is not UNSET:
            draft.set_meta("visibility", self.set.visibility)
        if self.set.trashed is not UNSET:
            draft.set_meta("trashed", self.set.trashed)
        if self.set.template is not UNSET:
            draft.set_meta("template", self.set.template)


def checked_tags(tags: list[str]) -> list[str]:
    if len(tags) > 20:
        raise Wrong("expected at most 20 tags", code=Fault.LENGTH)
    cleaned = [cleaned_tag(TAG.read(tag)) for tag in tags]
    return list(dict.fromkeys(tag for tag in cleaned if tag))


def cleaned_tag(tag: str) -> str:
    """One spelling of a tag: lower case, composed, one space between words."""
    return unicodedata.normalize("NFC", " ".join(tag.lower().split()))
