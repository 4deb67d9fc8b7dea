"""What two texts have in common, found by work linear in both.

Three steps, each cheap: the same beginning and end; words that stand exactly once in each text, in the same order
(patience, as git and bzr do it); between those, characters by Myers' greedy algorithm, which gives up where the texts
differ too much. What is not found in common is replaced whole.
E. W. Myers, An O(ND) Difference Algorithm and Its Variations (1986).
"""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator

from things.counting import touched

Piece = tuple[str, str, str]
Match = tuple[int, int, int]
May = Callable[[int], bool]

# Words are looked for in the whole, then between those found, and so on.
LEVELS = 3
WORD = re.compile(r"\w+|[^\w\s]|\s+")
# Steps of the greedy search for each character of both texts.
STEPS_PER_CHARACTER = 0.25
STEPS_AT_LEAST = 32
# What it costs to find how long a run is, and that to compare so many characters costs a step more.
STEPS_PER_RUN = 4
COMPARED_PER_STEP = 64
JOINER = "\u200d"
SKIN_TONES = range(0x1F3FB, 0x1F400)


def pieces(old: str, new: str, may: May) -> Iterator[Piece]:
    """What is removed, what is added, then what is kept, from the front to the end. `may` is asked whether so many
    characters, which both texts do not begin or end with, may be compared.
    """
    start, end = _ends(old, new)
    differs = len(old) + len(new) - 2 * (start + end)
    found = _matches(old, new) if may(differs) else iter([(0, 0, start), (len(old) - end, len(new) - end, end)])
    a = b = 0
    for x, y, count in _whole_characters(old, new, _joined(found)):
        yield old[a:x], new[b:y], old[x : x + count]
        touched(x + count - a + y - b)
        a, b = x + count, y + count
    yield old[a:], new[b:], ""


def _matches(old: str, new: str, levels: int = LEVELS) -> Iterator[Match]:
    """Runs of characters that both texts share, ascending: place in the old, place in the new, length."""
    start, end = _ends(old, new)
    a = b = start
    anchors = _anchors(old, new, start, end) if levels else []
    yield 0, 0, start
    for x, y, count in [*anchors, (len(old) - end, len(new) - end, end)]:
        for left, right, kept in _between(old[a:x], new[b:y], levels - 1 if anchors else 0):
            yield a + left, b + right, kept
        yield x, y, count
        a, b = x + count, y + count


def _between(old: str, new: str, levels: int) -> Iterable[Match]:
    """What two texts between anchors share: most often nothing stands there, or the same space."""
    touched(len(old) + len(new))
    if not old or not new:
        return []
    if old == new:
        return [(0, 0, len(old))]
    return _matches(old, new, levels) if levels else _greedy(old, new)


def _ends(old: str, new: str) -> tuple[int, int]:
    """How many characters are the same at the beginning, and how many of the rest at the end."""
    most = min(len(old), len(new))
    start = _longest(most, lambda a, b: old[a:b] == new[a:b])
    from_old, from_new = len(old), len(new)
    end = _longest(most - start, lambda a, b: old[from_old - b : from_old - a] == new[from_new - b : from_new - a])
    return start, end


def _longest(most: int, same: Callable[[int, int], bool]) -> int:
    """How far two texts are the same, at most `most`: in strides that double, then in halves of the last."""
    found, stride = 0, 8
    while found < most:
        stride = min(stride, most - found)
        touched(stride)
        if not same(found, found + stride):
            return _last(found, found + stride, same)
        found, stride = found + stride, 2 * stride
    return found


def _last(found: int, differs: int, same: Callable[[int, int], bool]) -> int:
    """They are the same up to `found` and no longer at `differs`."""
    while differs - found > 1:
        middle = (found + differs) // 2
        touched(middle - found)
        if same(found, middle):
            found = middle
        else:
            differs = middle
    return found


def _anchors(old: str, new: str, start: int, end: int) -> list[Match]:
    """Words that stand once in each text, as many as keep their order; without what both share at their ends."""
    places = _once(new, start, len(new) - end)
    pairs = [(x, places[word], len(word)) for word, x in _once(old, start, len(old) - end).items() if word in places]
    return _ascending(pairs)


