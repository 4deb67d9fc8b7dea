"""How text is put on the picture: as text, as outlines where no font can be loaded, as bars where it is small."""

import json
from abc import ABC, abstractmethod
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

from things.drawing.lines import LINE_HEIGHT, Line, advance, baseline
from things.drawing.markup import character_data, decimal, element

GLYPHS = Path(__file__).parent / "glyphs.json"
ANCHORS = {"left": "start", "center": "middle", "right": "end"}
SHARES = {"left": 0.0, "center": 0.5, "right": 1.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Lines with their place: `x` is the left edge, the middle or the right edge, as `align` says. `first`: how many
    lines above these are left out.
    """

    lines: list[Line]
    x: float
    top: float
    size: float
    weight: int
    align: str
    color: str
    first: int = 0

    @property
    def step(self) -> float:
        return self.size * LINE_HEIGHT

    def only(self, lines: list[Line], first: int) -> "Block":
        return replace(self, lines=lines, first=first)

    def rows(self) -> list[tuple[Line, float]]:
        """Each line with its baseline."""
        step, foot = self.step, baseline(self.size)
        return [(line, self.top + i * step + foot) for i, line in enumerate(self.lines, self.first)]


class Letters(ABC):
    @abstractmethod
    def block(self, block: Block) -> str: ...

    def definitions(self) -> str:
        """What the picture must hold once for all its text."""
        return ""


class Text(Letters):
    """`<text>`: readable, searchable, needs the font on the page."""

    def block(self, block: Block) -> str:
        spans = [element("tspan", character_data(line.text), x=block.x, y=y) for line, y in block.rows() if line.text]
        return element(
            "text",
            *spans,
            font_size=block.size,
            font_weight=block.weight,
            fill=block.color,
            text_anchor=ANCHORS[block.align],
        )


@lru_cache(maxsize=1)
def glyphs() -> dict[str, dict[str, str]]:
    table: dict[str, dict[str, str]] = json.loads(GLYPHS.read_text())
    return table


@dataclass
class Outlines(Letters):
    """Each glyph once as a path, used wherever it stands. Text below `legible` units becomes bars."""

    legible: float = 0.0
    used: dict[str, str] = field(default_factory=dict)

    def block(self, block: Block) -> str:
        if block.size < self.legible:
            return "".join(self._bar(block, line, y) for line, y in block.rows() if line.text)
        return "".join(self._line(block, line, y) for line, y in block.rows() if line.text)

    def definitions(self) -> str:
        paths = [element("path", id=name, d=path) for name, path in sorted(self.used.items())]
        return element("defs", *paths) if paths else ""

    def _bar(self, block: Block, line: Line, y: float) -> str:
        height = block.size * 0.42
        left = block.x - line.width * SHARES[block.align]
        return element(
            "rect", x=left, y=y - height, width=line.width, height=height, rx=height / 2, fill=block.color, opacity=0.35
        )

    def _line(self, block: Block, line: Line, y: float) -> str:
        scale = block.size / 1000
        left = block.x - line.width * SHARES[block.align]
        placed = f"translate({decimal(left)} {decimal(y)}) scale({scale:.5f} {-scale:.5f})"
        pieces, x = [], 0.0
        for character in line.text:
            pieces.append(self._glyph(character, block.weight, x))
            x += advance(character, 1000, block.weight)
        return element("g", *pieces, transform=placed, fill=block.color)

    def _glyph(self, character: str, weight: int, x: float) -> str:
        path = glyphs()[str(weight)].get(character)
        if path is None:
            return element("text", character_data(character), x=x, font_size=1000, transform="scale(1 -1)")
        if not path:
            return ""
        name = f"g{weight}-{ord(character):x}"
        self.used[name] = path
        return element("use", href=f"#{name}", x=x)
