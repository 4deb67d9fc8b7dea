"""Painting order: fractional index keys, made by `add` and `reorder` only (M5)."""

from typing import Literal

from fractional_indexing import FIError, generate_key_between, generate_n_keys_between

from things.actions.base import Action, Id, Ids, at, opened, register
from things.actions.samples import FIRST
from things.document import Document, WidgetState
from things.draft import Draft
from things.kinds.fields import Wrong, identifier


def checked_key(key: str) -> str:
    """A key that another can be put next to."""
    try:
        generate_key_between(key, None)
    except (FIError, ValueError, IndexError):
        raise Wrong("expected a fractional index key", code="order") from None
    return key


def front_keys(document: Document, parent: str | None, count: int) -> list[str]:
    return list(generate_n_keys_between(document.last_order(parent), None, count))


@register
class Reorder(Action, frozen=True):
    """To the front or back, one step, or next to another widget of the same parent."""

    type = "reorder"
    family = "order"
    description = "Change the painting order of widgets among those with the same parent."
    example = {"widgets": [FIRST], "to": "front"}

    widgets: Ids
    to: Literal["front", "back", "forward", "backward"] | None = None
    above: Id | None = None
    below: Id | None = None

    def apply(self, draft: Draft) -> None:
        if sum(option is not None for option in (self.to, self.above, self.below)) != 1:
            with at("to"):
                raise Wrong("expected exactly one of to, above, below", code="required")
        families: dict[str | None, list[WidgetState]] = {}
        for state in opened(draft, self.widgets, field="order"):
            families.setdefault(state.parent, []).append(state)
        for parent, states in families.items():
            self._reorder(draft, draft.document.children([parent]), states)

    def _reorder(self, draft: Draft, siblings: list[WidgetState], moving: list[WidgetState]) -> None:
        chosen = {state.id for state in moving}
        block = [state for state in siblings if state.id in chosen]
        others = [state for state in siblings if state.id not in chosen]
        place = self._place(siblings, others, chosen)
        if place is None:
            return
        wanted = others[:place] + block + others[place:]
        if [state.id for state in wanted] != [state.id for state in siblings]:
            rekey(draft, wanted, place, len(block))

    def _place(self, siblings: list[WidgetState], others: list[WidgetState], chosen: set[str]) -> int | None:
        """How many of the others lie behind the block."""
        positions = [index for index, state in enumerate(siblings) if state.id in chosen]
        match self.to:
            case "front":
                return len(others)
            case "back":
                return 0
            case "forward":
                return min(len(others), positions[-1] - len(positions) + 2)
            case "backward":
                return max(0, positions[0] - 1)
        with at("above" if self.above else "below"):
            target = identifier(self.above or self.below)
        index = next((index for index, state in enumerate(others) if state.id == target), None)
        return None if index is None else index + (1 if self.above else 0)


def rekey(draft: Draft, wanted: list[WidgetState], start: int, count: int) -> None:
    """New keys for `count` widgets from `start`; where neighbours share a key, they are re-keyed with them."""
    end = start + count
    while start > 0 and end < len(wanted) and wanted[start - 1].order >= wanted[end].order:
        end += 1
    before = wanted[start - 1].order if start else None
    after = wanted[end].order if end < len(wanted) else None
    keys = generate_n_keys_between(before, after, end - start)
    for state, key in zip(wanted[start:end], keys, strict=True):
        draft.set(state, "order", key)
