"""Putting widgets into others and shifting them on the page: parents, cycles, depth, turned parents."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from things.document import WidgetState, ends
from things.document.draft import Draft
from things.document.lineage import MAX_DEPTH
from things.drawing.geometry import Point
from things.drawing.scene import NOTHING
from things.errors import Cycle, Fault, Reason, TooDeep
from things.kinds.fields import Wrong, number
from things.kinds.registry import KINDS
from things.shapes import Place


def put(draft: Draft, state: WidgetState, place: Place) -> None:
    """Set a place after its parent was found fit; skips `parent_gone`, raises `Cycle` and `TooDeep`."""
    if place["parent"] == state.parent and ends.is_held(draft, state):
        return  # A connector held at both ends shows nothing of its own place.
    if fits(draft, state, place["parent"]):
        draft.set(state, "place", place)


def fits(draft: Draft, state: WidgetState, parent: str | None, *, new: bool = False, now: int | None = None) -> bool:
    """Whether a widget may lie there. `new`: it lies nowhere yet; `now`: how many parents what it is a copy of has."""
    if parent is None or (parent == state.parent and not new):
        return True
    outer = draft.document.get(parent)
    if outer is None or not draft.lineage.chain(parent).alive:
        draft.skip(state.id, Reason.PARENT_GONE, field="place")
        return False
    kind = KINDS.get(outer.kind)
    if kind is None or not kind.container:
        raise Wrong(f"a {outer.kind} holds no widgets", "/place/parent", Fault.PARENT)
    height = 0
    if not new:
        if draft.lineage.lies_in(parent, state.id):
            raise Cycle(f"{state.id} would be inside itself")
        height, now = draft.lineage.height(state), draft.lineage.chain(state.parent).depth
    if draft.lineage.too_deep(parent, height=height, now=now):
        raise TooDeep(f"expected at most {MAX_DEPTH} parents above {state.id} and what lies in it", "/place/parent")
    return True


def fetch_connected(draft: Draft, states: Iterable[WidgetState]) -> None:
    """Load what the ends of the connectors among these hold on to."""
    ends.fetch_sight(draft, (state for state in states if "start" in state.fields))


def rehang(draft: Draft, state: WidgetState, parent: str | None) -> None:
    """Give a widget another parent while it stays where it is on the page."""
    old, new = draft.lineage.chain(state.parent), draft.lineage.chain(parent)
    size = state.fields.get("size", NOTHING)
    half = Point(size["width"] / 2, size["height"] / 2)
    place = state.fields["place"]
    center = new.page.inverse()(old.page(Point(place["x"] + half.x, place["y"] + half.y)))
    draft.set(state, "place", {"parent": parent, "x": number(center.x - half.x), "y": number(center.y - half.y)})
    if "rotation" in state.fields and old.turned != new.turned:
        turned = number((state.fields["rotation"] + old.turned - new.turned) % 360)
        draft.set(state, "rotation", turned)


def on_page(draft: Draft, parent: str | None, dx: float, dy: float) -> Point:
    """A way on the page as it is said in the coordinates inside a parent."""
    page = draft.lineage.chain(parent).page
    return Point(page.a * dx + page.b * dy, page.c * dx + page.d * dy)


@dataclass(frozen=True, slots=True)
class Shift:
    """A widget and the way it shall go on the page."""

    state: WidgetState
    dx: float
    dy: float


@dataclass(slots=True)
class Shifting:
    """Shifts many widgets on the page at once. One that lies in another of them goes along with it, at any depth, so
    it is moved only by what is left; a connector held at both ends is passed over.
    """

    draft: Draft
    shifts: dict[str, Shift]
    _carried: dict[str | None, Shift | None] = field(default_factory=dict)

    def perform(self) -> None:
        # The ways are found before anything moves: a frame's turn is not changed by moving it.
        for shift, way in [(shift, self._way(shift)) for shift in self.shifts.values()]:
            place = shift.state.fields["place"]
            if (way.x or way.y) and not ends.is_held(self.draft, shift.state):
                x, y = number(place["x"] + way.x), number(place["y"] + way.y)
                self.draft.set(shift.state, "place", {"parent": place["parent"], "x": x, "y": y})

    def _way(self, shift: Shift) -> Point:
        carrier = self._carrier(shift.state.parent)
        dx, dy = (carrier.dx, carrier.dy) if carrier is not None else (0.0, 0.0)
        return on_page(self.draft, shift.state.parent, shift.dx - dx, shift.dy - dy)

    def _carrier(self, parent: str | None) -> Shift | None:
        """The nearest of the shifted widgets that a parent is, or lies in."""
        path, found = list[str](), None
        for state in self.draft.lineage.above(parent):
            if state.id in self._carried:
                found = self._carried[state.id]
                break
            path.append(state.id)
            if state.id in self.shifts:
                found = self.shifts[state.id]
                break
        self._carried.update(dict.fromkeys(path, found))
        return found


def shift_all(draft: Draft, shifts: Iterable[Shift]) -> None:
    Shifting(draft, {shift.state.id: shift for shift in shifts}).perform()
