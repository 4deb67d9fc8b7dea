"""Who lies in whom: parents, cycles, and where a widget stands on the page."""

from things.document import Document, Json, WidgetState
from things.draft import Draft
from things.drawing.geometry import Matrix, Point, placed
from things.errors import Cycle
from things.kinds.fields import Wrong, number
from things.kinds.registry import KINDS


def ancestors(document: Document, parent: str | None) -> list[WidgetState]:
    """From the parent outwards, dead ones included. Ends at a cycle, which the log cannot hold but a row might."""
    found: list[WidgetState] = []
    seen: set[str] = set()
    while parent is not None and parent not in seen:
        seen.add(parent)
        state = document.get(parent)
        if state is None:
            break
        found.append(state)
        parent = state.parent
    return found


def put(draft: Draft, state: WidgetState, place: Json) -> None:
    """Set a place after its parent was found fit; skips `parent_gone`, raises `Cycle`."""
    if fits(draft, state, place["parent"]):
        draft.set(state, "place", place)


def fits(draft: Draft, state: WidgetState, parent: str | None) -> bool:
    if parent is None:
        return True
    above = ancestors(draft.document, parent)
    if not above or not all(ancestor.alive for ancestor in above):
        draft.skip(state.id, "parent_gone", field="place")
        return False
    kind = KINDS.get(above[0].kind)
    if kind is None or not kind.container:
        raise Wrong(f"a {above[0].kind} holds no widgets", "/place/parent", "parent")
    if any(ancestor.id == state.id for ancestor in above):
        raise Cycle(f"{state.id} would be inside itself")
    return True


def page_of(document: Document, parent: str | None) -> tuple[Matrix, float]:
    """From the coordinates inside a parent to the page's, and the rotation between them in degrees."""
    matrix, turned = Matrix(), 0.0
    for state in ancestors(document, parent):
        matrix = placed(state.fields) @ matrix
        turned += state.fields.get("rotation", 0)
    return matrix, turned


def rehang(draft: Draft, state: WidgetState, parent: str | None) -> None:
    """Give a widget another parent while it stays where it is on the page."""
    old, old_turn = page_of(draft.document, state.parent)
    new, new_turn = page_of(draft.document, parent)
    size = state.fields.get("size", {"width": 0, "height": 0})
    half = Point(size["width"] / 2, size["height"] / 2)
    place = state.fields["place"]
    center = new.inverse()(old(Point(place["x"] + half.x, place["y"] + half.y)))
    draft.set(state, "place", {"parent": parent, "x": number(center.x - half.x), "y": number(center.y - half.y)})
    if "rotation" in state.fields and old_turn != new_turn:
        turned = number((state.fields["rotation"] + old_turn - new_turn) % 360)
        draft.set(state, "rotation", turned)


def descendants(document: Document, parents: list[str]) -> list[WidgetState]:
    """All living widgets below, one query a level."""
    found: list[WidgetState] = []
    level, seen = list(parents), set(parents)
    while level:
        children = [child for child in document.children(level) if child.id not in seen]
        seen.update(child.id for child in children)
        found += children
        level = [child.id for child in children]
    return found
