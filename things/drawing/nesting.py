"""Groups within groups, as widgets lie in widgets: written from front to back without recursion."""

from typing import NamedTuple

from things.counting import touched
from things.drawing.drawers import draw, draw_coarsely
from things.drawing.geometry import Matrix, placed
from things.drawing.ink import Ink
from things.drawing.markup import decimal, opening
from things.drawing.spots import Spots
from things.shapes import Widget

# Readers of XML give up on deep nesting (libxml2 at 256). Below this many levels groups stand beside each other, each
# with all the turns and shifts from there.
DEEPEST = 64


class _Nested(NamedTuple):
    """A widget to write. `above`: from its parent's coordinates to those of the group it is written in, where that is
    not its parent's; `opacity` likewise.
    """

    widget: Widget
    depth: int
    clear: bool  # nothing it lies in lets through what is behind it
    above: Matrix | None = None
    opacity: float = 1

    def to_group(self) -> Matrix:
        """From the widget's own coordinates to those of the group it is written in."""
        own = placed(self.widget)
        return own if self.above is None else self.above @ own

    def shows(self) -> float:
        opacity: float = self.widget.get("opacity", 1) * self.opacity
        return opacity


def groups(ink: Ink, least: float = 0) -> str:
    """All widgets; nothing of those that are hidden or smaller than `least`, nor of what lies in them."""
    return _Pen(ink, least).groups()


class _Pen:
    """Writes one picture's groups. `_waiting` holds what is still to be written, last first."""

    def __init__(self, ink: Ink, least: float) -> None:
        self._ink, self._least = ink, least
        self._detailed = _detailed(ink)
        self._parts: list[str] = []
        self._spots = Spots()
        self._waiting: list[_Nested | str] = [_Nested(widget, 1, True) for widget in self._children(None)]

    def groups(self) -> str:
        while self._waiting:
            nested = self._waiting.pop()
            if isinstance(nested, str):
                self._parts.append(nested)
            else:
                self._write(nested)
        self._parts += self._spots.paths()
        touched(sum(map(len, self._parts)))
        return "".join(self._parts)

    def _children(self, parent: str | None) -> list[Widget]:
        """What is to be seen of them, from front to back."""
        found = self._ink.scene.children.get(parent, [])
        return [child for child in reversed(found) if not child.get("hidden") and not _too_small(child, self._least)]

    def _write(self, nested: _Nested) -> None:
        widget = nested.widget
        children = self._children(widget["id"])
        coarse = self._detailed is not None and widget["id"] not in self._detailed
        if coarse and not children:
            if not (nested.clear and self._spots.take(widget, self._ink.scene.pages[widget["id"]])):
                self._parts += draw_coarsely(widget, self._ink, **_seen(nested))
            return
        inner = draw_coarsely(widget, self._ink) if coarse else draw(widget, self._ink)
        names = {} if coarse else {"data_id": widget["id"], "data_kind": widget["kind"]}
        begin = opening("g", **names, **_seen(nested))
        if not inner and not children:
            self._parts.append(f"<{begin}/>")
            return
        self._parts += [f"<{begin}>", *inner]
        if nested.depth < DEEPEST:
            self._waiting.append("</g>")
            clear = nested.clear and widget.get("opacity", 1) == 1
            self._waiting += [_Nested(child, nested.depth + 1, clear) for child in children]
        else:
            self._parts.append("</g>")
            self._waiting += [_Nested(child, DEEPEST, False, nested.to_group(), nested.shows()) for child in children]


def _seen(nested: _Nested) -> dict[str, str | float | None]:
    """Where a widget lies and how faint it is, in the group that it is written in."""
    opacity = nested.shows()
    return {
        "transform": transform(nested.widget) if nested.above is None else _matrix(nested.to_group()),
        "opacity": None if opacity == 1 else opacity,
    }


def transform(widget: Widget) -> str:
    place, size, angle = widget["place"], widget.get("size"), widget.get("rotation", 0)
    moved = f"translate({decimal(place['x'])} {decimal(place['y'])})"
    if not angle or not size:
        return moved
    return f"{moved} rotate({decimal(angle)} {decimal(size['width'] / 2)} {decimal(size['height'] / 2)})"


def _matrix(matrix: Matrix) -> str:
    turns = [f"{round(value, 9) + 0.0:.9g}" for value in (matrix.a, matrix.b, matrix.c, matrix.d)]
    return f"matrix({' '.join(turns)} {decimal(matrix.e)} {decimal(matrix.f)})"


def _detailed(ink: Ink) -> set[str] | None:
    """The widgets drawn with all their parts where there are more than may be: the largest. None: all."""
    scene, most = ink.scene, ink.allowance.detailed
    if most is None or len(scene.widgets) <= most:
        return None
    ordered = sorted(scene.widgets.values(), key=_largest_first)
    return {widget["id"] for widget in ordered[:most]}


def _largest_first(widget: Widget) -> tuple[float, str, str]:
    size = widget.get("size") or {"width": 0, "height": 0}
    return -max(size["width"], size["height"]), widget.get("order", ""), widget["id"]


def _too_small(widget: Widget, least: float) -> bool:
    size = widget.get("size")
    return bool(least and size and max(size["width"], size["height"]) < least)
