"""The widgets inside one parent in painting order, kept sorted while a request re-keys some of them."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable
from dataclasses import dataclass, field

Sibling = tuple[str, str]  # order key and id, as they are painted

# To take one out of a sorted list and put it in again costs about as much as to sort so many that are nearly sorted.
SORTED_FOR_ONE = 64


@dataclass(slots=True)
class Siblings:
    """Living widgets. What is re-keyed is remembered and sorted in when the order is asked for: few are put in their
    places, for many all are sorted.
    """

    keys: dict[str, str]
    _ordered: list[Sibling] = field(default_factory=list)
    _before: dict[str, str | None] = field(default_factory=dict)  # keys in `_ordered` of those re-keyed since

    def __post_init__(self) -> None:
        self._ordered = self._sorted()

    def rekey(self, widget: str, key: str | None) -> None:
        """`key`: None for one that is dead, or gone to another parent."""
        found = self.keys.get(widget)
        if found == key:
            return
        self._before.setdefault(widget, found)
        if key is None:
            del self.keys[widget]
        else:
            self.keys[widget] = key

    def ordered(self) -> list[Sibling]:
        """From back to front. The caller changes nothing in it, and asks again after a change."""
        if len(self._before) * SORTED_FOR_ONE > len(self._ordered):
            self._ordered = self._sorted()
        else:
            for widget, before in self._before.items():
                self._put(widget, before)
        self._before.clear()
        return self._ordered

    def _put(self, widget: str, before: str | None) -> None:
        if before is not None:
            del self._ordered[bisect_left(self._ordered, (before, widget))]
        if (key := self.keys.get(widget)) is not None:
            insort(self._ordered, (key, widget))

    def _sorted(self) -> list[Sibling]:
        return sorted((key, widget) for widget, key in self.keys.items())


class Moved:
    """The order as it shall be, once some of the siblings lie together with `place` of the others behind them. Looked
    at by index: nothing is copied.
    """

    def __init__(self, siblings: list[Sibling], positions: list[int], place: int) -> None:
        self._siblings, self._positions, self._place = siblings, positions, place
        # By how many of the others each of them has behind it.
        self._behind = [position - index for index, position in enumerate(positions)]

    def __len__(self) -> int:
        return len(self._siblings)

    def __getitem__(self, index: int) -> Sibling:
        moved = index - self._place
        if 0 <= moved < len(self._positions):
            return self._siblings[self._positions[moved]]
        other = index if moved < 0 else index - len(self._positions)
        return self._siblings[other + bisect_right(self._behind, other)]

    def between(self, start: int, end: int) -> Iterable[Sibling]:
        return map(self.__getitem__, range(start, end))
