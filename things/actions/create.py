"""Actions that make widgets."""

from collections.abc import Iterable
from functools import cached_property
from typing import Annotated

import msgspec

from things import text
from things.actions.base import Action, Ids, Unread, at, canonical, opened, register
from things.actions.order import checked_key, front_key
from things.actions.samples import FIRST, SECOND
from things.actions.text import text_steps
from things.actions.tree import fits, on_page
from things.document import ENDS, WidgetState, painting_key
from things.document.draft import Draft, new_widget
from things.errors import Fault, Reason
from things.kinds.fields import Wrong, identifier, number
from things.kinds.registry import KINDS, Kind
from things.kinds.words import document_from
from things.shapes import Fields, JsonObject, JsonValue, Value
from things.work import WIDGET_STEPS

Widgets = Annotated[list[dict[str, Unread]], msgspec.Meta(min_length=1, max_length=10_000)]


@register
class Add(Action, frozen=True):
    """Ids come from the client, so that a repeated request does nothing."""

    type = "add"
    family = "create"
    description = "Add widgets. What is left out takes the default of the kind; `order` defaults to the front."
    conflict = "An id that exists already is skipped (`exists`)."
    example = {
        "widgets": [
            {
                "id": FIRST,
                "kind": "note",
                "place": {"parent": None, "x": 120, "y": 80},
                "text": "Bring towels",
            }
        ]
    }

    widgets: Widgets

    @cached_property
    def states(self) -> list[WidgetState]:
        states = []
        for index, given in enumerate(self.widgets):
            with at("widgets", index):
                states.append(read_widget(given))
        return states

    def check(self) -> None:
        self.states  # noqa: B018

    def cost(self) -> int:
        return super().cost() + sum(map(words_steps, self.states))

    def named(self) -> Iterable[str]:
        return [state.id for state in self.states]

    def apply(self, draft: Draft) -> None:
        fetch_for_new(draft, self.states)
        for index, state in enumerate(self.states):
            with at("widgets", index):
                add(draft, state)


def words_steps(state: WidgetState) -> int:
    """What the text of a widget costs to write, in steps of `things.work`."""
    return text_steps(state.text) if state.text else 0


def fetch_for_new(draft: Draft, states: list[WidgetState]) -> None:
    """Load what it takes to add these, in a bounded number of statements: ids looked up once, one front a parent."""
    draft.document.fetch(state.id for state in states)
    draft.document.fetch_above(state.parent for state in states)
    draft.document.fetch_fronts(state.parent for state in states if not state.order)


def read_widget(given: JsonObject) -> WidgetState:
    """A new widget from what a client sent; raises `Wrong`."""
    for key in ("id", "kind"):
        if key not in given:
            raise Wrong("this field is missing", code=Fault.REQUIRED).below(key)
    name = given["kind"]
    kind = KINDS.get(name) if isinstance(name, str) else None
    if kind is None:
        raise Wrong(f"expected one of {', '.join(KINDS)}", "/kind", Fault.CHOICE)
    try:
        widget = identifier(given["id"])
    except Wrong as wrong:
        raise wrong.below("id") from None
    fields = {key: _checked(kind, key, value) for key, value in given.items() if key not in ("id", "kind", "text")}
    return new_widget(widget, kind.name, fields, _text(kind, given))


def _checked(kind: Kind, key: str, value: JsonValue) -> Value:
    field = kind.fields.get(key)
    if field is None:
        raise Wrong(f"a {kind.name} has no such field", code=Fault.UNKNOWN_FIELD).below(key)
    try:
        checked = field.read(value)
        return checked_key(checked) if key == "order" and isinstance(checked, str) else checked
    except Wrong as wrong:
        raise wrong.below(key) from None


def _text(kind: Kind, given: JsonObject) -> text.Delta | None:
    if not kind.text:
        if "text" in given:
            raise Wrong(f"a {kind.name} holds no text", code=Fault.UNKNOWN_FIELD).below("text")
        return None
    try:
        return document_from(given.get("text", ""))
    except Wrong as wrong:
        raise wrong.below("text") from None


