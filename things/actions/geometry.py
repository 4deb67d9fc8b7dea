"""Where widgets are, how large, how turned."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET

from things.actions.base import (
    Action,
    Id,
    Ids,
    Part,
    PlaceValue,
    SizeValue,
    at,
    checked,
    each,
    opened,
    register,
    write,
)
from things.actions.samples import FIRST, SECOND, THIRD
from things.actions.tree import fits, page_of, put, rehang
from things.document import WidgetState
from things.draft import Draft
from things.drawing.geometry import Box, Point, box_around, placed
from things.kinds.fields import Wrong, identifier, number

MANY = msgspec.Meta(min_length=1, max_length=10_000)


class Placed(Part, frozen=True):
    id: Id
    place: PlaceValue


class Resized(Part, frozen=True):
    id: Id
    size: SizeValue
    place: PlaceValue = UNSET


class Rotated(Part, frozen=True):
    id: Id
    rotation: float
    place: PlaceValue = UNSET


def _fetch_parents(draft: Draft, parts: list[Any]) -> None:
    parents = [part.place.get("parent") for part in parts if isinstance(part.place, dict)]
    draft.document.fetch(parent for parent in parents if isinstance(parent, str) and len(parent) == 36)


def _put(draft: Draft, state: WidgetState, place: Any) -> None:
    with at("place"):
        value = checked(state, "place", place)
    put(draft, state, value)


@register
class Move(Action, frozen=True):
    type = "move"
    family = "geometry"
    description = "Move widgets. `place` is parent, x and y as one."
    conflict = "`place` is one field: the last write in server order wins. A widget inside itself is 409 `cycle`."
    example = {"widgets": [{"id": FIRST, "place": {"parent": None, "x": 120, "y": 80}}]}

    widgets: Annotated[list[Placed], MANY]

    def apply(self, draft: Draft) -> None:
        _fetch_parents(draft, self.widgets)
        each(draft, self.widgets, lambda state, part: _put(draft, state, part.place), "place")


@register
class Resize(Action, frozen=True):
    type = "resize"
    family = "geometry"
    description = "Set the size of widgets, and with `place` where they stand."
    example = {"widgets": [{"id": FIRST, "size": {"width": 200, "height": 120}}]}

    widgets: Annotated[list[Resized], MANY]

    def apply(self, draft: Draft) -> None:
        def resize(state: WidgetState, part: Resized) -> None:
            with at("size"):
                write(draft, state, "size", part.size)
            if part.place is not UNSET:
                _put(draft, state, part.place)

        _fetch_parents(draft, self.widgets)
        each(draft, self.widgets, resize, "size")


@register
class Rotate(Action, frozen=True):
    type = "rotate"
    family = "geometry"
    description = "Set the rotation of widgets in degrees clockwise about their centres."
    example = {"widgets": [{"id": FIRST, "rotation": 45}]}

    widgets: Annotated[list[Rotated], MANY]

    def apply(self, draft: Draft) -> None:
        def rotate(state: WidgetState, part: Rotated) -> None:
            with at("rotation"):
                write(draft, state, "rotation", part.rotation)
            if part.place is not UNSET:
                _put(draft, state, part.place)

        _fetch_parents(draft, self.widgets)
        each(draft, self.widgets, rotate, "rotation")


def shift(draft: Draft, state: WidgetState, dx: float, dy: float) -> None:
    place = state.fields["place"]
    moved = {"parent": place["parent"], "x": number(place["x"] + dx), "y": number(place["y"] + dy)}
    draft.set(state, "place", moved)


@register
class Nudge(Action, frozen=True):
    """Computed from the present, so that two nudges add up."""

    type = "nudge"
    family = "geometry"
    description = "Move widgets by dx and dy from wherever they are now."
    conflict = "Relative: nudges of several people add up."
    example = {"widgets": [FIRST], "dx": 1, "dy": 0}

    widgets: Ids
    dx: float = 0
    dy: float = 0

    def apply(self, draft: Draft) -> None:
        with at("dx"):
            dx = number(self.dx)
        with at("dy"):
            dy = number(self.dy)
        for index, state in enumerate(opened(draft, self.widgets, field="place")):
            with at("widgets", index):
                shift(draft, state, dx, dy)


def box_of(draft: Draft, state: WidgetState) -> Box:
    """The upright box around a widget, on the page. A connector counts as its place."""
    page, _ = page_of(draft.document, state.parent)
    own = page @ placed(state.fields)
    size = state.fields.get("size", {"width": 0, "height": 0})
    box = box_around([own(Point(x, y)) for x in (0, size["width"]) for y in (0, size["height"])])
    if box is None:
        raise AssertionError("four corners make a box")
    return box


def shift_on_page(draft: Draft, state: WidgetState, dx: float, dy: float) -> None:
    page, _ = page_of(draft.document, state.parent)
    inside = page.inverse()
    zero, moved = inside(Point(0, 0)), inside(Point(dx, dy))
    shift(draft, state, moved.x - zero.x, moved.y - zero.y)


@register
class Align(Action, frozen=True):
    type = "align"
    family = "geometry"
    description = "Align widgets to one edge or centre line of the box around them."
    conflict = "Computed by the server from the present."
    example = {"widgets": [FIRST, SECOND], "edge": "left"}

    widgets: Ids
    edge: Literal["left", "center", "right", "top", "middle", "bottom"]

    def apply(self, draft: Draft) -> None:
        boxes = [(state, box_of(draft, state)) for state in opened(draft, self.widgets, field="place")]
        whole = box_around([point for _, box in boxes for point in (Point(*box[:2]), Point(*box[2:]))])
        if whole is not None:
            for state, box in boxes:
                shift_on_page(draft, state, *self._offset(whole, box))

    def _offset(self, whole: Box, box: Box) -> tuple[float, float]:
        match self.edge:
            case "left" | "right" | "top" | "bottom":
                distance = getattr(whole, self.edge) - getattr(box, self.edge)
                return (distance, 0) if self.edge in ("left", "right") else (0, distance)
            case "center":
                return whole.center.x - box.center.x, 0
            case "middle":
                return 0, whole.center.y - box.center.y


@register
class Distribute(Action, frozen=True):
    type = "distribute"
    family = "geometry"
    description = "Make the gaps between widgets equal; the outermost two stay."
    conflict = "Computed by the server from the present."
    example = {"widgets": [FIRST, SECOND, THIRD], "axis": "x"}

    widgets: Ids
    axis: Literal["x", "y"]

    def apply(self, draft: Draft) -> None:
        index = 0 if self.axis == "x" else 1
        boxes = [(state, box_of(draft, state)) for state in opened(draft, self.widgets, field="place")]
        boxes.sort(key=lambda entry: (entry[1][index], entry[0].id))
        if len(boxes) < 3:
            return
        filled = sum(box[index + 2] - box[index] for _, box in boxes)
        gap = (boxes[-1][1][index + 2] - boxes[0][1][index] - filled) / (len(boxes) - 1)
        edge = boxes[0][1][index]
        for state, box in boxes:
            distance = edge - box[index]
            shift_on_page(draft, state, *((distance, 0) if index == 0 else (0, distance)))
            edge += box[index + 2] - box[index] + gap


@register
class Reparent(Action, frozen=True):
    type = "reparent"
    family = "structure"
    description = "Put widgets into a frame, or out of it (`parent` null), keeping their place on the page."
    conflict = "`place` is one field: the last write in server order wins. A widget inside itself is 409 `cycle`."
    example = {"widgets": [FIRST], "parent": None}

    widgets: Ids
    parent: Id | None

    def apply(self, draft: Draft) -> None:
        parent = None
        if self.parent is not None:
            with at("parent"):
                parent = identifier(self.parent)
        for state in opened(draft, self.widgets, field="place"):
            if self._may(draft, state, parent) and state.parent != parent:
                rehang(draft, state, parent)

    def _may(self, draft: Draft, state: WidgetState, parent: str | None) -> bool:
        try:
            return fits(draft, state, parent)
        except Wrong as wrong:
            with at("parent"):
                raise Wrong(wrong.detail, "", wrong.code) from None
