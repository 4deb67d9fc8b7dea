"""Delete and restore: existence is a field, the body stays (M3)."""

from things.actions.base import Action, Ids, ids_of, opened, register
from things.actions.samples import FIRST
from things.actions.tree import ancestors, descendants, rehang
from things.document import WidgetState
from things.draft import Draft


@register
class Delete(Action, frozen=True):
    type = "delete"
    family = "existence"
    description = "Delete widgets with all that lies inside them. Their bodies are kept for `restore` and `undo`."
    conflict = "Later writes to a deleted widget are skipped (`gone`), but text is merged into it."
    example = {"widgets": [FIRST]}

    widgets: Ids

    def apply(self, draft: Draft) -> None:
        states = opened(draft, self.widgets, field="alive")
        for state in [*states, *descendants(draft.document, [state.id for state in states])]:
            if state.alive:
                draft.alive(state, False)


@register
class Restore(Action, frozen=True):
    type = "restore"
    family = "existence"
    description = "Bring deleted widgets back. One whose parent is gone moves to the nearest living ancestor, in place."
    example = {"widgets": [FIRST]}

    widgets: Ids

    def apply(self, draft: Draft) -> None:
        ids = ids_of(self.widgets)
        draft.document.fetch(ids)
        for widget in ids:
            if (state := draft.document.get(widget)) is None:
                draft.skip(widget, "gone")
            elif not state.alive:
                draft.alive(state, True)
        for widget in ids:
            state = draft.document.get(widget)
            above = ancestors(draft.document, state.parent) if state else []
            if state and not all(ancestor.alive for ancestor in above):
                rehang(draft, state, next((ancestor.id for ancestor in _reachable(above)), None))


def _reachable(above: list[WidgetState]) -> list[WidgetState]:
    """The ancestors that are alive with all that is above them, nearest first."""
    living: list[WidgetState] = []
    for ancestor in reversed(above):
        if not ancestor.alive:
            break
        living.insert(0, ancestor)
    return living
