"""A Thing in memory: whole for reading and replay, or only the widgets that a request touches."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

from django.db import connection, transaction

from things import digest, text
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
