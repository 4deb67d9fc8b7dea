"""A drawer per kind: a widget's own parts in its own coordinates. Their group and children are `picture`'s."""

import math
from collections.abc import Callable
from typing import Literal

from things.drawing.contour import POLYGONS, corner_radius, corners_of, form_of
from things.drawing.geometry import Point
from things.drawing.ink import Ink, text_of
from things.drawing.letters import Block
from things.drawing.lines import LINE_HEIGHT
from things.drawing.markup import decimal, element, points
from things.shapes import Widget

LABEL_COLOR = "#5c645e"
SHADOW = "#171c19"


Drawer = Callable[[Widget, Ink], list[str]]
DRAWERS: dict[str, Drawer] = {}


def draws(kind: str) -> Callable[[Drawer], Drawer]:
    def register(drawer: Drawer) -> Drawer:
        DRAWERS[kind] = drawer
        return drawer

    return register


def draw(widget: Widget, ink: Ink) -> list[str]:
    """By the kind's drawer; a kind nobody draws, or one without its fields, gets a placeholder."""
    return DRAWERS.get(widget["kind"], draw_placeholder)(widget, ink)


def padding_of(widget: Widget) -> float:
    return 8 if widget["size"]["width"] < 80 else 12


def dashes(style: str, width: float) -> str | None:
    """A dash array; dots are round caps of no length."""
    patterns = {"dashed": f"{decimal(4 * width)} {decimal(3 * width)}", "dotted": f"0 {decimal(2.5 * width)}"}
    return patterns.get(style)


def stroke(widget: Widget) -> dict[str, str | float | None]:
    width, style = widget["stroke_width"], widget.get("stroke_style", "solid")
    if widget["stroke"] == "none" or not width:
        return {"stroke": None}
    return {
        "stroke": widget["stroke"],
        "stroke_width": width,
        "stroke_dasharray": dashes(style, width),
        "stroke_linecap": "round" if style == "dotted" else None,
        "stroke_linejoin": "round",
    }


@draws("shape")
def draw_shape(widget: Widget, ink: Ink) -> list[str]:
    width, height = widget["size"]["width"], widget["size"]["height"]
    paint = {"fill": widget["fill"], **stroke(widget)}
    form = form_of(widget)
    if form == "ellipse":
        body = element("ellipse", cx=width / 2, cy=height / 2, rx=width / 2, ry=height / 2, **paint)
    elif form in POLYGONS:
        body = element("polygon", points=points(corners_of(form, width, height)), **paint)
    else:
        body = element("rect", width=width, height=height, rx=corner_radius(widget) or None, **paint)
    return [body, *ink.fill(widget, padding_of(widget))]


@draws("note")
def draw_note(widget: Widget, ink: Ink) -> list[str]:
    size = {"width": widget["size"]["width"], "height": widget["size"]["height"]}
    shadow = element("rect", y=2, **size, fill=SHADOW, opacity=0.1)
    return [shadow, element("rect", **size, fill=widget["fill"]), *ink.fill(widget, padding_of(widget))]


@draws("text")
def draw_text(widget: Widget, ink: Ink) -> list[str]:
    paper = element("rect", width=widget["size"]["width"], height=widget["size"]["height"], fill=widget["fill"])
    return [*([paper] if widget["fill"] != "none" else []), *ink.fill(widget, 0)]


@draws("frame")
def draw_frame(widget: Widget, ink: Ink) -> list[str]:
    size = widget["size"]
    body = element(
        "rect",
        width=size["width"],
        height=size["height"],
        rx=corner_radius(widget) or None,
        fill=widget["fill"],
        **stroke(widget),
    )
    return [body, *(label(widget, ink) if ink.labels and widget["name"] else [])]


def label(frame: Widget, ink: Ink) -> list[str]:
    """A frame's name, above its top left corner."""
    lines = ink.layout(frame["name"], math.inf, 12, 500, 1)
    block = Block(lines=lines, x=0, top=-10 - 12, size=12, weight=500, align="left", color=LABEL_COLOR)
    return ink.write(frame, block)


