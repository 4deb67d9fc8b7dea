"""The ends of connectors: where they are seen, and that they stay there when what they hold on to goes.

An end's own point is only a copy, which nobody keeps fresh while its target lives. So whoever deletes the target writes
the point down in the same change (undo brings back both). A locked connector's too: it would jump otherwise. The end
keeps its origin: nobody has chosen another place for it.
"""

from collections.abc import Iterable

from things.document.document import WidgetState
from things.document.draft import Draft
from things.drawing.geometry import Matrix, Point, placed
from things.drawing.scene import Scene
from things.kinds.fields import LIMIT, number
from things.shapes import ENDS, End, EndName, Widget


def fetch(draft: Draft, targets: Iterable[str]) -> None:
    """Load the connectors that end at these, and all it takes to see them, in a bounded number of statements."""
    ids = list(targets)
    draft.document.fetch_ties(ids, draft.work)
    fetch_sight(draft, (connector for target in ids for connector in draft.document.ties(target)))


def fetch_sight(draft: Draft, connectors: Iterable[WidgetState]) -> None:
    """Load what the ends of these are at, and what those lie in."""
    held = list(connectors)
    targets = {widget for state in held for end in ENDS if (widget := state.fields[end]["widget"])}
    draft.document.fetch(targets)
    near = [*held, *(state for widget in targets if (state := draft.document.get(widget)) is not None)]
    draft.document.fetch_above(state.parent for state in near)


def seen(draft: Draft, connector: WidgetState, scene: Scene | None = None) -> dict[EndName, Point]:
    """Where both ends are seen, in the connector's own coordinates. `scene`: kept for several connectors, while nothing
    changes.
    """
    scene = scene or Scene()
    for state in (connector, *targets_of(draft, connector)):
        if state.id not in scene.widgets:
            scene.widgets[state.id] = _shown(state)
            scene.pages[state.id] = _page(draft, state)
    return dict(zip(ENDS, scene.ends(scene.widgets[connector.id]), strict=True))


def targets_of(draft: Draft, connector: WidgetState) -> list[WidgetState]:
    """The living widgets that its ends hold on to."""
    found = (draft.document.get(widget) for end in ENDS if (widget := connector.fields[end]["widget"]))
    return [state for state in found if state is not None and state.alive]


def is_held(draft: Draft, connector: WidgetState) -> bool:
    """Whether both ends hold on to something, so that its own place shows nowhere."""
    if not all(end in connector.fields for end in ENDS):
        return False
    held = [target for target in targets_of(draft, connector) if target.fields.get("size")]
    return len(held) == len(ENDS)


def release(draft: Draft, dying: Iterable[WidgetState]) -> None:
    """Before these die: ends that hold on to them get their own point where they are seen."""
    going = {state.id for state in dying}
    fetch(draft, going)
    connectors = {connector.id: connector for target in going for connector in draft.document.ties(target)}
    draft.work.widgets(len(connectors), "connectors of those named")
    scene = Scene()
    points = {widget: seen(draft, connector, scene) for widget, connector in connectors.items()}
    for widget, connector in connectors.items():
        for end in ENDS:
            if connector.fields[end]["widget"] in going:
                _keep(draft, connector, end, points[widget][end])


def _keep(draft: Draft, connector: WidgetState, end: EndName, point: Point) -> None:
    value: End = {**connector.fields[end], "x": within(point.x), "y": within(point.y)}
    if value != connector.fields[end]:
        draft.set(connector, end, value, draft.origin(connector, end))


def within(coordinate: float) -> float:
    """As a field takes it: nothing lies further out."""
    return number(min(max(coordinate, -LIMIT), LIMIT))


def only_point_differs(one: End, other: End) -> bool:
    """Whether two values of an end hold on to the same."""
    return one["widget"] == other["widget"] and one["anchor"] == other["anchor"]


def _shown(state: WidgetState) -> Widget:
    """Without its text."""
    return {"id": state.id, "kind": state.kind, **state.fields}  # type: ignore[typeddict-item]  # no kind has a field `text`


def _page(draft: Draft, state: WidgetState) -> Matrix:
    return draft.lineage.chain(state.parent).page @ placed(state.fields)
