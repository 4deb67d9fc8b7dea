"""Text inside widgets (merged, never overwritten)."""

from typing import Annotated, Any

import msgspec

from things import text
from things.actions.base import UNBOUND_REVISION, Action, Id, at, register
from things.actions.samples import FIRST
from things.document import WidgetState
from things.draft import Draft
from things.errors import RevisionAhead
from things.kinds.fields import Wrong, identifier
from things.kinds.words import LIMIT, delta_from, plain_from


def _holder(draft: Draft, widget: str) -> WidgetState | None:
    """The widget whose text is meant; a deleted one takes text too (M3), a locked one does not."""
    with at("widget"):
        state = draft.document.get(identifier(widget))
        if state is None:
            draft.skip(widget, "gone", field="text")
            return None
        if state.text is None:
            raise Wrong(f"a {state.kind} holds no text", code="kind")
    if state.fields.get("locked"):
        draft.skip(state.id, "locked", field="text", by=state.origins.get("locked"))
        return None
    if not state.alive:
        draft.skip(state.id, "gone", field="text", by=state.origins.get("alive"))
    return state


def edit(draft: Draft, state: WidgetState, delta: text.Delta) -> None:
    with at("delta"):
        if state.id in draft.deltas:
            raise Wrong("one text edit for a widget in a request", code="twice")
        try:
            draft.edit(state, delta)
        except text.SplitsSurrogate as error:
            raise Wrong(str(error), code="delta") from None
        if sum(map(text.operation_length, state.text or [])) > LIMIT:
            raise Wrong(f"expected at most {LIMIT} characters", code="length")


@register
class SetText(Action, frozen=True):
    type = "set_text"
    family = "text"
    description = "Make the text of a widget read as given. The server writes the difference."
    conflict = "Merged: only what differs is replaced."
    example = {"widget": FIRST, "text": "Doors open at seven"}

    widget: Id
    text: str

    def apply(self, draft: Draft) -> None:
        with at("text"):
            words = plain_from(self.text)
        if (state := _holder(draft, self.widget)) is not None:
            delta = text.difference(state.text or [], words)
            if delta:
                edit(draft, state, delta)


@register
class EditText(Action, frozen=True):
    type = "edit_text"
    family = "text"
    description = "Apply a delta that was made on the text as it was at `base_revision`."
    conflict = "Merged character by character: the server transforms the delta over what came since."
    example = {"widget": FIRST, "base_revision": 1, "delta": [{"retain": 5}, {"insert": "abc"}]}

    widget: Id
    base_revision: Annotated[int, msgspec.Meta(ge=0, lt=UNBOUND_REVISION)]
    delta: Annotated[list[Any], msgspec.Meta(extra_json_schema={"items": {"type": "object"}})]

    def apply(self, draft: Draft) -> None:
        with at("delta"):
            delta = delta_from(self.delta)
        if self.base_revision > draft.document.revision:
            raise RevisionAhead(
                f"revision {self.base_revision} does not exist; the newest is {draft.document.revision}"
            )
        state = _holder(draft, self.widget)
        if state is not None and delta:
            for since in draft.log.text_since(state.id, self.base_revision):
                delta = text.transform(delta, since.delta, first=False)
            edit(draft, state, delta)
