"""Actions that make widgets."""

from typing import Annotated, Any

import msgspec

from things import text
from things.actions.base import Action, Ids, at, ids_of, opened, register
from things.actions.order import checked_key, front_keys
from things.actions.samples import FIRST, SECOND
from things.actions.tree import descendants, fits
from things.document import Json, WidgetState, painting_key
from things.draft import Draft, new_widget
from things.kinds.fields import Wrong, identifier, number
from things.kinds.registry import KINDS, Kind
from things.kinds.words import document_from

Widgets = Annotated[list[dict[str, Any]], msgspec.Meta(min_length=1, max_length=10_000)]


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

    def apply(self, draft: Draft) -> None:
        states = []
        for index, given in enumerate(self.widgets):
            with at("widgets", index):
                states.append(read_widget(given))
        draft.document.fetch([*(s.id for s in states), *(s.parent for s in states if s.parent)])
        for index, state in enumerate(states):
            with at("widgets", index):
                add(draft, state)


def read_widget(given: Json) -> WidgetState:
    """A new widget from what a client sent; raises `Wrong`."""
    for key in ("id", "kind"):
        if key not in given:
            raise Wrong("this field is missing", code="required").below(key)
    kind = KINDS.get(given["kind"]) if isinstance(given["kind"], str) else None
    if kind is None:
        raise Wrong(f"expected one of {', '.join(KINDS)}", "/kind", "choice")
    try:
        widget = identifier(given["id"])
    except Wrong as wrong:
        raise wrong.below("id") from None
    fields = {key: _checked(kind, key, value) for key, value in given.items() if key not in ("id", "kind", "text")}
    return new_widget(widget, kind.name, fields, _text(kind, given))


def _checked(kind: Kind, key: str, value: Any) -> Any:
    field = kind.fields.get(key)
    if field is None:
        raise Wrong(f"a {kind.name} has no such field", code="unknown_field").below(key)
    try:
        checked = field.check(value)
        return checked_key(checked) if key == "order" else checked
    except Wrong as wrong:
        raise wrong.below(key) from None


def _text(kind: Kind, given: Json) -> text.Delta | None:
    if not kind.text:
        if "text" in given:
            raise Wrong(f"a {kind.name} holds no text", code="unknown_field").below("text")
        return None
    try:
        return document_from(given.get("text", ""))
    except Wrong as wrong:
        raise wrong.below("text") from None


def add(draft: Draft, state: WidgetState) -> None:
    """Put a new widget into the draft, in front of its siblings unless it brings a key."""
    if draft.document.get(state.id) is not None:
        draft.skip(state.id, "exists")
    elif fits(draft, state, state.parent):
        if not state.order:
            state.fields["order"] = front_keys(draft.document, state.parent, 1)[0]
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

    def apply(self, draft: Draft) -> None:
        with at("dx"):
            dx = number(self.dx)
        with at("dy"):
            dy = number(self.dy)
        ids = self._ids()
        top = [state for state in opened_to_copy(draft, self.widgets) if state.parent not in ids_of(self.widgets)]
        inside = descendants(draft.document, [state.id for state in top])
        for state in [*top, *inside]:
            if state.id not in ids:
                with at("ids"):
                    raise Wrong(f"no new id for {state.id}", code="required")
        for state in sorted(top, key=painting_key):
            add(draft, copy_of(state, ids, by=(dx, dy)))
        for state in inside:
            add(draft, copy_of(state, ids, state.order))

    def _ids(self) -> dict[str, str]:
        with at("ids"):
            return {identifier(old): identifier(new) for old, new in self.ids.items()}


def opened_to_copy(draft: Draft, widgets: list[str]) -> list[WidgetState]:
    """Locked widgets may be copied."""
    return opened(draft, widgets, field="locked")


def copy_of(state: WidgetState, ids: dict[str, str], order: str = "", by: tuple[float, float] = (0, 0)) -> WidgetState:
    """A copy under its new id, unlocked; parents and connectors among the copied go along. No order: in front."""
    fields = {**state.fields, "order": order, "locked": False}
    place = state.fields["place"]
    parent = ids.get(place["parent"], place["parent"])
    fields["place"] = {"parent": parent, "x": number(place["x"] + by[0]), "y": number(place["y"] + by[1])}
    for end in ("start", "end"):
        if end in fields:
            fields[end] = {**fields[end], "widget": ids.get(fields[end]["widget"], fields[end]["widget"])}
    return WidgetState(ids[state.id], state.kind, True, fields, {}, state.text)
