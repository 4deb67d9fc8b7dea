"""Writes the widgets of a demo Thing, in the form the action `add` takes."""

import math
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from things.drawing.lines import advance

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


def thing_id(slug: str) -> UUID:
    """The same at each run, so that a demo Thing is made once."""
    return uuid5(NAMESPACE_URL, f"https://widgetapp.example/demo/{slug}")


class Sheet:
    """Widgets in painting order. Every method returns the new widget's id."""

    def __init__(self, slug: str) -> None:
        self.slug = slug
        self.widgets: list[dict[str, Any]] = []

    def _add(self, kind: str, at: Spot, parent: str | None, **fields: Any) -> str:
        name = str(uuid5(thing_id(self.slug), str(len(self.widgets))))
        place = {"parent": parent, "x": at[0], "y": at[1]}
        self.widgets.append({"id": name, "kind": kind, "place": place, **fields})
        return name

    def frame(self, name: str, at: Spot, size: Spot, **fields: Any) -> str:
        return self._add("frame", at, None, name=name, size=_size(size), **fields)

    def shape(self, at: Spot, size: Spot, text: str = "", *, parent: str | None = None, **fields: Any) -> str:
        fill = fields.pop("fill", SKY)
        fields.setdefault("stroke", EDGES.get(fill, "none"))
        return self._add("shape", at, parent, size=_size(size), fill=fill, **_said(text), **fields)

    def pill(self, at: Spot, size: Spot, text: str = "", **fields: Any) -> str:
        return self.shape(at, size, text, corner_radius=size[1] / 2, **fields)

    def disc(self, center: Spot, radius: float, text: str = "", **fields: Any) -> str:
        at = (center[0] - radius, center[1] - radius)
        return self.shape(at, (2 * radius, 2 * radius), text, form="ellipse", **fields)

    def note(self, at: Spot, text: str, *, parent: str | None = None, **fields: Any) -> str:
        size = fields.pop("size", (108, 104))
        return self._add("note", at, parent, size=_size(size), **_said(text), **fields)

    def text(self, at: Spot, text: str, size: float = 20, weight: int = 400, **fields: Any) -> str:
        """As wide as its longest line, unless `width` says otherwise."""
        parent = fields.pop("parent", None)
        longest = max(advance(line, size, weight) for line in text.split("\n"))
        width = fields.pop("width", math.ceil(longest * 1.03) + 4)
        box = (width, math.ceil(size * 1.3 * (text.count("\n") + 1)))
        return self._add("text", at, parent, size=_size(box), font_size=size, font_weight=weight, text=text, **fields)

    def link(
        self, start: str | Spot, end: str | Spot, label: str = "", *, parent: str | None = None, **fields: Any
    ) -> str:
        """A connector from one widget (or point) to another."""
        anchors = fields.pop("anchors", ("auto", "auto"))
        return self._add(
            "connector",
            (0, 0),
            parent,
            start=_end(start, anchors[0]),
            end=_end(end, anchors[1]),
            **_said(label),
            **fields,
        )

    def rule(self, start: Spot, end: Spot, color: str = INK, width: float = 1.5, **fields: Any) -> str:
        """A plain line."""
        return self.link(start, end, end_cap="none", stroke=color, stroke_width=width, **fields)


def _size(size: Spot) -> dict[str, float]:
    return {"width": size[0], "height": size[1]}


def _said(text: str) -> dict[str, str]:
    return {"text": text} if text else {}


def _end(end: str | Spot, anchor: str) -> dict[str, Any]:
    if isinstance(end, str):
        return {"widget": end, "anchor": anchor, "x": 0, "y": 0}
    return {"widget": None, "anchor": "auto", "x": end[0], "y": end[1]}