def _once(text: str, start: int, end: int) -> dict[str, int]:
    """The words that stand there once, in order, with their places."""
    places: dict[str, int | None] = {}
    for match in WORD.finditer(text, start, end):
        word = match[0]
        touched(len(word))
        places[word] = None if word in places else match.start()
    return {word: place for word, place in places.items() if place is not None}


def _ascending(pairs: list[Match]) -> list[Match]:
    """The longest choice of pairs that ascends in the new text too (patience sorting; the old ascends already)."""
    tops: list[int] = []
    piles: list[int] = []
    before: list[int] = []
    for index, (_, y, _) in enumerate(pairs):
        pile = bisect_left(tops, y)
        before.append(piles[pile - 1] if pile else -1)
        tops[pile : pile + 1], piles[pile : pile + 1] = [y], [index]
    chosen, index = [], piles[-1] if piles else -1
    while index >= 0:
        chosen.append(pairs[index])
        index = before[index]
    return chosen[::-1]


def _greedy(old: str, new: str) -> list[Match]:
    """The runs that a shortest list of edits keeps; nothing when it is not found within the work that the texts' length
    allows. A round of one more edit reads the farthest places of the round before, one for each second diagonal.
    """
    work = STEPS_AT_LEAST + STEPS_PER_CHARACTER * (len(old) + len(new))
    if (len(old) - len(new)) ** 2 > 2 * work:
        return []
    rounds: list[list[int]] = []
    while work > 0:
        edits, ends = len(rounds), list[int]()
        rounds.append(ends)
        for index in range(edits + 1):
            x = _step(rounds[edits - 1], index, edits) if edits else 0
            y = x - 2 * index + edits
            if x < len(old) and y < len(new) and old[x] == new[y]:
                run = _run(old, x, new, y)
                work -= STEPS_PER_RUN + run // COMPARED_PER_STEP
                x, y = x + run, y + run
            ends.append(x)
            if x >= len(old) and y >= len(new):
                return _backwards(rounds, index)
        work -= edits + 1
    return []


def _step(ends: list[int], index: int, edits: int) -> int:
    """Where the old text stands after one more edit: an insertion from the diagonal above, or a deletion."""
    if index == 0 or (index != edits and ends[index - 1] < ends[index]):
        return ends[index]
    return ends[index - 1] + 1


def _run(old: str, x: int, new: str, y: int) -> int:
    """How many characters from there on are the same."""
    return _longest(min(len(old) - x, len(new) - y), lambda a, b: old[x + a : x + b] == new[y + a : y + b])


def _backwards(rounds: list[list[int]], index: int) -> list[Match]:
    """The runs on the way to the end that was reached in the last round."""
    runs = []
    for edits in range(len(rounds) - 1, 0, -1):
        diagonal, x = 2 * index - edits, rounds[edits][index]
        start = _step(rounds[edits - 1], index, edits)
        runs.append((start, start - diagonal, x - start))
        # From the diagonal above (an insertion) the index stays, from the one below it is one less.
        before = rounds[edits - 1]
        index -= 0 if index == 0 or (index != edits and before[index - 1] < before[index]) else 1
    runs.append((0, 0, rounds[0][0]))
    return runs[::-1]


def _joined(matches: Iterator[Match]) -> Iterator[Match]:
    """Without the empty ones; those that touch in both texts as one."""
    a = b = held = 0
    for x, y, count in matches:
        if (x, y) == (a + held, b + held):
            held += count
            continue
        if held:
            yield a, b, held
        a, b, held = x, y, count
    if held:
        yield a, b, held


def _whole_characters(old: str, new: str, matches: Iterator[Match]) -> Iterator[Match]:
    """Shortened so that none begins or ends between a letter and its marks, or inside a joined emoji."""
    if old.isascii() and new.isascii():
        yield from matches
        return
    for x, y, count in matches:
        while count and (_is_inside(old, x) or _is_inside(new, y)):
            x, y, count = x + 1, y + 1, count - 1
        while count and (_is_inside(old, x + count) or _is_inside(new, y + count)):
            count -= 1
        if count:
            yield x, y, count


def _is_inside(text: str, place: int) -> bool:
    if not 0 < place < len(text):
        return False
    character = text[place]
    return (
        text[place - 1] == JOINER
        or character == JOINER
        or ord(character) in SKIN_TONES
        or unicodedata.category(character) in ("Mn", "Me")
    )
