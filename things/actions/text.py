"""Text inside widgets (merged, never overwritten)."""

from functools import cached_property, partial
from typing import Annotated

import msgspec
from django.conf import settings

from things import text
from things.actions.base import UNBOUND_REVISION, Action, Id, Unread, at, register
from things.actions.samples import FIRST
from things.document import WidgetState
from things.document.draft import Draft
from things.errors import BaseTooOld, Fault, Reason, RevisionAhead, TooLarge
from things.kinds.fields import Wrong, identifier
from things.kinds.words import LIMIT, delta_from, plain_from, require_light
from things.work import WIDGET_STEPS, Work

# In steps of `things.work`, measured: an operation that is checked, composed, inverted and written; one that is
# transformed; characters that are copied along with them; one character in the search for what two texts share.
OPERATION_STEPS = 20
TRANSFORM_STEPS = 6
CHARACTERS_A_STEP = 40
COMPARING_STEPS = 2


def _holder(draft: Draft, widget: str) -> WidgetState | None:
    """The widget whose text is meant; a deleted one takes text too (M3), a locked one does not."""
    with at("widget"):
        state = draft.document.get(identifier(widget))
        if state is None:
            draft.skip(widget, Reason.GONE, field="text")
            return None
        if state.text is None:
            raise Wrong(f"a {state.kind} holds no text", code=Fault.KIND)
    if state.fields.get("locked"):
        draft.skip(state.id, Reason.LOCKED, field="text", by=state.origins.get("locked"))
        return None
    if not state.alive:
        draft.skip(state.id, Reason.GONE, field="text", by=state.origins.get("alive"))
    return state


def edit(draft: Draft, state: WidgetState, delta: text.Delta) -> None:
    """Change the text of a widget. The delta was paid for; the text it is made on is paid for here."""
    before = state.text or []
    draft.work.spend(text_steps(before), "text of the widgets named")
    with at("delta"):
        if text.total(before) + text.growth(delta) > LIMIT:
            raise Wrong(f"expected at most {LIMIT} characters", code=Fault.LENGTH)
        try:
            draft.edit(state, delta)
        except text.SplitsSurrogate as error:
            raise Wrong(str(error), code=Fault.DELTA) from None
    require_light(state.text or [], before)


def text_steps(delta: text.Delta) -> int:
    """What it costs to read, change and write a text or a delta, in steps of `things.work`."""
    return OPERATION_STEPS * len(delta) + text.weight(delta) // CHARACTERS_A_STEP


def _require_once(draft: Draft, state: WidgetState) -> None:
    if state.id in draft.deltas:
        with at("delta"):
            raise Wrong("one text edit for a widget in a request", code=Fault.TWICE)


@register
class SetText(Action, frozen=True):
    type = "set_text"
    family = "text"
    description = "Make the text of a widget read as given. The server writes the difference."
    conflict = "Merged: only what differs is replaced, as far as it is found quickly."
    example = {"widget": FIRST, "text": "Doors open at seven"}

    widget: Id
    text: str

    @cached_property
    def words(self) -> str:
        with at("text"):
            return plain_from(self.text)

    def check(self) -> None:
        _ = self.words

    def cost(self) -> int:
        return WIDGET_STEPS + text_steps(text.from_plain(self.words))

    def apply(self, draft: Draft) -> None:
        if (state := _holder(draft, self.widget)) is None:
            return
        _require_once(draft, state)
        delta = text.difference(state.text or [], self.words, partial(_may_compare, draft.work))
        if delta:
            edit(draft, state, delta)


def _may_compare(work: Work, characters: int) -> bool:
    """Whether the difference may be looked for; half of a request's budget is kept for all else."""
    steps = COMPARING_STEPS * characters
    if steps > work.left - settings.WORK_STEPS // 2:
        return False
    work.spend(steps, "texts that differ")
    return True


@register
class EditText(Action, frozen=True):
    type = "edit_text"
    family = "text"
    description = (
        "Apply a delta that was made on the text as it was at `base_revision`: at most 10,000 operations; at most "
        "10,000 changes of the text since, fewer where they or the delta are long (`base_too_old`)."
    )
    conflict = "Merged character by character: the server transforms the delta over what came since."
    example = {"widget": FIRST, "base_revision": 1, "delta": [{"retain": 5}, {"insert": "abc"}]}

    widget: Id
    base_revision: Annotated[int, msgspec.Meta(ge=0, lt=UNBOUND_REVISION)]
    delta: Annotated[list[Unread], msgspec.Meta(extra_json_schema={"items": {"type": "object"}})]

    @cached_property
    def checked(self) -> text.Delta:
        with at("delta"):
            return delta_from(self.delta)

    def check(self) -> None:
        _ = self.checked

    def cost(self) -> int:
        return WIDGET_STEPS + OPERATION_STEPS * len(self.delta) + text_steps(self.checked)

    def bases(self) -> dict[str, int]:
        return dict.fromkeys(self.named(), self.base_revision)

    def apply(self, draft: Draft) -> None:
        if self.base_revision > draft.document.revision:
            raise RevisionAhead(
                f"revision {self.base_revision} does not exist; the newest is {draft.document.revision}"
            )
        state = _holder(draft, self.widget)
        if state is None or not self.checked:
            return
        _require_once(draft, state)
        edit(draft, state, self._over_what_came_since(draft, state))

    def _over_what_came_since(self, draft: Draft, state: WidgetState) -> text.Delta:
        delta = self.checked
        try:
            for since in draft.log.text_since(state.id, self.base_revision):
                draft.work.spend(TRANSFORM_STEPS * (len(delta) + len(since.delta)), "text that was written since")
                delta = text.transform(delta, since.delta, first=False)
        except TooLarge:
            raise BaseTooOld(f"too much text was written since revision {self.base_revision}") from None
        return delta
