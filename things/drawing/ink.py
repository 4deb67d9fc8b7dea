"""What a drawer draws with: the scene, the letters, what of the page is shown, and what the picture may still cost."""

import math
from dataclasses import dataclass, field

from things.drawing.allowance import Allowance, whole
from things.drawing.geometry import Box, Point
from things.drawing.letters import SHARES, Block, Letters
from things.drawing.lines import LINE_HEIGHT, Line, layout
from things.drawing.scene import Scene
from things.shapes import Widget


@dataclass(frozen=True, slots=True)
class Ink:
    """`labels`: whether frames show their name above them. `shown`: what lies outside may be left out."""

    scene: Scene
    letters: Letters
    labels: bool = True
    allowance: Allowance = field(default_factory=whole)
    shown: Box | None = None

    def layout(self, text: str, width: float, size: float, weight: int, most: int | None = None) -> list[Line]:
        """Lines, while the picture may still have some."""
        return layout(text, width, size, weight, most) if self.allowance.lay_out(len(text)) else []

    def write(self, widget: Widget, block: Block) -> list[str]:
        """The lines of a block of this widget that can be seen."""
        first, last = 0, len(block.lines)
        if self.shown is not None:
            top, bottom = self._window(widget, self.shown)
            first = min(max(math.floor((top - block.top) / block.step) - 1, 0), last)
            last = min(max(math.ceil((bottom - block.top) / block.step) + 1, first), last)
        lines = block.lines[first:last]
        lines = lines[: self.allowance.show([len(line.text) for line in lines])]
        return [self.letters.block(block.only(lines, first))] if lines else []

    def fill(self, widget: Widget, padding: float) -> list[str]:
        """A widget's text inside its size, aligned as its fields say."""
        width, height = widget["size"]["width"], widget["size"]["height"]
        size, weight, align = widget["font_size"], widget["font_weight"], widget["align"]
        most = self._most(widget, padding, size) if widget["vertical_align"] == "top" else None
        lines = self.layout(text_of(widget), width - 2 * padding, size, weight, most)
        tall = len(lines) * size * LINE_HEIGHT
        tops = {"top": padding, "middle": (height - tall) / 2, "bottom": height - padding - tall}
        block = Block(
            lines=lines,
            x=padding + (width - 2 * padding) * SHARES[align],
            top=tops[widget["vertical_align"]],
            size=size,
            weight=weight,
            align=align,
            color=widget["text_color"],
        )
        return self.write(widget, block)

    def _most(self, widget: Widget, top: float, size: float) -> int | None:
        """How many lines from `top` down reach the end of what is shown."""
        if self.shown is None:
            return None
        _, bottom = self._window(widget, self.shown)
        return max(math.ceil((bottom - top) / (size * LINE_HEIGHT)) + 1, 0)

    def _window(self, widget: Widget, shown: Box) -> tuple[float, float]:
        """Top and bottom of what is shown, in the widget's own coordinates."""
        own = self.scene.pages[widget["id"]].inverse()
        heights = [own(Point(x, y)).y for x in (shown.left, shown.right) for y in (shown.top, shown.bottom)]
        return min(heights), max(heights)


def text_of(widget: Widget) -> str:
    """The characters of a delta; an embed has none."""
    inserts = (operation.get("insert") for operation in widget.get("text") or [])
    return "".join(insert for insert in inserts if isinstance(insert, str))