@draws("connector")
def draw_connector(widget: Widget, ink: Ink) -> list[str]:
    start, end = ink.scene.ends(widget)
    length = math.hypot(end.x - start.x, end.y - start.y)
    if not length:
        return []
    along = Point((end.x - start.x) / length, (end.y - start.y) / length)
    gap, text = connector_label(widget, ink, start, end, along)
    line = element("path", d=line_path(start, end, along, length, gap), fill="none", **stroke(widget))
    back = Point(-along.x, -along.y)
    return [line, *cap(widget, "start_cap", start, back), *cap(widget, "end_cap", end, along), *text]


def line_path(start: Point, end: Point, along: Point, length: float, gap: float) -> str:
    """A straight line, open around its label."""
    if not gap or 2 * gap >= length:
        return f"M{spot(start)}L{spot(end)}"
    before, after = length / 2 - gap, length / 2 + gap
    left = Point(start.x + along.x * before, start.y + along.y * before)
    right = Point(start.x + along.x * after, start.y + along.y * after)
    return f"M{spot(start)}L{spot(left)}M{spot(right)}L{spot(end)}"


def spot(point: Point) -> str:
    return f"{decimal(point.x)} {decimal(point.y)}"


def connector_label(widget: Widget, ink: Ink, start: Point, end: Point, along: Point) -> tuple[float, list[str]]:
    """Half the gap it needs in the line, and the label itself in the middle."""
    size, weight = widget["font_size"], widget["font_weight"]
    lines = ink.layout(text_of(widget), math.inf, size, weight)
    if not lines:
        return 0, []
    tall = len(lines) * size * LINE_HEIGHT
    wide = max(line.width for line in lines)
    across = (wide / 2 + 4) / abs(along.x) if along.x else math.inf
    down = (tall / 2 + 1) / abs(along.y) if along.y else math.inf
    block = Block(
        lines=lines,
        x=(start.x + end.x) / 2,
        top=(start.y + end.y - tall) / 2,
        size=size,
        weight=weight,
        align="center",
        color=widget["text_color"],
    )
    return min(across, down), ink.write(widget, block)


def cap(widget: Widget, end: Literal["start_cap", "end_cap"], tip: Point, along: Point) -> list[str]:
    """An arrow head or a dot at `tip`, where the line arrives in the direction `along`."""
    form, width, color = widget[end], widget["stroke_width"], widget["stroke"]
    if form == "dot":
        return [element("circle", cx=tip.x, cy=tip.y, r=max(3.5, 2 * width), fill=color)]
    if form != "arrow" or color == "none":
        return []
    long = max(8, 4.5 * width)
    foot = Point(tip.x - along.x * long, tip.y - along.y * long)
    side = Point(-along.y * long * 0.75, along.x * long * 0.75)
    wings = [(foot.x + side.x, foot.y + side.y), tip, (foot.x - side.x, foot.y - side.y)]
    head: dict[str, str | float] = {"fill": "none", "stroke": color, "stroke_width": width}
    return [element("polyline", points=points(wings), **head, stroke_linecap="round", stroke_linejoin="round")]


def draw_placeholder(widget: Widget, ink: Ink) -> list[str]:
    """What this version cannot draw keeps its place."""
    size = widget.get("size") or {"width": 96, "height": 64}
    lines = ink.layout(widget["kind"], max(size["width"] - 16, 8), 12, 500)
    box = element(
        "rect",
        width=size["width"],
        height=size["height"],
        fill="#e3e6e0",
        stroke="#868d87",
        stroke_dasharray="4 3",
    )
    block = Block(lines=lines, x=8, top=8, size=12, weight=500, align="left", color=LABEL_COLOR)
    return [box, *ink.write(widget, block)]


def draw_coarsely(widget: Widget, ink: Ink, **seen: str | float | None) -> list[str]:
    """One among so many that it is a spot on the picture: its box, or a line between what it connects. `seen`:
    its place, where no group tells it.
    """
    size, fill = widget.get("size"), widget.get("fill", "none")
    if size:
        return (
            [element("rect", width=size["width"], height=size["height"], fill=fill, **seen)] if fill != "none" else []
        )
    if widget["kind"] != "connector":
        return []
    start, end = ink.scene.aims(widget)
    return [element("path", d=f"M{spot(start)}L{spot(end)}", stroke=widget["stroke"], **seen)]
