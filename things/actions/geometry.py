"""Where widgets are, how large, how turned."""

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, UnsetType

from things.actions.base import (
    Id,
    OnParts,
    OnWidgets,
    Part,
    PlaceValue,
    SizeValue,
    at,
    checked_place,
    each,
    opened,
    register,
    write,
)
from things.actions.samples import FIRST, SECOND, THIRD
from things.actions.tree import Shift, fetch_connected, fits, put, rehang, shift_all
from things.document import WidgetState
from things.document.draft import Draft
from things.document.ends import is_held
from things.drawing.geometry import Box, Point, box_around, placed
from things.kinds.fields import Wrong, identifier, is_identifier, number
from things.shapes import JsonValue

MANY = msgspec.Meta(min_length=1, max_length=10_000)


class Placed(Part, frozen=True):
    place: PlaceValue


class Resized(Part, frozen=True):
    size: SizeValue
    place: PlaceValue | UnsetType = UNSET


class Rotated(Part, frozen=True):
    rotation: float
    place: PlaceValue | UnsetType = UNSET


class PutsWidgets(OnParts, frozen=True):
    """An action whose parts may say a place."""

    widgets: Sequence[Placed | Resized | Rotated]

    def fetch(self, draft: Draft) -> None:
        """Load what it takes to put the widgets there, in a bounded number of statements."""
        draft.document.fetch(self.ids)
        moving = list(self._moving(draft))
        fetch_connected(draft, (state for state, _ in moving))
        changing = [(state, parent) for state, parent in moving if state.parent != parent]
        draft.lineage.prepare((state for state, _ in changing), (parent for _, parent in changing))

    def _moving(self, draft: Draft) -> Iterator[tuple[WidgetState, str | None]]:
        for widget, part in zip(self.ids, self.widgets, strict=True):
            state = draft.document.get(widget)
            if state is not None and isinstance(part.place, dict):
                parent = part.place.get("parent")
                yield state, parent if is_identifier(parent) else None


def _put(draft: Draft, state: WidgetState, place: JsonValue) -> None:
    with at("place"):
        value = checked_place(state, place)
    put(draft, state, value)


@register
class Move(PutsWidgets, frozen=True):
    type = "move"
    family = "geometry"
    description = "Move widgets. `place` is parent, x and y as one."
    conflict = "`place` is one field: the last write in server order wins. A widget inside itself is 409 `cycle`."
    example = {"widgets": [{"id": FIRST, "place": {"parent": None, "x": 120, "y": 80}}]}

    widgets: Annotated[list[Placed], MANY]

    def apply(self, draft: Draft) -> None:
        self.fetch(draft)
        each(draft, self.ids, self.widgets, lambda state, part: _put(draft, state, part.place), "place")


@register
class Resize(PutsWidgets, frozen=True):
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

        self.fetch(draft)
        each(draft, self.ids, self.widgets, resize, "size")


@register
class Rotate(PutsWidgets, frozen=True):
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

        self.fetch(draft)
        each(draft, self.ids, self.widgets, rotate, "rotation")


@register
class Nudge(OnWidgets, frozen=True):
    """Computed from the present, so that two nudges add up."""

    type = "nudge"
    family = "geometry"
    description = "Move widgets by dx and dy on the page, however their parents are turned, from wherever they are now."
    conflict = (
        "Relative: nudges of several people add up. A widget inside another of those named goes with it; a connector "
        "held at both ends is passed over."
    )
    example = {"widgets": [FIRST], "dx": 1, "dy": 0}

    dx: float = 0
    dy: float = 0

    @cached_property
    def way(self) -> tuple[float, float]:
        with at("dx"):
            dx = number(self.dx)
        with at("dy"):
            dy = number(self.dy)
        return dx, dy

    def check(self) -> None:
        super().check()
        self.way  # noqa: B018

    def apply(self, draft: Draft) -> None:
        states = opened(draft, self.ids, field="place")
        fetch_connected(draft, states)
        draft.document.fetch_above(state.parent for state in states)
        with at("widgets"):
            shift_all(draft, [Shift(state, *self.way) for state in states])


