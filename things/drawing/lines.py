"""Text in lines: the same breaks as the editor makes, from one table of advance widths.

Greedy wrap at spaces, hard breaks at newlines, a word longer than the line breaks by character.
"""

import json
from collections.abc import Iterator
from functools import lru_cache
from itertools import accumulate, islice
from pathlib import Path
from typing import NamedTuple, TypedDict

from things.counting import touched

METRICS = Path(__file__).parent.parent / "static" / "things" / "font-metrics.json"
LINE_HEIGHT = 1.3


class Line(NamedTuple):
    """`text` without the space it broke at; `start` is its offset in the whole, in code points."""

    text: str
    width: float
    start: int


class Metrics(TypedDict):
    """In units of the font. `advances`: by weight, then by character."""

    family: str
    units: int
    ascent: int
    descent: int
    default: int
    advances: dict[str, dict[str, int]]


@lru_cache(maxsize=1)
def metrics() -> Metrics:
    table: Metrics = json.loads(METRICS.read_text())
    return table


def advance(text: str, size: float, weight: int) -> float:
    """The width of `text` on one line. Weights without a table take the nearest below."""
    return sum(_advances(text, weight)) * size / _units()


def _advances(text: str, weight: int) -> list[int]:
    """The width of each character in font units."""
    table = metrics()
    widths = table["advances"].get(str(weight)) or table["advances"]["400"]
    default = table["default"]
    return [widths.get(character, default) for character in text]


def _units() -> float:
    return float(metrics()["units"])


def baseline(size: float) -> float:
    """From the top of a line to the feet of its letters."""
    table = metrics()
    ascent, descent = table["ascent"] / table["units"], table["descent"] / table["units"]
    return ((LINE_HEIGHT - ascent - descent) / 2 + ascent) * size


def layout(text: str, width: float, size: float, weight: int, most: int | None = None) -> list[Line]:
    """The lines of `text` in a column of `width`, at most `most`; empty text has none."""
    return list(islice(_lines(text, width, size, weight), most))


def _lines(text: str, width: float, size: float, weight: int) -> Iterator[Line]:
    touched(len(text))
    start = 0
    for paragraph in text.split("\n") if text else []:
        if paragraph:
            yield from _Paragraph(paragraph, start, size, weight).lines(width)
        else:
            yield Line("", 0.0, start)
        start += len(paragraph) + 1


class _Paragraph:
    """Text without newlines. Widths are differences of one running sum, so that a look costs the same anywhere."""

    __slots__ = ("_reach", "_scale", "_start", "_text")

    def __init__(self, text: str, start: int, size: float, weight: int) -> None:
        self._text, self._start = text, start
        self._reach = [0, *accumulate(_advances(text, weight))]
        self._scale = size, _units()

    def lines(self, width: float) -> Iterator[Line]:
        begin = end = after = 0  # the line so far: text[begin:end]
        for word in self._text.split(" "):
            position, after = after, after + len(word)
            if end > begin and self._width(begin, after) > width:
                yield self._line(begin, end)
                begin = position
            while after - begin > 1 and self._width(begin, after) > width:
                cut = self._fitting(begin, after, width)
                yield self._line(begin, cut)
                begin = cut
            end, after = after, after + 1
        yield self._line(begin, end)

    def _fitting(self, begin: int, after: int, width: float) -> int:
        """The end of the longest piece that fits; at least one character."""
        cut = begin + 1
        while cut < after and self._width(begin, cut + 1) <= width:
            cut += 1
        return cut

    def _width(self, begin: int, end: int) -> float:
        size, units = self._scale
        return (self._reach[end] - self._reach[begin]) * size / units

    def _line(self, begin: int, end: int) -> Line:
        text = self._text[begin:end].rstrip(" ")
        touched(end - begin)
        return Line(text, self._width(begin, begin + len(text)), self._start + begin)
