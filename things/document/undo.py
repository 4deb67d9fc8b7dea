"""Undo that can be proved (U1 to U5).

Every change keeps, for each field, the value and the origin it replaced. Undo puts both back where the field still
shows the value of the undone change; where somebody has written since, it leaves the field and says so. Text is
merged: the inverse of the last application, moved over what came after it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from things.document import ends, text_undo
from things.document.document import NEVER, WidgetState
from things.document.draft import Draft, PastChange, TextEntry
from things.errors import Reason
from things.kinds.registry import KINDS
from things.shapes import ENDS, Before, Effect, Replaced, Value, is_end, is_place

NOT_UNDONE = frozenset({"visibility", "trashed"})  # sharing and the trash stand outside (U5)

Direction = Literal["undo", "redo"]
RISING, DYING = 1, 4  # turns of a step: what comes to life does so first, what dies does so last


def undo(draft: Draft, *, change: int | None, group: str | None) -> None:
    _play(draft, draft.log.undoable(change, group), "undo")


def redo(draft: Draft, *, change: int | None, group: str | None) -> None:
    _play(draft, draft.log.redoable(change, group), "redo")


def is_undoable(effects: Sequence[Effect]) -> bool:
    return any(effect["op"] != "comment" and effect.get("field") not in NOT_UNDONE for effect in effects)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One field, existence or meta field to put back: from what must still show to what shall show."""

    effect: Effect
    name: str
    expected: int
    value: Value
    origin: int

    @property
    def turn(self) -> int:
        """Unlock first, come to life before being written, die last."""
        if self.name == "locked":
            return 3 if self.value else 0
        if self.name == "alive":
            return RISING if self.value else DYING
        return 2

    @property
    def parent(self) -> str | None:
        """Of a place."""
        return self.value["parent"] if is_place(self.value) else None


def _play(draft: Draft, changes: list[PastChange], direction: Direction) -> None:
    draft.undoes = [change.revision for change in changes]
    texts = _fetch(draft, changes, direction)
    for change in changes:
        steps = sorted(_steps(change, direction), key=lambda step: (step.turn, _depth(draft, step)))
        for step in steps:
            if step.turn != DYING:
                _take(draft, step, change, direction)
        _let_die(draft, [step for step in steps if step.turn == DYING], change, direction, texts)
        for effect in change.effects:
            if effect["op"] == "text":
                texts.choose(effect["widget"], change)
    texts.play()


def _depth(draft: Draft, step: Step) -> int:
    """Of what comes to life: it finds what it lies in alive already."""
    state = draft.document.get(_widget_of(step.effect) or "") if step.turn == RISING else None
    return 0 if state is None else draft.lineage.chain(state.parent).depth


def _fetch(draft: Draft, changes: list[PastChange], direction: Direction) -> "_Texts":
    """Load all that the changes touch, in a bounded number of statements."""
    steps = [step for change in changes for step in _steps(change, direction)]
    effects = (effect for change in changes for effect in change.effects)
    touched = list(dict.fromkeys(widget for effect in effects if (widget := _widget_of(effect))))
    draft.document.fetch(touched)
    states = [state for widget in touched if (state := draft.document.get(widget)) is not None]
    draft.lineage.prepare(states, (step.parent for step in steps if step.name == "place"))
    dying = [widget for step in steps if step.turn == DYING and (widget := _widget_of(step.effect))]
    ends.fetch(draft, dying)
    return _Texts(draft, changes, direction, dying)


def _widget_of(effect: Effect) -> str | None:
    if effect["op"] == "meta" or effect["op"] == "comment":
        return None
    return effect["widget"]["id"] if effect["op"] == "add" else effect["widget"]


