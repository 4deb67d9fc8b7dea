"""Undo that can be proved (U1 to U5).

Every change keeps, for each field, the value and the origin it replaced. Undo puts both back where the field still
shows the value of the undone change; where somebody has written since, it leaves the field and says so. Text is
merged: the inverse of the last application, moved over what came after it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from things import text
from things.document import NEVER, Json, WidgetState
from things.draft import Draft, PastChange, TextEntry
from things.kinds.registry import KINDS

NOT_UNDONE = frozenset({"visibility", "trashed"})  # sharing and the trash stand outside (U5)

Direction = Literal["undo", "redo"]


def undo(draft: Draft, *, change: int | None, group: str | None) -> None:
    _play(draft, draft.log.undoable(change, group), "undo")


def redo(draft: Draft, *, change: int | None, group: str | None) -> None:
    _play(draft, draft.log.redoable(change, group), "redo")


def is_undoable(effects: list[Json]) -> bool:
    return any(effect["op"] != "comment" and effect.get("field") not in NOT_UNDONE for effect in effects)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One field, existence or meta field to put back: from what must still show to what shall show."""

    effect: Json
    name: str
    expected: int
    value: Any
    origin: int

    @property
    def turn(self) -> int:
        """Unlock first, come to life before being written, die last."""
        if self.name == "locked":
            return 3 if self.value else 0
        if self.name == "alive":
            return 1 if self.value else 4
        return 2


def _play(draft: Draft, changes: list[PastChange], direction: Direction) -> None:
    draft.undoes = [change.revision for change in changes]
    touched = [_widget_of(effect) for change in changes for effect in change.effects]
    draft.document.fetch(widget for widget in touched if widget)
    merged = _TextMerge(draft, direction, frozenset(draft.undoes))
    for change in changes:
        for step in sorted(_steps(change, direction), key=lambda step: step.turn):
            _take(draft, step, change, direction)
        for effect in change.effects:
            if effect["op"] == "text":
                merged.play(effect["widget"], change)


def _widget_of(effect: Json) -> str | None:
    widget = effect.get("widget")
    return widget["id"] if isinstance(widget, dict) else widget


def _steps(change: PastChange, direction: Direction) -> Iterator[Step]:
    for effect, before in zip(change.effects, change.before, strict=True):
        mine = effect.get("origin", change.revision)
        match effect["op"]:
            case "add":
                # Before it was added it did not exist: the value is death, the origin never.
                yield _step(effect, "alive", mine, {"value": False, "origin": NEVER}, True, direction)
            case "alive":
                yield _step(effect, "alive", mine, before or {}, effect["value"], direction)
            case "set" | "meta" if effect["field"] not in NOT_UNDONE:
                yield _step(effect, effect["field"], mine, before or {}, effect["value"], direction)


def _step(effect: Json, name: str, mine: int, before: Json, value: Any, direction: Direction) -> Step:
    if direction == "undo":
        return Step(effect=effect, name=name, expected=mine, value=before["value"], origin=before["origin"])
    return Step(effect=effect, name=name, expected=before["origin"], value=value, origin=mine)


def _take(draft: Draft, step: Step, change: PastChange, direction: Direction) -> None:
    if step.effect["op"] == "meta":
        _take_meta(draft, step)
        return
    widget = _widget_of(step.effect) or ""
    state = draft.document.get(widget)
    if state is None:
        draft.skip(widget, "gone", field=step.name)
    elif step.name == "alive":
        _take_alive(draft, state, step, change, direction)
    else:
        _take_field(draft, state, step)


def _take_meta(draft: Draft, step: Step) -> None:
    found = draft.given_origins.get((None, step.name), draft.document.meta_origins.get(step.name, 1))
    if found == step.expected:
        draft.set_meta(step.name, step.value, step.origin)
    else:
        draft.skip("", "changed", field=step.name, by=found)


def _take_field(draft: Draft, state: WidgetState, step: Step) -> None:
    found = draft.origin(state, step.name)
    if not state.alive:
        draft.skip(state.id, "gone", field=step.name, by=state.origins.get("alive"))
    elif found != step.expected:
        draft.skip(state.id, "changed", field=step.name, by=found)
    elif state.fields.get("locked") and step.name != "locked":
        draft.skip(state.id, "locked", field=step.name, by=state.origins.get("locked"))
    elif step.name != "place" or _may_lie(draft, state, step.value["parent"]):
        draft.set(state, step.name, step.value, step.origin)


