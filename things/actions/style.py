"""How widgets look and what is known about them."""

from typing import Annotated

import msgspec

from things.actions.base import OnParts, OnWidgets, Part, Unread, at, each, opened, register, write
from things.actions.samples import FIRST
from things.document import WidgetState
from things.document.draft import Draft
from things.errors import Fault
from things.kinds.fields import Wrong
from things.kinds.registry import COMMON, KINDS

# Fields with actions of their own: geometry, order, connectors, words about the widget, locks.
NOT_STYLE = {*COMMON, "size", "rotation", "start", "end"} - {"opacity"}


@register
class Style(OnWidgets, frozen=True):
    type = "style"
    family = "style"
    description = "Set style fields (fill, stroke, font_size, …). A widget whose kind lacks a field is passed over."
    example = {"widgets": [FIRST], "set": {"fill": "#f4c6cd", "stroke_width": 2}}

    set: Annotated[dict[str, Unread], msgspec.Meta(min_length=1, max_length=50)]

    def check(self) -> None:
        super().check()
        for name in self.set:
            if name in NOT_STYLE or not any(name in kind.fields for kind in KINDS.values()):
                with at("set", name):
                    raise Wrong("no style field has this name", code=Fault.UNKNOWN_FIELD)

    def cost(self) -> int:
        return super().cost() * len(self.set)

    def apply(self, draft: Draft) -> None:
        for state in opened(draft, self.ids):
            kind = KINDS.get(state.kind)
            for name, value in self.set.items():
                if kind is not None and name in kind.fields:
                    with at("set", name):
                        write(draft, state, name, value)


class Described(Part, frozen=True):
    name: str | None = None
    alt: str | None = None
    link: str | None = None


@register
class SetFields(OnParts, frozen=True):
    type = "set_fields"
    family = "style"
    description = "Set name, alternative text or link of widgets."
    example = {"widgets": [{"id": FIRST, "name": "Front desk", "alt": "Where visitors show a card"}]}

    widgets: Annotated[list[Described], msgspec.Meta(min_length=1, max_length=10_000)]

    def apply(self, draft: Draft) -> None:
        def describe(state: WidgetState, part: Described) -> None:
            for name in ("name", "alt", "link"):
                if (value := getattr(part, name)) is not None:
                    with at(name):
                        write(draft, state, name, value)

        each(draft, self.ids, self.widgets, describe, "name")


@register
class Lock(OnWidgets, frozen=True):
    type = "lock"
    family = "style"
    description = "Lock widgets, or unlock them. A locked widget takes nothing but `lock`."
    example = {"widgets": [FIRST], "on": True}

    on: bool

    def apply(self, draft: Draft) -> None:
        for state in opened(draft, self.ids, field="locked"):
            write(draft, state, "locked", self.on)


@register
class Hide(OnWidgets, frozen=True):
    type = "hide"
    family = "style"
    description = "Hide widgets, or show them again."
    example = {"widgets": [FIRST], "on": True}

    on: bool

    def apply(self, draft: Draft) -> None:
        for state in opened(draft, self.ids, field="hidden"):
            write(draft, state, "hidden", self.on)
