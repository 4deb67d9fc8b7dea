"""A Thing in memory: whole for reading and replay, or only the widgets that a request touches.

`Document` holds the present. `Draft` is what a request makes of it: it remembers what it found, so that in the end
the effects are the differences and nothing else (W4, W6).
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from django.db import connection, transaction

from things import digest, text
from things.kinds import KINDS
from things.models import Thing, Widget

Json = dict[str, Any]
NEVER = 0  # the origin of existence before the widget was added

META_FIELDS = ("title", "canvas", "tags", "visibility", "trashed", "template")


@dataclass(slots=True)
class WidgetState:
    """One widget, alive or not. `origins` maps each field, and "alive", to the revision whose value is showing."""

    id: str
    kind: str
    alive: bool
    fields: Json
    origins: dict[str, int]
    text: text.Delta | None
    row: int | None = None

    def as_json(self) -> Json:
        shown: Json = {"id": self.id, "kind": self.kind, **self.fields}
        if self.text is not None:
            shown["text"] = self.text
        return shown

    @property
    def parent(self) -> str | None:
        parent: str | None = self.fields["place"]["parent"]
        return parent

    @property
    def order(self) -> str:
        order: str = self.fields.get("order", "")
        return order

    def copy(self) -> "WidgetState":
        return WidgetState(self.id, self.kind, self.alive, dict(self.fields), dict(self.origins), self.text, self.row)


def widget_from_json(shown: Json, revision: int) -> WidgetState:
    """A widget as the API shows it, all of whose fields come from `revision`."""
    fields = {key: value for key, value in shown.items() if key not in ("id", "kind", "text")}
    origins = dict.fromkeys([*fields, "alive"], revision)
    return WidgetState(shown["id"], shown["kind"], True, fields, origins, shown.get("text"))


class Source(Protocol):
    """Where a document finds widgets it does not hold yet."""

    def load(self, ids: Iterable[str]) -> list[WidgetState]: ...

    def children(self, parents: Iterable[str | None]) -> list[WidgetState]:
        """Living widgets whose parent is one of these."""

    def last_order(self, parent: str | None) -> str | None:
        """The greatest order key among the living children."""


class Rows:
    """The widget rows of one Thing."""

    def __init__(self, thing: Thing) -> None:
        self._rows = Widget.objects.filter(thing=thing)

    def load(self, ids: Iterable[str]) -> list[WidgetState]:
        return [state_of(row) for row in self._rows.filter(id__in=list(ids))]

    def children(self, parents: Iterable[str | None]) -> list[WidgetState]:
        wanted = list(parents)
        rows = self._rows.filter(alive=True)
        if None in wanted:
            return [state_of(row) for row in rows.filter(parent=None)]
        return [state_of(row) for row in rows.filter(parent__in=wanted)]

    def last_order(self, parent: str | None) -> str | None:
        keys = self._rows.filter(alive=True, parent=parent).order_by("-order_key").values_list("order_key", flat=True)
        last = keys.first()
        return bytes(last).decode() if last else None


class Nowhere:
    """A document that is whole has nothing more to load."""

    def load(self, ids: Iterable[str]) -> list[WidgetState]:
        return []

    def children(self, parents: Iterable[str | None]) -> list[WidgetState]:
        return []

    def last_order(self, parent: str | None) -> str | None:
        return None


def state_of(row: Widget) -> WidgetState:
    return WidgetState(str(row.id), row.kind, row.alive, row.fields, row.origins, row.text, row.row)


@dataclass(slots=True)
class Document:
    """The widgets held (by id, living and deleted) and the Thing's own fields with their origins."""

    meta: Json
    meta_origins: dict[str, int]
    widgets: dict[str, WidgetState] = field(default_factory=dict)
    source: Source = field(default_factory=Nowhere)
    revision: int = 0

    def get(self, widget: str) -> WidgetState | None:
        self.fetch([widget])
        return self.widgets.get(widget)

    def fetch(self, ids: Iterable[str]) -> None:
        """Load what is not held yet, in one query."""
        missing = [widget for widget in dict.fromkeys(ids) if widget not in self.widgets]
        if missing:
            self.hold(self.source.load(missing))

    def hold(self, states: Iterable[WidgetState]) -> None:
        for state in states:
            self.widgets.setdefault(state.id, state)

    def children(self, parents: Iterable[str | None]) -> list[WidgetState]:
        """Living children in painting order (M5)."""
        wanted = set(parents)
        self.hold(self.source.children(wanted))
        found = [state for state in self.widgets.values() if state.alive and state.parent in wanted]
        return sorted(found, key=painting_key)

    def last_order(self, parent: str | None) -> str | None:
        stored = self.source.last_order(parent)
        held = [state.order for state in self.widgets.values() if state.alive and state.parent == parent]
        return max([*held, *([stored] if stored else [])], default=None)

    def living(self) -> list[WidgetState]:
        return sorted((state for state in self.widgets.values() if state.alive), key=painting_key)

    def widgets_as_json(self) -> list[Json]:
        """Living widgets in painting order, as the API shows them."""
        return [state.as_json() for state in self.living()]

    def digest(self) -> str:
        """Computed from all living widgets held."""
        return digest.of(state.as_json() for state in self.widgets.values() if state.alive)


