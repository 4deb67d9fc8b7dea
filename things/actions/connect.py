"""The ends of connectors. Each is a field of its own."""

from typing import Literal

from things.actions.base import Action, EndValue, Id, at, checked, register
from things.actions.samples import FIRST, SECOND
from things.actions.tree import page_of
from things.document import WidgetState
from things.draft import Draft
from things.drawing.geometry import Point, placed
from things.kinds.fields import Wrong, identifier, number


def _connector(draft: Draft, widget: str, end: str) -> WidgetState | None:
    with at("widget"):
        state = draft.open(identifier(widget), field=end)
        if state is not None and "start" not in state.fields:
            raise Wrong(f"a {state.kind} has no ends", code="kind")
    return state


@register
class Connect(Action, frozen=True):
    type = "connect"
    family = "connect"
    description = "Fix an end of a connector to a widget, or put it at a point."
    conflict = "Ends are independent fields. A deleted target shows the end's own point and holds again when restored."
    example = {"widget": FIRST, "end": "end", "to": {"widget": SECOND, "anchor": "auto"}}

    widget: Id
    end: Literal["start", "end"]
    to: EndValue

    def apply(self, draft: Draft) -> None:
        state = _connector(draft, self.widget, self.end)
        if state is None:
            return
        with at("to"):
            given = self.to if isinstance(self.to, dict) else {}
            # Without a point of its own the end falls back to where it last was.
            points = {key: state.fields[self.end][key] for key in ("x", "y")} if given.get("widget") else {}
            value = checked(state, self.end, {**points, **given} if given else self.to)
        target = draft.document.get(value["widget"]) if value["widget"] else None
        if value["widget"] and (target is None or not target.alive):
            draft.skip(value["widget"], "gone", field=self.end)
        elif target is not None and "start" in target.fields:
            with at("to", "widget"):
                raise Wrong("a connector cannot hold another", code="kind")
        else:
            draft.set(state, self.end, value)


@register
class Disconnect(Action, frozen=True):
    type = "disconnect"
    family = "connect"
    description = "Free an end of a connector; it stays where its target's centre is."
    example = {"widget": FIRST, "end": "end"}

    widget: Id
    end: Literal["start", "end"]

    def apply(self, draft: Draft) -> None:
        state = _connector(draft, self.widget, self.end)
        if state is None or state.fields[self.end]["widget"] is None:
            return
        target = draft.document.get(state.fields[self.end]["widget"])
        point = _center(draft, state, target) if target and target.alive else Point(*_fallback(state, self.end))
        free = {"widget": None, "anchor": "auto", "x": number(point.x), "y": number(point.y)}
        draft.set(state, self.end, free)


def _fallback(state: WidgetState, end: str) -> tuple[float, float]:
    return state.fields[end]["x"], state.fields[end]["y"]


def _center(draft: Draft, connector: WidgetState, target: WidgetState) -> Point:
    """Of the target, in the connector's coordinates."""
    size = target.fields.get("size", {"width": 0, "height": 0})
    page = page_of(draft.document, target.parent)[0] @ placed(target.fields)
    own = page_of(draft.document, connector.parent)[0] @ placed(connector.fields)
    return own.inverse()(page(Point(size["width"] / 2, size["height"] / 2)))