def box_of(draft: Draft, state: WidgetState) -> Box:
    """The upright box around a widget, on the page. A connector counts as its place."""
    own = draft.lineage.chain(state.parent).page @ placed(state.fields)
    size = state.fields.get("size", {"width": 0, "height": 0})
    box = box_around([own(Point(x, y)) for x in (0, size["width"]) for y in (0, size["height"])])
    if box is None:
        raise AssertionError("four corners make a box")
    return box


def boxes_of(draft: Draft, ids: list[str]) -> list[tuple[WidgetState, Box]]:
    """Of the widgets that can be moved. A connector held at both ends has no place of its own to align."""
    states = opened(draft, ids, field="place")
    fetch_connected(draft, states)
    draft.document.fetch_above(state.parent for state in states)
    return [(state, box_of(draft, state)) for state in states if not is_held(draft, state)]


@register
class Align(OnWidgets, frozen=True):
    type = "align"
    family = "geometry"
    description = "Align widgets to one edge or centre line of the box around them."
    conflict = "Computed by the server from the present."
    example = {"widgets": [FIRST, SECOND], "edge": "left"}

    edge: Literal["left", "center", "right", "top", "middle", "bottom"]

    def apply(self, draft: Draft) -> None:
        boxes = boxes_of(draft, self.ids)
        whole = box_around([point for _, box in boxes for point in (Point(*box[:2]), Point(*box[2:]))])
        if whole is not None:
            with at("widgets"):
                shift_all(draft, [Shift(state, *self._offset(whole, box)) for state, box in boxes])

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
class Distribute(OnWidgets, frozen=True):
    type = "distribute"
    family = "geometry"
    description = "Make the gaps between widgets equal; the outermost two stay."
    conflict = "Computed by the server from the present."
    example = {"widgets": [FIRST, SECOND, THIRD], "axis": "x"}

    axis: Literal["x", "y"]

    def apply(self, draft: Draft) -> None:
        index = 0 if self.axis == "x" else 1
        boxes = sorted(boxes_of(draft, self.ids), key=lambda entry: (entry[1][index], entry[0].id))
        if len(boxes) < 3:
            return
        filled = sum(box[index + 2] - box[index] for _, box in boxes)
        gap = (boxes[-1][1][index + 2] - boxes[0][1][index] - filled) / (len(boxes) - 1)
        edge = boxes[0][1][index]
        shifts = []
        for state, box in boxes:
            distance = edge - box[index]
            shifts.append(Shift(state, distance, 0) if index == 0 else Shift(state, 0, distance))
            edge += box[index + 2] - box[index] + gap
        with at("widgets"):
            shift_all(draft, shifts)


@register
class Reparent(OnWidgets, frozen=True):
    type = "reparent"
    family = "structure"
    description = "Put widgets into a frame, or out of it (`parent` null), keeping their place on the page."
    conflict = "`place` is one field: the last write in server order wins. A widget inside itself is 409 `cycle`."
    example = {"widgets": [FIRST], "parent": None}

    parent: Id | None

    @cached_property
    def into(self) -> str | None:
        with at("parent"):
            return None if self.parent is None else identifier(self.parent)

    def check(self) -> None:
        super().check()
        self.into  # noqa: B018

    def apply(self, draft: Draft) -> None:
        states = opened(draft, self.ids, field="place")
        draft.lineage.prepare(states, [self.into])
        for index, state in enumerate(states):
            if state.parent != self.into and self._may(draft, state):
                with at("widgets", index):
                    rehang(draft, state, self.into)

    def _may(self, draft: Draft, state: WidgetState) -> bool:
        try:
            return fits(draft, state, self.into)
        except Wrong as wrong:
            with at("parent"):
                raise Wrong(wrong.detail, "", wrong.code) from None