def _take_alive(draft: Draft, state: WidgetState, step: Step, change: PastChange, direction: Direction) -> None:
    found = draft.origin(state, "alive")
    if found != step.expected:
        draft.skip(state.id, "changed", field="alive", by=found)
    elif step.value and not _may_lie(draft, state, state.parent):
        return
    elif step.effect["op"] == "add" and direction == "undo" and (by := _written_since(draft, state, change)):
        draft.skip(state.id, "changed", field="alive", by=by)
    else:
        draft.alive(state, step.value, step.origin)


def _written_since(draft: Draft, state: WidgetState, change: PastChange) -> int | None:
    """A later revision that wrote to an added widget: undo must not take somebody's work with it (U4)."""
    for name in state.fields:
        if (found := draft.origin(state, name)) is not None and found > change.revision:
            return found
    if state.text is not None:
        later = _uncancelled(draft.log.text_since(state.id, change.revision))
        return later[0].revision if later else None
    return None


def _may_lie(draft: Draft, state: WidgetState, parent: str | None) -> bool:
    """The invariants of a place: living parents all the way up, no cycle. Told in `skipped` otherwise."""
    while parent is not None:
        above = draft.document.get(parent)
        if above is None or not above.alive or not _holds(above):
            draft.skip(state.id, "parent_gone", field="place")
            return False
        if above.id == state.id:
            draft.skip(state.id, "cycle", field="place")
            return False
        parent = above.parent
    return True


def _holds(state: WidgetState) -> bool:
    kind = KINDS.get(state.kind)
    return kind is None or kind.container


class _TextMerge:
    """Text of the widgets of one undo or redo. What this very request has done counts as the newest of the log."""

    def __init__(self, draft: Draft, direction: Direction, revisions: frozenset[int]) -> None:
        self._draft, self._direction, self._revisions = draft, direction, revisions
        self._made: dict[str, list[TextEntry]] = {}
        self._done: set[tuple[str, int]] = set()

    def play(self, widget: str, change: PastChange) -> None:
        state = self._draft.document.get(widget)
        if state is None or (widget, change.revision) in self._done:
            return
        entries = [*self._draft.log.text_since(widget, change.revision - 1), *self._made.get(widget, [])]
        last = max(index for index, entry in enumerate(entries) if change.revision in entry.undoes)
        entry = entries[last]
        if (entry.sort == "undo") != (self._direction == "redo"):
            return
        if not entry.undoes <= self._revisions:
            # Redone or undone together with others: their text cannot be told apart any more.
            self._draft.skip(widget, "changed", field="text", by=entry.revision)
        elif state.fields.get("locked"):
            self._draft.skip(widget, "locked", field="text", by=state.origins.get("locked"))
        else:
            self._apply(state, entry, entries[last + 1 :])

    def _apply(self, state: WidgetState, entry: TextEntry, later: list[TextEntry]) -> None:
        delta = entry.inverse
        for other in _uncancelled(later):
            delta = text.transform(delta, other.delta, first=False)
        inverse = text.invert(delta, state.text or [])
        self._draft.edit(state, delta)
        self._done.update((state.id, revision) for revision in entry.undoes)
        made = TextEntry(
            revision=entry.revision, delta=delta, inverse=inverse, sort=self._direction, undoes=entry.undoes
        )
        self._made.setdefault(state.id, []).append(made)


def _uncancelled(entries: list[TextEntry]) -> list[TextEntry]:
    """Without the pairs of doing and undoing that stand next to each other once inner pairs are gone (U4)."""
    stack: list[TextEntry] = []
    for entry in entries:
        start, covered = len(stack), frozenset[int]()
        while entry.sort != "edit" and start and stack[start - 1].undoes <= entry.undoes and covered != entry.undoes:
            start -= 1
            covered |= stack[start].undoes
        if entry.sort != "edit" and covered == entry.undoes:
            del stack[start:]
        else:
            stack.append(entry)
    return stack
