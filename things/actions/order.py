"""Painting order: fractional index keys, made by `add` and `reorder` only (M5)."""

from bisect import bisect_left
from functools import cached_property
from typing import Literal

from fractional_indexing import FIError, generate_key_between, generate_n_keys_between

from things.actions.base import Id, OnWidgets, at, opened, register
from things.actions.samples import FIRST
from things.document import Document
from things.document.draft import Draft
from things.document.siblings import Moved, Siblings
from things.errors import Fault
from things.kinds.fields import Wrong, identifier

LONGEST = 200  # what a key may be, whoever makes it
SHORT = 40  # what the server makes as long as there is another way
BEYOND = ("A", "z")  # heads of keys that nothing can be put beyond but by longer and longer ones
MANY = 1000  # neighbours that are re-keyed for the sake of short keys


def checked_key(key: str) -> str:
    """A key that another can be put next to."""
    try:
        generate_key_between(key, None)
    except (FIError, ValueError, IndexError):
        key = ""
    if not key or key.startswith(BEYOND):
        raise Wrong("expected a fractional index key", code=Fault.ORDER)
    return key


def front_key(document: Document, parent: str | None) -> str:
    """In front of all inside a parent; where no longer key may be, as far in front as the frontmost."""
    front = document.front(parent)
    key = generate_key_between(front, None)
    return key if front is None or len(key) <= LONGEST else front


@register
class Reorder(OnWidgets, frozen=True):
    """To the front or back, one step, or next to another widget of the same parent."""

    type = "reorder"
    family = "order"
    description = "Change the painting order of widgets among those with the same parent."
    example = {"widgets": [FIRST], "to": "front"}

    to: Literal["front", "back", "forward", "backward"] | None = None
    above: Id | None = None
    below: Id | None = None

    @cached_property
    def target(self) -> str | None:
        if sum(option is not None for option in (self.to, self.above, self.below)) != 1:
            with at("to"):
                raise Wrong("expected exactly one of to, above, below", code=Fault.REQUIRED)
        if self.to is not None:
            return None
        with at("above" if self.above else "below"):
            return identifier(self.above or self.below)

    def check(self) -> None:
        super().check()
        self.target  # noqa: B018

    def apply(self, draft: Draft) -> None:
        families: dict[str | None, set[str]] = {}
        for state in opened(draft, self.ids, field="order"):
            families.setdefault(state.parent, set()).add(state.id)
        for parent, chosen in families.items():
            self._reorder(draft, draft.document.siblings(parent, draft.work), chosen)

    def _reorder(self, draft: Draft, siblings: Siblings, chosen: set[str]) -> None:
        ordered = siblings.ordered()
        positions = sorted(bisect_left(ordered, (siblings.keys[widget], widget)) for widget in chosen)
        place = self._place(siblings, positions)
        if place is None or positions == list(range(place, place + len(positions))):
            return
        rekey(draft, Moved(ordered, positions, place), place, place + len(positions))

    def _place(self, siblings: Siblings, positions: list[int]) -> int | None:
        """How many of the others lie behind those at `positions`."""
        others = len(siblings.keys) - len(positions)
        match self.to:
            case "front":
                return others
            case "back":
                return 0
            case "forward":
                return min(others, positions[-1] - len(positions) + 2)
            case "backward":
                return max(0, positions[0] - 1)
        return self._beside_target(siblings, positions)

    def _beside_target(self, siblings: Siblings, positions: list[int]) -> int | None:
        """None where the target lies elsewhere, or is one of those that go."""
        if self.target is None or (key := siblings.keys.get(self.target)) is None:
            return None
        found = bisect_left(siblings.ordered(), (key, self.target))
        behind = bisect_left(positions, found)
        if behind < len(positions) and positions[behind] == found:
            return None
        return found - behind + (1 if self.above else 0)


def rekey(draft: Draft, wanted: Moved, start: int, end: int) -> None:
    """New keys for the widgets from `start` to `end`. Neighbours are re-keyed with them where they share a key, and
    where there is no short key between them: keys grow by halving, so more and more neighbours share what is there.
    """
    start, end, keys = _room(draft, wanted, start, end)
    widgets = [widget for _, widget in wanted.between(start, end)]
    draft.document.fetch(widgets)
    for widget, key in zip(widgets, keys, strict=True):
        state = draft.document.widgets[widget]
        if state.order != key:
            draft.set(state, "order", key)


def _room(draft: Draft, wanted: Moved, start: int, end: int) -> tuple[int, int, list[str]]:
    """How far to re-key, and the keys."""
    reach = 1
    while True:
        while start > 0 and end < len(wanted) and wanted[start - 1][0] >= wanted[end][0]:
            end += 1
        before = wanted[start - 1][0] if start else None
        after = wanted[end][0] if end < len(wanted) else None
        draft.work.widgets(end - start, "widgets that need new order keys")
        keys = list(generate_n_keys_between(before, after, end - start))
        longest = max(map(len, keys))
        if longest <= SHORT or end - start == len(wanted) or (longest <= LONGEST and end - start > MANY):
            return start, end, keys
        start, end, reach = max(0, start - reach), min(len(wanted), end + reach), 2 * reach
