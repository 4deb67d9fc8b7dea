"""Delete and restore: existence is a field, the body stays (M3)."""

from things.actions.base import OnWidgets, at, opened, register
from things.actions.samples import FIRST
from things.actions.tree import rehang
from things.document import NEVER, WidgetState, ends
from things.document.draft import Draft
from things.errors import Reason


@register
class Delete(OnWidgets, frozen=True):
    type = "delete"
    family = "existence"
    description = (
        "Delete widgets with all that lies inside them. Their bodies are kept for `restore` and `undo`; connectors "
        "that hold on to them keep their ends where they are seen."
    )
    conflict = "Later writes to a deleted widget are skipped (`gone`), but text is merged into it."
    example = {"widgets": [FIRST]}

    def apply(self, draft: Draft) -> None:
        states = opened(draft, self.ids, field="alive")
        inside = draft.document.descendants([state.id for state in states], draft.work)
        dying = list({state.id: state for state in [*states, *inside]}.values())
        ends.release(draft, dying)
        for state in dying:
            draft.alive(state, False)


@register
class Restore(OnWidgets, frozen=True):
    type = "restore"
    family = "existence"
    description = "Bring deleted widgets back. One whose parent is gone moves to the nearest living ancestor, in place."
    conflict = "One that would have more than 32 parents is skipped (`depth`)."
    example = {"widgets": [FIRST]}

    def apply(self, draft: Draft) -> None:
        draft.document.fetch(self.ids)
        dead = [state for widget in self.ids if (state := self._dead(draft, widget)) is not None]
        draft.lineage.prepare(dead)
        positions = {widget: index for index, widget in enumerate(self.ids)}
        refuges: dict[str, str | None] = {}
        # Parents first, so that what lies in them finds them alive.
        for state in sorted(dead, key=lambda state: draft.lineage.chain(state.parent).depth):
            refuge = _refuge(draft, state.parent, refuges)
            if draft.lineage.too_deep_again(state, refuge, state.origins.get("alive", NEVER)):
                draft.skip(state.id, Reason.DEPTH, field="place")
                continue
            draft.alive(state, True)
            if refuge != state.parent:
                with at("widgets", positions[state.id]):
                    rehang(draft, state, refuge)

    def _dead(self, draft: Draft, widget: str) -> WidgetState | None:
        state = draft.document.get(widget)
        if state is None:
            draft.skip(widget, Reason.GONE)
        return None if state is None or state.alive else state


def _refuge(draft: Draft, parent: str | None, found: dict[str, str | None]) -> str | None:
    """The nearest ancestor that is alive with all that it lies in; the page when there is none."""
    path = list[str]()
    refuge = None
    for state in draft.lineage.above(parent):
        if draft.lineage.chain(state.id).alive:
            refuge = state.id
            break
        if state.id in found:
            refuge = found[state.id]
            break
        path.append(state.id)
    found.update(dict.fromkeys(path, refuge))
    return refuge
