"""Text in lines: the same breaks as the editor makes, from one table of advance widths.

Greedy wrap at spaces, hard breaks at newlines, a word longer than the line breaks by character.
"""

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

METRICS = Path(__file__).parent.parent / "static" / "things" / "font-metrics.json"
LINE_HEIGHT = 1.3


@dataclass(frozen=True, slots=True)
class Line:
    """`text` without the space it broke at; `start` is its offset in the whole, in code points."""

    text: str
    width: float
    start: int


@lru_cache(maxsize=1)
def metrics() -> dict[str, Any]:
    table: dict[str, Any] = json.loads(METRICS.read_text())
    return table


def advance(text: str, size: float, weight: int) -> float:
    """The width of `text` on one line. Weights without a table take the nearest below."""
    table = metrics()
    widths: dict[str, int] = table["advances"].get(str(weight)) or table["advances"]["400"]
    units: float = sum(widths.get(character, table["default"]) for character in text)
    return units * size / float(table["units"])


def baseline(size: float) -> float:
    """From the top of a line to the feet of its letters."""
    table = metrics()
    ascent, descent = table["ascent"] / table["units"], table["descent"] / table["units"]
    return float((LINE_HEIGHT - ascent - descent) / 2 + ascent) * size


def layout(text: str, width: float, size: float, weight: int) -> list[Line]:
    """The lines of `text` in a column of `width`; empty text has none."""
    lines: list[Line] = []
    start = 0
    for paragraph in text.split("\n") if text else []:
        lines.extend(_wrap(paragraph, start, width, size, weight))
        start += len(paragraph) + 1
    return lines


def _wrap(paragraph: str, start: int, width: float, size: float, weight: int) -> list[Line]:
    lines: list[Line] = []
    begin = end = 0  # the line so far: paragraph[begin:end]
    position = 0
    for word in paragraph.split(" "):
        after = position + len(word)
        if end > begin and advance(paragraph[begin:after], size, weight) > width:
            lines.append(_line(paragraph, begin, end, start, size, weight))
            begin = position
        while advance(paragraph[begin:after], size, weight) > width and after - begin > 1:
            cut = _fitting(paragraph, begin, after, width, size, weight)
            lines.append(_line(paragraph, begin, cut, start, size, weight))
            begin = cut
        end = after
        position = after + 1
    lines.append(_line(paragraph, begin, end, start, size, weight))
    return lines


def _fitting(paragraph: str, begin: int, after: int, width: float, size: float, weight: int) -> int:
    """The end of the longest piece that fits; at least one character."""
    cut = begin + 1
    while cut < after and advance(paragraph[begin : cut + 1], size, weight) <= width:
        cut += 1
    return cut


def _line(paragraph: str, begin: int, end: int, start: int, size: float, weight: int) -> Line:
    text = paragraph[begin:end].rstrip(" ")
    return Line(text, advance(text, size, weight), start + begin)
