"""A Thing in memory: whole for reading and replay, or only the widgets that a request touches."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import QuerySet

from things import text
from things.document import digest
from things.document.family import Family
from things.document.rows import Rows
from things.document.siblings import Siblings
from things.models import Thing
from things.models import Widget as WidgetRow
from things.shapes import ENDS, Fields, Meta, Widget
from things.work import Work

NO_FIELDS = ("id", "kind", "text")  # what a widget shows beside its fields
NEVER = 0  # the origin of existence before the widget was added


@dataclass(slots=True)
class WidgetState:
    """One widget, alive or not. `origins` maps each field, and "alive", to the revision whose value is showing.

    A value of a field is replaced and never changed in place: kinds, requests and copies of a state share it.
    """

    id: str
    kind: str
    alive: bool
    fields: Fields
    origins: dict[str, int]
    text: text.Delta | None
    row: int | None = None

    def as_json(self) -> Widget:
        shown: Widget = {"id": self.id, "kind": self.kind, **self.fields}  # type: ignore[typeddict-item]  # no kind has a field `text`
        if self.text is not None:
            shown["text"] = self.text
        return shown

    @property
    def parent(self) -> str | None:
        return self.fields["place"]["parent"]

    @property
    def order(self) -> str:
        return self.fields.get("order", "")

    def copy(self) -> "WidgetState":
        return WidgetState(self.id, self.kind, self.alive, self.fields.copy(), dict(self.origins), self.text, self.row)


def widget_from_json(shown: Widget, revision: int) -> WidgetState:
    """A widget as the API shows it, all of whose fields come from `revision`."""
    fields: Fields = {name: value for name, value in shown.items() if name not in NO_FIELDS}  # type: ignore[assignment]
    origins = dict.fromkeys([*fields, "alive"], revision)
    return WidgetState(shown["id"], shown["kind"], True, fields, origins, shown.get("text"))


def state_of(row: WidgetRow) -> WidgetState:
    return WidgetState(str(row.id), row.kind, row.alive, row.fields, row.origins, row.text, row.row)


@dataclass(slots=True)
class Document:
    """The widgets held (by id, living and deleted) and the Thing's own fields with their origins.

    Without `source` it is whole. With it, what is not held is read when asked for, in a bounded number of statements
    however many widgets are asked for; a draft tells what it has changed by `add`, `moved`, `rekeyed` and `tied`.
    """

    meta: Meta
    meta_origins: dict[str, int]
    widgets: dict[str, WidgetState] = field(default_factory=dict)
    source: Rows | None = None
    revision: int = 0
    family: Family = field(default_factory=Family)

    def get(self, widget: str) -> WidgetState | None:
        if widget not in self.widgets:
            self.fetch([widget])
        return self.widgets.get(widget)

    def fetch(self, ids: Iterable[str]) -> None:
        """Load what is not held yet, in one statement."""
        sought = self.family.sought
        missing = [widget for widget in dict.fromkeys(ids) if widget not in self.widgets and widget not in sought]
        if missing and self.source is not None:
            sought.update(missing)
            self.hold(WidgetState(*read) for read in self.source.load(missing))

    def hold(self, states: Iterable[WidgetState]) -> None:
        for state in states:
            if state.id not in self.widgets:
                self.put(state)

    def add(self, state: WidgetState) -> None:
        """A new widget: there is no row of it to read, nor of anything in it."""
        self.put(state)
        self.family.rooted.add(state.id)
        self.family.known.add(state.id)
        self.family.tied.add(state.id)

    def put(self, state: WidgetState) -> None:
        """A widget that was not held."""
        self.widgets[state.id] = state
        self.family.join(state.id, state.parent)
        self.rekeyed(state)
        self.tied(state)

    def moved(self, state: WidgetState, parent: str | None) -> None:
        """It left `parent` for the one it names now."""
        self.family.leave(state.id, parent)
        self.family.join(state.id, state.parent)
        self.rekeyed(state)

    def rekeyed(self, state: WidgetState) -> None:
        """Its place among its siblings, or whether it lives, has changed."""
        self.family.rekey(state.parent, state.id, state.order if state.alive else None)

    def tied(self, state: WidgetState) -> None:
        """A connector's ends have changed."""
        for end in ENDS:
            if end in state.fields and (target := state.fields[end]["widget"]):
                self.family.ties.setdefault(target, {})[state.id] = None

    def fetch_above(self, parents: Iterable[str | None]) -> None:
        """Load these and all that they lie in, in two statements."""
        rooted = self.family.rooted
        wanted = {parent for parent in parents if parent is not None and parent not in rooted}
        if wanted and self.source is not None:
            above = self.source.above(wanted)
            rooted.update(wanted, above)
            self.fetch([*wanted, *above])

    def know_below(self, parents: Iterable[str], work: Work) -> None:
        """Learn who lies in these, at any depth, in one statement and without reading the widgets themselves."""
        known = self.family.known
        wanted = [parent for parent in parents if parent not in known]
        if wanted and self.source is not None:
            found = self.source.below(wanted, work.widgets_left)
            work.require_widgets(len(found), "widgets inside those named")
            known.update(wanted)
            for widget, parent in found:
                known.add(widget)
                if widget not in self.widgets:
                    self.family.join(widget, parent)

    def inside(self, parent: str) -> list[str]:
        """Living children, in no order. The caller has them known."""
        children = self.family.children.get(parent, {})
        return [child for child in children if child not in self.widgets or self.widgets[child].alive]

    def descendants(self, parents: Iterable[str], work: Work) -> list[WidgetState]:
        """All living widgets below, parents before what lies in them. What they lie in is loaded with them."""
        parents = level = list(dict.fromkeys(parents))
        seen, found = set(level), list[str]()
        while level:
            self.know_below(level, work)
            level = [child for parent in level for child in self.inside(parent) if child not in seen]
            seen.update(level)
            found += level
        work.widgets(len(found), "widgets inside those named")
        self.fetch_above(parents)
        self.fetch(found)
        self.family.rooted.update(found)
        return [self.widgets[widget] for widget in found]

    def fetch_fronts(self, parents: Iterable[str | None]) -> None:
        """Learn the front order keys inside these parents, in two statements."""
        fronts = self.family.fronts
        wanted = [parent for parent in dict.fromkeys(parents) if parent not in fronts]
        if wanted:
            stored = self.source.fronts(wanted) if self.source is not None else {}
            for parent in wanted:
                held = [
                    self.widgets[child].order for child in self.family.children.get(parent, {}) if child in self.widgets
                ]
                fronts[parent] = max([stored.get(parent, ""), *held])

    def front(self, parent: str | None) -> str | None:
        """An order key that none of the widgets inside a parent is in front of."""
        self.fetch_fronts([parent])
        return self.family.fronts[parent] or None

    def siblings(self, parent: str | None, work: Work) -> Siblings:
        """The living widgets inside a parent, in painting order."""
        known = self.family.siblings
        if parent not in known:
            stored = self.source.keys(parent) if self.source is not None else {}
            kept = {widget: key for widget, key in stored.items() if widget not in self.widgets}
            held = (self.widgets[child] for child in self.family.children.get(parent, {}) if child in self.widgets)
            keys = kept | {state.id: state.order for state in held if state.alive}
            work.spend(len(keys), f"the order of {len(keys):,} widgets")
            known[parent] = Siblings(keys)
        return known[parent]

    def fetch_ties(self, targets: Iterable[str], work: Work) -> None:
        """Load the living connectors that end at these, in one statement."""
        tied = self.family.tied
        wanted = [target for target in dict.fromkeys(targets) if target not in tied]
        if wanted and self.source is not None:
            tied.update(wanted)
            rows = self.source.ending_at(wanted)
            found = [state_of(row) for row in rows[: work.widgets_left + 1]]
            work.require_widgets(len(found), "connectors of those named")
            self.hold(found)

    def ties(self, target: str) -> list[WidgetState]:
        """Living connectors held that end at a widget. The caller has them fetched."""
        held = (self.widgets[widget] for widget in self.family.ties.get(target, {}))
        ends = ((state, [state.fields[end]["widget"] for end in ENDS]) for state in held if state.alive)
        return [state for state, targets in ends if target in targets]

    def living(self) -> list[WidgetState]:
        return sorted((state for state in self.widgets.values() if state.alive), key=painting_key)

    def widgets_as_json(self) -> list[Widget]:
        """Living widgets in painting order, as the API shows them."""
        return [state.as_json() for state in self.living()]

    def digest(self) -> str:
        """Computed from all living widgets held."""
        return digest.of(state.as_json() for state in self.widgets.values() if state.alive)


def painting_key(state: WidgetState) -> tuple[str, str]:
    # Order keys are ASCII, so comparing characters compares bytes.
    return state.order, state.id


def meta_of(thing: Thing) -> Meta:
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
    return _loaded(thing, WidgetRow.objects.filter(thing=thing))


def load_living(thing: Thing) -> Document:
    """What is seen of a Thing: without deleted widgets, of which there may be many more."""
    return _loaded(thing, WidgetRow.objects.filter(thing=thing, alive=True))


def _loaded(thing: Thing, rows: QuerySet[WidgetRow]) -> Document:
    document = Document(meta_of(thing), dict(thing.origins), revision=thing.revision)
    document.widgets = {state.id: state for state in map(state_of, rows.iterator())}
    return document
