"""Text of one undo or redo: the inverses of the last applications of what is undone, moved over what came after (U4).

All that a request undoes in one widget is done in one walk from the newest entry of the log to the oldest. The walk
carries what came later and stays, as it must be said once the newer undone entries are gone, so that a group costs its
entries and not their square.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from things import text
from things.document.draft import TextEntry

Spend = Callable[[int], None]


@dataclass(slots=True)
class Later:
    """One entry, or several composed, that came later and stays.

    `missing`: of an undo or redo, which of the revisions it stands for have not been met yet; None for an edit.
    `part_of`: the undo or redo that this stands next to and is a part of, until that is met whole and both cancel.
    """

    delta: text.Delta
    revision: int
    missing: set[int] | None = None
    part_of: "Later | None" = None

    @property
    def is_plain(self) -> bool:
        return self.missing is None and self.part_of is None


def taken_back(entries: list[TextEntry], chosen: set[int], spend: Spend) -> text.Delta:
    """One delta that takes back the entries at the indices `chosen`; `entries` are a widget's, in order."""
    later: list[Later] = []
    made: list[text.Delta] = []
    for index in range(len(entries) - 1, min(chosen, default=len(entries)) - 1, -1):
        if index in chosen:
            made.append(_moved(entries[index].inverse, later, spend))
        else:
            _push(later, entries[index], spend)
    return _composed(made, spend)


def first_left(entries: Iterable[TextEntry], spend: Spend) -> int | None:
    """The first revision of these that is left once what was done and undone again is out of the sum."""
    later: list[Later] = []
    for entry in reversed(list(entries)):
        _push(later, entry, spend)
    return later[-1].revision if later else None


def _moved(inverse: text.Delta, later: list[Later], spend: Spend) -> text.Delta:
    """The inverse over all that came later; and that, as it is said without what the inverse takes back."""
    delta = inverse
    for entry in reversed(later):
        spend(len(delta) + len(entry.delta))
        without = text.transform(entry.delta, delta, first=True)
        delta = text.transform(delta, entry.delta, first=False)
        entry.delta = without
    return delta


def _push(later: list[Later], entry: TextEntry, spend: Spend) -> None:
    """Put an entry before what came later. An undo cancels with what it undid where both have come to stand next to
    each other.
    """
    spend(1 + len(entry.undoes))
    top = later[-1] if later else None
    waiting = top if top is None or top.missing is not None else top.part_of
    if waiting is not None and waiting.missing is not None and entry.undoes <= waiting.missing:
        waiting.missing -= entry.undoes
        later.append(Later(entry.delta, entry.revision, part_of=waiting))
        if not waiting.missing:
            while later.pop() is not waiting:
                pass
    elif entry.sort != "edit":
        later.append(Later(entry.delta, entry.revision, set(entry.undoes)))
    elif top is not None and top.is_plain:
        spend(len(entry.delta) + len(top.delta))
        top.delta, top.revision = text.compose(entry.delta, top.delta), entry.revision
    else:
        later.append(Later(entry.delta, entry.revision))


def _composed(deltas: list[text.Delta], spend: Spend) -> text.Delta:
    """All after one another. In pairs, so that each is copied as often as there are halvings."""
    while len(deltas) > 1:
        spend(sum(map(len, deltas)))
        pairs = zip(deltas[::2], deltas[1::2], strict=False)
        deltas = [text.compose(*pair) for pair in pairs] + ([deltas[-1]] if len(deltas) % 2 else [])
    return deltas[0] if deltas else []
