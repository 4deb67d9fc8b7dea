"""The contour of a widget as it is drawn, in its own coordinates, and where a ray from its centre leaves it."""

import math

from things.drawing.geometry import Point
from things.shapes import Fields

STAR = tuple(
    (
        0.5 + (0.2 if k % 2 else 0.5) * math.cos(math.radians(36 * k - 90)),
        0.5 + (0.2 if k % 2 else 0.5) * math.sin(math.radians(36 * k - 90)),
    )
    for k in range(10)
)
# Corners as fractions of width and height; the other forms are a rectangle or an ellipse.
POLYGONS: dict[str, tuple[tuple[float, float], ...]] = {
    "diamond": ((0.5, 0), (1, 0.5), (0.5, 1), (0, 0.5)),
    "triangle": ((0.5, 0), (1, 1), (0, 1)),
    "hexagon": ((0.2, 0), (0.8, 0), (1, 0.5), (0.8, 1), (0.2, 1), (0, 0.5)),
    "star": STAR,
    "arrow": ((0, 0.25), (0.6, 0.25), (0.6, 0), (1, 0.5), (0.6, 1), (0.6, 0.75), (0, 0.75)),
}
DIRECTIONS = {"top": Point(0, -1), "right": Point(1, 0), "bottom": Point(0, 1), "left": Point(-1, 0)}


def form_of(widget: Fields) -> str:
    return widget.get("form", "rectangle")


def corners_of(form: str, width: float, height: float) -> list[tuple[float, float]]:
    return [(x * width, y * height) for x, y in POLYGONS[form]]


def corner_radius(widget: Fields) -> float:
    size = widget["size"]
    return float(min(widget.get("corner_radius", 0), size["width"] / 2, size["height"] / 2))


def leave(widget: Fields, direction: Point) -> Point:
    """Where the ray from the centre in `direction` (own coordinates) crosses the contour last."""
    width, height = widget["size"]["width"], widget["size"]["height"]
    center = Point(width / 2, height / 2)
    if not any(direction) or not width or not height:
        return center
    form = form_of(widget)
    if form == "ellipse":
        reach = 1 / math.hypot(direction.x / center.x, direction.y / center.y)
    elif form in POLYGONS:
        reach = _polygon(corners_of(form, width, height), center, direction)
    else:
        reach = _rounded(center, corner_radius(widget), direction)
    return Point(center.x + direction.x * reach, center.y + direction.y * reach)


def _polygon(corners: list[tuple[float, float]], center: Point, direction: Point) -> float:
    """The farthest crossing of the ray with a side, in lengths of `direction`."""
    crossings = [0.0]
    for (x1, y1), (x2, y2) in zip(corners, corners[1:] + corners[:1], strict=True):
        side_x, side_y = x2 - x1, y2 - y1
        across = direction.x * side_y - direction.y * side_x
        if not across:
            continue
        along = ((x1 - center.x) * direction.y - (y1 - center.y) * direction.x) / across
        reach = ((x1 - center.x) * side_y - (y1 - center.y) * side_x) / across
        if -1e-9 <= along <= 1 + 1e-9 and reach > 0:
            crossings.append(reach)
    return max(crossings)


def _rounded(half: Point, radius: float, direction: Point) -> float:
    """The crossing with a rectangle of the given half size, round at its corners."""
    dx, dy = abs(direction.x), abs(direction.y)
    reach = min(half.x / dx if dx else math.inf, half.y / dy if dy else math.inf)
    inner_x, inner_y = half.x - radius, half.y - radius
    if dx * reach <= inner_x or dy * reach <= inner_y:
        return reach
    # The ray leaves through the quarter circle about (inner_x, inner_y): |reach·d - inner| = radius.
    a = dx * dx + dy * dy
    b = dx * inner_x + dy * inner_y
    c = inner_x * inner_x + inner_y * inner_y - radius * radius
    return (b + math.sqrt(max(b * b - a * c, 0.0))) / a