def _steps(change: PastChange, direction: Direction) -> Iterator[Step]:
    for effect, before in zip(change.effects, change.before, strict=True):
        match effect["op"]:
            case "add":
                # Before it was added it did not exist: the value is death, the origin never.
                absent: Replaced = {"value": False, "origin": NEVER}
                yield _step(effect, "alive", change.revision, absent, True, direction)
            case "alive":
                mine = effect.get("origin", change.revision)
                yield _step(effect, "alive", mine, _replaced(before), effect["value"], direction)
            case "set" | "meta" if effect["field"] not in NOT_UNDONE:
                mine = effect.get("origin", change.revision)
                yield _step(effect, effect["field"], mine, _replaced(before), effect["value"], direction)


def _replaced(before: Before) -> Replaced:
    if before is None or "delta" in before:
        raise ValueError("expected the value and origin that an effect replaced")
    return before


def _step(effect: Effect, name: str, mine: int, before: Replaced, value: Value, direction: Direction) -> Step:
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
        draft.skip(widget, Reason.GONE, field=step.name)
    elif step.name == "alive":
        if _may_change(draft, state, step) and _may_come_back(draft, state, change, direction):
            draft.alive(state, bool(step.value), step.origin)
    else:
        _take_field(draft, state, step)


def _take_meta(draft: Draft, step: Step) -> None:
    found = draft.given_origins.get((None, step.name), draft.document.meta_origins.get(step.name, 1))
    if found == step.expected:
        draft.set_meta(step.name, step.value, step.origin)
    else:
        draft.skip("", Reason.CHANGED, field=step.name, by=found)


def _take_field(draft: Draft, state: WidgetState, step: Step) -> None:
    found = draft.origin(state, step.name)
    if not state.alive:
        draft.skip(state.id, Reason.GONE, field=step.name, by=state.origins.get("alive"))
    elif found != step.expected:
        draft.skip(state.id, Reason.CHANGED, field=step.name, by=found)
    elif state.fields.get("locked") and step.name != "locked" and not _only_shows(state, step):
        draft.skip(state.id, Reason.LOCKED, field=step.name, by=state.origins.get("locked"))
    elif step.name != "place" or _may_lie(draft, state, step.parent):
        draft.set(state, step.name, step.value, step.origin)


def _only_shows(state: WidgetState, step: Step) -> bool:
    """An end's own point, which deleting its target writes down however locked the connector is."""
    value = step.value
    return is_end(value) and any(ends.only_point_differs(state.fields[end], value) for end in ENDS if end == step.name)


def _may_change(draft: Draft, state: WidgetState, step: Step) -> bool:
    """Whether the widget lives, or not, as the undone change left it."""
    if (found := draft.origin(state, "alive")) == step.expected:
        return True
    draft.skip(state.id, Reason.CHANGED, field="alive", by=found)
    return False


def _may_come_back(draft: Draft, state: WidgetState, change: PastChange, direction: Direction) -> bool:
    if not draft.lineage.chain(state.parent).alive:
        draft.skip(state.id, Reason.PARENT_GONE, field="place")
        return False
    if draft.lineage.too_deep_again(state, state.parent, change.revision):
        draft.skip(state.id, Reason.DEPTH, field="place")
        return False
    return True


def _let_die(draft: Draft, steps: list[Step], change: PastChange, direction: Direction, texts: "_Texts") -> None:
    """All that dies with a change at once: what holds on to several of them is seen while they live."""
    dying: list[tuple[WidgetState, Step]] = []
    for step in steps:
        state = draft.document.get(_widget_of(step.effect) or "")
        if state is None:
            draft.skip(_widget_of(step.effect) or "", Reason.GONE, field=step.name)
        elif not _may_change(draft, state, step):
            continue
        elif step.effect["op"] == "add" and (by := _written_since(draft, state, change, texts)):
            draft.skip(state.id, Reason.CHANGED, field="alive", by=by)
        else:
            dying.append((state, step))
    ends.release(draft, [state for state, _ in dying])
    for state, step in dying:
        draft.alive(state, bool(step.value), step.origin)


