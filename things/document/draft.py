"""What one request makes of a document. It remembers what it found, so that in the end the effects are the differences
and nothing else (W4, W6).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from things import text
from things.document.document import NEVER, Document, WidgetState
from things.document.lineage import Lineage
from things.errors import Reason
from things.kinds import KINDS
from things.shapes import ENDS, Before, Effect, Skip, Value, fields_of, values_of
from things.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class TextEntry:
    """One text effect of one widget in the log. `undoes`: the revisions that an undo or redo stands for."""

    revision: int
    delta: text.Delta
    inverse: text.Delta
    sort: Literal["edit", "undo", "redo"]
    undoes: frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class PastChange:
    """What undo reads of a change."""

    revision: int
    effects: list[Effect]
    before: list[Before]


class Log(Protocol):
    """What a draft may ask of the past, for the person who acts."""

    def fetch_texts(self, since: Mapping[str, int]) -> None:
        """Read the text effects of many widgets, each after a revision, in a bounded number of statements. What is read
        is spent before.
        """

    def text_since(self, widget: str, revision: int) -> list[TextEntry]:
        """Text effects of a widget after a revision, in order."""

    def moved_back(self, revision: int) -> dict[str, int] | None:
        """Widgets that an undo or redo after a revision has put somewhere, and when last; None where it takes too long
        to tell.
        """

    def undoable(self, change: int | None, group: str | None) -> list[PastChange]:
        """The person's latest step, or the one named; newest first."""

    def redoable(self, change: int | None, group: str | None) -> list[PastChange]:
        """What the person undid last, or the one named; oldest first."""


class NoLog:
    """Of a Thing that is being made."""

    def fetch_texts(self, since: Mapping[str, int]) -> None:
        pass

    def text_since(self, widget: str, revision: int) -> list[TextEntry]:
        return []

    def moved_back(self, revision: int) -> dict[str, int] | None:
        return {}

    def undoable(self, change: int | None, group: str | None) -> list[PastChange]:
        return []

    def redoable(self, change: int | None, group: str | None) -> list[PastChange]:
        return []


@dataclass(slots=True)
class Draft:
    """What one request makes of a document, before it is written."""

    document: Document
    log: Log
    work: Work = field(default_factory=Work)
    found: dict[str, WidgetState | None] = field(default_factory=dict)
    written: dict[str, dict[str, None]] = field(default_factory=dict)  # names of fields, by widget, as they were set
    found_meta: dict[str, tuple[Value, int]] = field(default_factory=dict)
    deltas: dict[str, text.Delta] = field(default_factory=dict)
    given_origins: dict[tuple[str | None, str], int] = field(default_factory=dict)
    skipped: list[Skip] = field(default_factory=list)
    undoes: list[int] = field(default_factory=list)
    action: int = 0
    lineage: Lineage = field(init=False)
    told: set[tuple[int, str, Reason, str | None, int | None]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.lineage = Lineage(self.document, self.work, self.log.moved_back)

    def skip(self, widget: str, reason: Reason, *, field: str | None = None, by: int | None = None) -> None:
        """Told to the caller (W5). `by` is the revision that stands in the way; its actor is looked up at the end."""
        key = (self.action, widget, reason, field, by)
        if key in self.told:
            return
        self.told.add(key)
        told: Skip = {"action": self.action, "widget": widget, "reason": reason}
        if field is not None:
            told["field"] = field
        if by is not None:
            told["by"] = by
        self.skipped.append(told)

    def open(self, widget: str, *, field: str | None = None) -> WidgetState | None:
        """A living, unlocked widget; otherwise nothing, and it is told in `skipped`."""
        state = self.document.get(widget)
        if state is None or not state.alive:
            self.skip(widget, Reason.GONE, field=field, by=state.origins.get("alive") if state else None)
            return None
        if state.fields.get("locked") and field != "locked":
            self.skip(widget, Reason.LOCKED, field=field, by=state.origins.get("locked"))
            return None
        return state

    def add(self, state: WidgetState) -> None:
        self.found.setdefault(state.id, None)
        self.document.add(state)
        self.lineage.changed(state, "alive", state.parent)

    def set(self, state: WidgetState, name: str, value: Value, origin: int | None = None) -> None:
        self._touch(state)
        self.written.setdefault(state.id, {})[name] = None
        parent = state.parent
        state.fields[name] = value  # type: ignore[literal-required]  # its kind has read it
        self._give_origin(state.id, name, origin)
        if name == "place" and parent != state.parent:
            self.document.moved(state, parent)
        elif name == "order":
            self.document.rekeyed(state)
        elif name in ENDS:
            self.document.tied(state)
        self.lineage.changed(state, name, parent)

    def alive(self, state: WidgetState, value: bool, origin: int | None = None) -> None:
        self._touch(state)
        state.alive = value
        self._give_origin(state.id, "alive", origin)
        self.document.rekeyed(state)
        self.lineage.changed(state, "alive", state.parent)

    def edit(self, state: WidgetState, delta: text.Delta) -> None:
        """Apply a delta to a widget's text; a deleted widget takes it too (M3)."""
        self._touch(state)
        state.text = text.apply(state.text or [], delta)
        before = self.deltas.get(state.id)
        self.deltas[state.id] = delta if before is None else text.compose(before, delta)

    def set_meta(self, name: str, value: Value, origin: int | None = None) -> None:
        meta = values_of(self.document.meta)
        self.found_meta.setdefault(name, (meta[name], self.document.meta_origins.get(name, 1)))
        meta[name] = value
        self._give_origin(None, name, origin)

    def origin(self, state: WidgetState, name: str) -> int | None:
        """The origin of the value now showing; None when this request wrote it without giving one."""
        if (given := self.given_origins.get((state.id, name))) is not None:
            return given
        found = self.found.get(state.id, state)
        written = found is None or (found is not state and value_of(found, name) != value_of(state, name))
        return None if written else state.origins.get(name, NEVER)

    def _touch(self, state: WidgetState) -> None:
        if state.id not in self.found:
            self.found[state.id] = state.copy()

    def _give_origin(self, widget: str | None, name: str, origin: int | None) -> None:
        if origin is None:
            self.given_origins.pop((widget, name), None)
        else:
            self.given_origins[widget, name] = origin


def value_of(state: WidgetState, name: str) -> Value:
    return state.alive if name == "alive" else values_of(state.fields).get(name)


def new_widget(widget: str, kind: str, given: dict[str, Value], words: text.Delta | None) -> WidgetState:
    """A widget with the defaults of its kind written down (never filled in at read). Origins come with the change."""
    fields = fields_of({**KINDS[kind].defaults, **given})
    return WidgetState(widget, kind, True, fields, {}, words if KINDS[kind].text else None)