def painting_key(state: WidgetState) -> tuple[str, str]:
    # Order keys are ASCII, so comparing characters compares bytes.
    return state.order, state.id


def meta_of(thing: Thing) -> Json:
    return {
        "title": thing.title,
        "canvas": thing.canvas,
        "tags": thing.tags,
        "visibility": thing.visibility,
        "trashed": thing.trashed_at is not None,
        "template": thing.is_template,
    }


def open_document(thing: Thing) -> Document:
    """A document that loads what is asked for. The caller holds the Thing's row lock, or reads in a `snapshot`."""
    return Document(meta_of(thing), dict(thing.origins), source=Rows(thing), revision=thing.revision)


def load(thing: Thing) -> Document:
    """The whole Thing, deleted widgets included, in one query."""
    document = Document(meta_of(thing), dict(thing.origins), revision=thing.revision)
    document.hold(state_of(row) for row in Widget.objects.filter(thing=thing))
    return document


@contextmanager
def snapshot() -> Iterator[None]:
    """One consistent read: what is read inside belongs to one moment, so body and position agree (P1)."""
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "sqlite":
        # atomic() would be IMMEDIATE here and make readers queue behind writers.
        with connection.cursor() as cursor:
            cursor.execute("BEGIN DEFERRED")
            try:
                yield
            finally:
                cursor.execute("COMMIT")
    else:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield


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
    effects: list[Json]
    before: list[Json | None]


class Log(Protocol):
    """What a draft may ask of the past, for the person who acts."""

    def text_since(self, widget: str, revision: int) -> list[TextEntry]:
        """Text effects of a widget after a revision, in order."""

    def undoable(self, change: int | None, group: str | None) -> list[PastChange]:
        """The person's latest step, or the one named; newest first."""

    def redoable(self, change: int | None, group: str | None) -> list[PastChange]:
        """What the person undid last, or the one named; oldest first."""


@dataclass(slots=True)
class Draft:
    """What one request makes of a document, before it is written."""

    document: Document
    log: Log
    found: dict[str, WidgetState | None] = field(default_factory=dict)
    found_meta: dict[str, tuple[Any, int]] = field(default_factory=dict)
    deltas: dict[str, text.Delta] = field(default_factory=dict)
    given_origins: dict[tuple[str | None, str], int] = field(default_factory=dict)
    skipped: list[Json] = field(default_factory=list)
    ids: dict[str, str] | None = None
    undoes: list[int] = field(default_factory=list)
    action: int = 0

    def skip(self, widget: str, reason: str, *, field: str | None = None, by: int | None = None) -> None:
        """Told to the caller (W5). `by` is the revision that stands in the way; its actor is looked up at the end."""
        told: Json = {"action": self.action, "widget": widget, "reason": reason}
        if field is not None:
            told["field"] = field
        if by is not None:
            told["by"] = by
        if told not in self.skipped:
            self.skipped.append(told)

    def open(self, widget: str, *, field: str | None = None) -> WidgetState | None:
        """A living, unlocked widget; otherwise nothing, and it is told in `skipped`."""
        state = self.document.get(widget)
        if state is None or not state.alive:
            self.skip(widget, "gone", field=field, by=state.origins.get("alive") if state else None)
            return None
        if state.fields.get("locked") and field != "locked":
            self.skip(widget, "locked", field=field, by=state.origins.get("locked"))
            return None
        return state

    def add(self, state: WidgetState) -> None:
        self.found.setdefault(state.id, None)
        self.document.widgets[state.id] = state

    def set(self, state: WidgetState, name: str, value: Any, origin: int | None = None) -> None:
        self._touch(state)
        state.fields[name] = value
        self._give_origin(state.id, name, origin)

    def alive(self, state: WidgetState, value: bool, origin: int | None = None) -> None:
        self._touch(state)
        state.alive = value
        self._give_origin(state.id, "alive", origin)

    def edit(self, state: WidgetState, delta: text.Delta) -> None:
        """Apply a delta to a widget's text; a deleted widget takes it too (M3)."""
        self._touch(state)
        state.text = text.apply(state.text or [], delta)
        before = self.deltas.get(state.id)
        self.deltas[state.id] = delta if before is None else text.compose(before, delta)

    def set_meta(self, name: str, value: Any, origin: int | None = None) -> None:
        self.found_meta.setdefault(name, (self.document.meta[name], self.document.meta_origins.get(name, 1)))
        self.document.meta[name] = value
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


def value_of(state: WidgetState, name: str) -> Any:
    return state.alive if name == "alive" else state.fields.get(name)


def new_widget(widget: str, kind: str, given: Json, words: text.Delta | None) -> WidgetState:
    """A widget with the defaults of its kind written down (never filled in at read). Origins come with the change."""
    fields = {name: deepcopy(given.get(name, entry.default)) for name, entry in KINDS[kind].fields.items()}
    return WidgetState(widget, kind, True, fields, {}, words if KINDS[kind].text else None)
