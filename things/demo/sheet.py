"""Writes the widgets of a demo Thing, in the form the action `add` takes."""

import math
from typing import TypedDict, Unpack
from uuid import NAMESPACE_URL, UUID, uuid5

from things.drawing.lines import LINE_HEIGHT, advance
from things.shapes import End, Look, Place, Size

INK, GREY, WHITE = "#1b201d", "#868d87", "#ffffff"
BUTTER, APRICOT, ROSE, LILAC = "#fbe6a2", "#f8cfb0", "#f4c6cd", "#dccff0"
SKY, MINT, LIME, STONE = "#c3def3", "#c2e6d3", "#dfe9ab", "#e3e6e0"
SUN, ORANGE, RED, BLUE, TEAL, GREEN = "#f2b61c", "#ec7a34", "#cf3b34", "#2f6fd0", "#1f9c8a", "#5d9c3a"
UMBER, RUST, WINE, GRAPE, NAVY, PINE, MOSS = (
    "#7a5600",
    "#8f3d10",
    "#8c1f2d",
    "#57306b",
    "#1d4a8f",
    "#0c5c50",
    "#345f1b",
)
# The dark edge that belongs to a light fill.
EDGES = {BUTTER: UMBER, APRICOT: RUST, ROSE: WINE, LILAC: GRAPE, SKY: NAVY, MINT: PINE, LIME: MOSS}

Spot = tuple[float, float]


def demo_id(slug: str) -> UUID:
    """The same at each run, so that a demo Thing is made once."""
    return uuid5(NAMESPACE_URL, f"https://widgetapp.example/demo/{slug}")


class Named(Look, total=False):
    name: str
    alt: str


class Said(TypedDict, total=False):
    text: str


class Body(Named, Said, total=False):
    size: Size
    start: End
    end: End


class Drawn(Body):
    """A widget to add."""

    id: str
    kind: str
    place: Place


class Sheet:
    """Widgets in painting order. Every method returns the new widget's id."""

    def __init__(self, slug: str) -> None:
        self.slug = slug
        self.widgets: list[Drawn] = []

    def _add(self, kind: str, at: Spot, parent: str | None, **body: Unpack[Body]) -> str:
        name = str(uuid5(demo_id(self.slug), str(len(self.widgets))))
        place: Place = {"parent": parent, "x": at[0], "y": at[1]}
        self.widgets.append({"id": name, "kind": kind, "place": place, **body})
        return name

    def frame(self, name: str, at: Spot, size: Spot, **look: Unpack[Look]) -> str:
        return self._add("frame", at, None, name=name, size=_size(size), **look)

    def shape(self, at: Spot, size: Spot, text: str = "", *, parent: str | None = None, **look: Unpack[Named]) -> str:
        look.setdefault("stroke", EDGES.get(look.setdefault("fill", SKY), "none"))
        return self._add("shape", at, parent, size=_size(size), **_said(text), **look)

    def pill(self, at: Spot, size: Spot, text: str = "", *, parent: str | None = None, **look: Unpack[Named]) -> str:
        look["corner_radius"] = size[1] / 2
        return self.shape(at, size, text, parent=parent, **look)

    def disc(
        self, center: Spot, radius: float, text: str = "", *, parent: str | None = None, **look: Unpack[Named]
    ) -> str:
        at = (center[0] - radius, center[1] - radius)
        look["form"] = "ellipse"
        return self.shape(at, (2 * radius, 2 * radius), text, parent=parent, **look)

    def note(
        self, at: Spot, text: str, *, size: Spot = (108, 104), parent: str | None = None, **look: Unpack[Named]
    ) -> str:
        return self._add("note", at, parent, size=_size(size), **_said(text), **look)

    def text(
        self,
        at: Spot,
        text: str,
        size: float = 20,
        weight: int = 400,
        *,
        width: float | None = None,
        parent: str | None = None,
        **look: Unpack[Named],
    ) -> str:
        """As wide as its longest line, unless `width` says otherwise."""
        longest = max(advance(line, size, weight) for line in text.split("\n"))
        wide = math.ceil(longest * 1.03) + 4 if width is None else width
        box = (wide, math.ceil(size * LINE_HEIGHT * (text.count("\n") + 1)))
        look["font_size"], look["font_weight"] = size, weight
        return self._add("text", at, parent, size=_size(box), text=text, **look)

    def link(
        self,
        start: str | Spot,
        end: str | Spot,
        label: str = "",
        *,
        anchors: tuple[str, str] = ("auto", "auto"),
        parent: str | None = None,
        **look: Unpack[Named],
    ) -> str:
        """A connector from one widget (or point) to another."""
        ends = _end(start, anchors[0]), _end(end, anchors[1])
        return self._add("connector", (0, 0), parent, start=ends[0], end=ends[1], **_said(label), **look)

    def rule(
        self,
        start: Spot,
        end: Spot,
        color: str = INK,
        width: float = 1.5,
        *,
        parent: str | None = None,
        **look: Unpack[Named],
    ) -> str:
        """A plain line."""
        look["end_cap"], look["stroke"], look["stroke_width"] = "none", color, width
        return self.link(start, end, parent=parent, **look)


def _size(size: Spot) -> Size:
    return {"width": size[0], "height": size[1]}


def _said(text: str) -> Said:
    return {"text": text} if text else {}


def _end(end: str | Spot, anchor: str) -> End:
    if isinstance(end, str):
        return {"widget": end, "anchor": anchor, "x": 0, "y": 0}
    return {"widget": None, "anchor": "auto", "x": end[0], "y": end[1]}
