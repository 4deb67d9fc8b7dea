"""The kinds a canvas starts with."""

from things.kinds.fields import Choice, Colour, EndField, Field, Number, SizeField
from things.kinds.registry import COMMON, TURNING, Kind, register
from things.shapes import Value

INK = "#1b201d"
STROKE_STYLES = ("solid", "dashed", "dotted")
CAPS = ("none", "arrow", "dot")


def letters(size: float, weight: int) -> dict[str, Field[Value]]:
    return {
        "font_size": Number(default=size, low=1, high=1000),
        "font_weight": Choice(default=weight, options=(400, 500, 600, 700)),
        "text_color": Colour(default=INK),
    }


def aligned(align: str, vertical: str) -> dict[str, Field[Value]]:
    return {
        "align": Choice(default=align, options=("left", "center", "right")),
        "vertical_align": Choice(default=vertical, options=("top", "middle", "bottom")),
    }


def stroke(color: str, width: float) -> dict[str, Field[Value]]:
    return {"stroke": Colour(default=color), "stroke_width": Number(default=width, low=0, high=1000)}


STROKE_STYLE: dict[str, Field[Value]] = {"stroke_style": Choice(default="solid", options=STROKE_STYLES)}
FORMS = ("rectangle", "ellipse", "diamond", "triangle", "hexagon", "star", "arrow")

shape = register(
    Kind(
        name="shape",
        title="Shape",
        text=True,
        fields={
            **COMMON,
            **TURNING,
            "size": SizeField(width=132, height=64),
            "form": Choice(default="rectangle", options=FORMS),
            "fill": Colour(default="#c3def3"),
            **stroke("#1d4a8f", 1.75),
            **STROKE_STYLE,
            "corner_radius": Number(default=4, low=0, high=10_000),
            **letters(13, 500),
            **aligned("center", "middle"),
        },
    )
)
text = register(
    Kind(
        name="text",
        title="Text",
        text=True,
        fields={
            **COMMON,
            **TURNING,
            "size": SizeField(width=240, height=28),
            "fill": Colour(default="none"),
            **letters(20, 400),
            **aligned("left", "top"),
        },
    )
)
note = register(
    Kind(
        name="note",
        title="Note",
        text=True,
        fields={
            **COMMON,
            **TURNING,
            "size": SizeField(width=108, height=104),
            "fill": Colour(default="#fbe6a2"),
            **letters(13, 500),
            **aligned("left", "top"),
        },
    )
)
frame = register(
    Kind(
        name="frame",
        title="Frame",
        container=True,
        fields={
            **COMMON,
            **TURNING,
            "size": SizeField(width=524, height=372),
            "fill": Colour(default="#ffffff"),
            **stroke("#dde1db", 1),
            "corner_radius": Number(default=2, low=0, high=10_000),
        },
    )
)
connector = register(
    Kind(
        name="connector",
        title="Connector",
        text=True,
        fields={
            **COMMON,
            "start": EndField(),
            "end": EndField(),
            **stroke(INK, 1.75),
            **STROKE_STYLE,
            "start_cap": Choice(default="none", options=CAPS),
            "end_cap": Choice(default="arrow", options=CAPS),
            "route": Choice(default="straight", options=("straight",)),
            **letters(12, 500),
        },
    )
)
