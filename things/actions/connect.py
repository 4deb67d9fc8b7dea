"""The ends of connectors. Each is a field of its own."""

from collections.abc import Iterable
from functools import cached_property
from typing import Literal

from things.actions.base import Action, EndValue, Id, at, checked, register
from things.actions.samples import FIRST, SECOND
from things.document import WidgetState, ends
from things.document.draft import Draft
from things.errors import Fault, Reason
from things.kinds.fields import Wrong, identifier, is_identifier
from things.shapes import End, is_end


class OnEnd(Action, frozen=True):
    """An action on one end of a connector."""

    widget: Id
    end: Literal["start", "end"]

    @cached_property
    def connector(self) -> str:
        with at("widget"):
            return identifier(self.widget)

    def check(self) -> None:
        self.connector  # noqa: B018

    def named(self) -> Iterable[str]:
        return [self.connector]

    def opened(self, draft: Draft) -> WidgetState | None:
        state = draft.open(self.connector, field=self.end)
        if state is not None and "start" not in state.fields:
            with at("widget"):
                raise Wrong(f"a {state.kind} has no ends", code=Fault.KIND)
        return state


@register
class Connect(OnEnd, frozen=True):
    type = "connect"
    family = "connect"
    description = "Fix an end of a connector to a widget, or put it at a point."
    conflict = "Ends are independent fields. A deleted target shows the end's own point and holds again when restored."
    example = {"widget": FIRST, "end": "end", "to": {"widget": SECOND, "anchor": "auto"}}

    to: EndValue

    def named(self) -> Iterable[str]:
        target = self.to.get("widget") if isinstance(self.to, dict) else None
        return [self.connector, *([target] if is_identifier(target) else [])]

    def apply(self, draft: Draft) -> None:
        state = self.opened(draft)
        if state is None:
            return
        with at("to"):
            given = self.to if isinstance(self.to, dict) else {}
            # Without a point of its own the end falls back to where it last was.
            last = state.fields[self.end]
            points = {"x": last["x"], "y": last["y"]} if given.get("widget") else {}
            value = checked(state, self.end, {**points, **given} if given else self.to)
            assert is_end(value)
        target = draft.document.get(value["widget"]) if value["widget"] else None
        if value["widget"] and (target is None or not target.alive):
            draft.skip(value["widget"], Reason.GONE, field=self.end)
        elif target is not None and "start" in target.fields:
            with at("to", "widget"):
                raise Wrong("a connector cannot hold another", code=Fault.KIND)
        else:
            draft.set(state, self.end, value)


@register
class Disconnect(OnEnd, frozen=True):
    type = "disconnect"
    family = "connect"
    description = "Free an end of a connector; it stays where it is seen."
    example = {"widget": FIRST, "end": "end"}

    def apply(self, draft: Draft) -> None:
        state = self.opened(draft)
        if state is None or state.fields[self.end]["widget"] is None:
            return
        ends.fetch_sight(draft, [state])
        point = ends.seen(draft, state)[self.end]
        free: End = {"widget": None, "anchor": "auto", "x": ends.within(point.x), "y": ends.within(point.y)}
        draft.set(state, self.end, free)