def _written_since(draft: Draft, state: WidgetState, change: PastChange, texts: "_Texts") -> int | None:
    """A later revision that wrote to an added widget: undo must not take somebody's work with it (U4)."""
    for name in state.fields:
        if (found := draft.origin(state, name)) is not None and found > change.revision:
            return found
    return texts.written_since(state.id, change.revision) if state.text is not None else None


def _may_lie(draft: Draft, state: WidgetState, parent: str | None) -> bool:
    """The invariants of a place: living parents all the way up, no cycle, no depth. Told in `skipped` otherwise."""
    if parent is None or parent == state.parent:
        return True
    lineage, outer = draft.lineage, draft.document.get(parent)
    if outer is None or not lineage.chain(parent).alive or not _holds(outer):
        draft.skip(state.id, Reason.PARENT_GONE, field="place")
        return False
    if lineage.lies_in(parent, state.id):
        draft.skip(state.id, Reason.CYCLE, field="place")
        return False
    if lineage.too_deep(parent, height=lineage.height(state), now=lineage.chain(state.parent).depth):
        draft.skip(state.id, Reason.DEPTH, field="place")
        return False
    return True


def _holds(state: WidgetState) -> bool:
    kind = KINDS.get(state.kind)
    return kind is None or kind.container


class _Texts:
    """Text of the widgets of one undo or redo: chosen change by change, played at once."""

    def __init__(self, draft: Draft, changes: list[PastChange], direction: Direction, dying: list[str]) -> None:
        self._draft, self._direction = draft, direction
        self._revisions = frozenset(draft.undoes)
        changed: dict[str, set[int]] = {}
        for change in changes:
            for effect in change.effects:
                if effect["op"] == "text":
                    changed.setdefault(effect["widget"], set()).add(change.revision)
        since = min(draft.undoes, default=1) - 1
        widgets = dict.fromkeys([*changed, *dying], since)
        draft.log.fetch_texts(widgets)
        self._entries = {widget: draft.log.text_since(widget, since) for widget in widgets}
        self._last = {widget: _last_of(self._entries[widget], wanted) for widget, wanted in changed.items()}
        self._chosen: dict[str, set[int]] = {}

    def choose(self, widget: str, change: PastChange) -> None:
        """Take back the last application of the change's text, if it is of the right sort and nobody else's too."""
        state, index = self._draft.document.get(widget), self._last.get(widget, {}).get(change.revision)
        if state is None or index is None or index in self._chosen.get(widget, ()):
            return
        entry = self._entries[widget][index]
        if (entry.sort == "undo") != (self._direction == "redo"):
            return
        if not entry.undoes <= self._revisions:
            # Redone or undone together with others: their text cannot be told apart any more.
            self._draft.skip(widget, Reason.CHANGED, field="text", by=entry.revision)
        elif state.fields.get("locked"):
            self._draft.skip(widget, Reason.LOCKED, field="text", by=state.origins.get("locked"))
        else:
            self._chosen.setdefault(widget, set()).add(index)

    def written_since(self, widget: str, revision: int) -> int | None:
        """A later revision that wrote text to a widget, which neither this request nor another takes back."""
        chosen = self._chosen.get(widget, set())
        entries = enumerate(self._entries.get(widget, []))
        later = (entry for index, entry in entries if entry.revision > revision and index not in chosen)
        return text_undo.first_left(later, self._spend)

    def play(self) -> None:
        for widget, chosen in self._chosen.items():
            state = self._draft.document.widgets[widget]
            delta = text_undo.taken_back(self._entries[widget], chosen, self._spend)
            self._draft.edit(state, delta)

    def _spend(self, steps: int) -> None:
        self._draft.work.spend(steps, "text that was written since")


def _last_of(entries: list[TextEntry], wanted: set[int]) -> dict[int, int]:
    """Where each of the wanted revisions was last applied, undone or redone."""
    return {revision: index for index, entry in enumerate(entries) for revision in entry.undoes & wanted}