def add(draft: Draft, state: WidgetState, *, now: int | None = None) -> None:
    """Put a new widget into the draft, in front of its siblings unless it brings a key. `now`: as `fits` takes it."""
    if draft.document.get(state.id) is not None:
        draft.skip(state.id, Reason.EXISTS)
    elif fits(draft, state, state.parent, new=True, now=now):
        if not state.order:
            state.fields["order"] = front_key(draft.document, state.parent)
        draft.add(state)


@register
class Duplicate(Action, frozen=True):
    """Copies keep their order among themselves; connectors between copies join the copies."""

    type = "duplicate"
    family = "create"
    description = "Copy widgets with all that lies inside them, under ids given by the client, moved by dx and dy."
    conflict = "An id that exists already is skipped (`exists`)."
    example = {
        "widgets": [FIRST],
        "ids": {FIRST: SECOND},
        "dx": 16,
        "dy": 16,
    }

    widgets: Ids
    ids: dict[str, str]
    dx: float = 0
    dy: float = 0

    @cached_property
    def copied(self) -> list[str]:
        return list(dict.fromkeys(canonical(self.widgets)))

    @cached_property
    def new_ids(self) -> dict[str, str]:
        with at("ids"):
            return {identifier(old): identifier(new) for old, new in self.ids.items()}

    @cached_property
    def way(self) -> tuple[float, float]:
        with at("dx"):
            dx = number(self.dx)
        with at("dy"):
            dy = number(self.dy)
        return dx, dy

    def check(self) -> None:
        _ = self.copied, self.new_ids, self.way

    def cost(self) -> int:
        return WIDGET_STEPS * max(len(self.widgets), len(self.ids))

    def named(self) -> Iterable[str]:
        return [*self.copied, *self.new_ids.values()]

    def apply(self, draft: Draft) -> None:
        # Locked widgets may be copied.
        top = outermost(draft, opened(draft, self.copied, field="locked"))
        inside = draft.document.descendants([state.id for state in top], draft.work)
        for state in [*top, *inside]:
            if state.id not in self.new_ids:
                with at("ids"):
                    raise Wrong(f"no new id for {state.id}", code=Fault.REQUIRED)
        draft.work.spend(sum(map(words_steps, (*top, *inside))), "text of the widgets copied")
        ids = {state.id: self.new_ids[state.id] for state in (*top, *inside)}
        draft.document.fetch(ids.values())
        draft.document.fetch_fronts(state.parent for state in top)
        copies = [copy_of(state, ids, by=on_page(draft, state.parent, *self.way)) for state in by_painting(top)]
        copies += [copy_of(state, ids, state.order) for state in inside]
        for state, copy in zip((*by_painting(top), *inside), copies, strict=True):
            with at("ids"):
                add(draft, copy, now=draft.lineage.chain(state.parent).depth)


def by_painting(states: list[WidgetState]) -> list[WidgetState]:
    return sorted(states, key=painting_key)


def outermost(draft: Draft, states: list[WidgetState]) -> list[WidgetState]:
    """Those that lie in none of the others, at any depth: the others go along."""
    draft.document.fetch_above(state.parent for state in states)
    covered = {state.id: True for state in states}

    def is_covered(parent: str | None) -> bool:
        path, answer = list[str](), False
        for state in draft.lineage.above(parent):
            if state.id in covered:
                answer = covered[state.id]
                break
            path.append(state.id)
        covered.update(dict.fromkeys(path, answer))
        return answer

    return [state for state in states if not is_covered(state.parent)]


def copy_of(state: WidgetState, ids: dict[str, str], order: str = "", by: tuple[float, float] = (0, 0)) -> WidgetState:
    """A copy under its new id, unlocked; parents and connectors among the copied go along. No order: in front."""
    fields: Fields = {**state.fields, "order": order, "locked": False}
    place = state.fields["place"]
    parent = _copied(place["parent"], ids)
    fields["place"] = {"parent": parent, "x": number(place["x"] + by[0]), "y": number(place["y"] + by[1])}
    for end in ENDS:
        if end in fields:
            fields[end] = {**fields[end], "widget": _copied(fields[end]["widget"], ids)}
    return WidgetState(ids[state.id], state.kind, True, fields, {}, state.text)


def _copied(widget: str | None, ids: dict[str, str]) -> str | None:
    """The copy of a widget, where it is among those copied."""
    return widget if widget is None else ids.get(widget, widget)
