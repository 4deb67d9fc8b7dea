"""Points, and the frames of reference they are measured in."""

import math
from collections.abc import Iterable
from typing import NamedTuple

from things.shapes import Fields


class Point(NamedTuple):
    x: float
    y: float


class Matrix(NamedTuple):
    """x' = a·x + c·y + e, y' = b·x + d·y + f, as in SVG."""

    a: float = 1.0
    b: float = 0.0
    c: float = 0.0
    d: float = 1.0
    e: float = 0.0
    f: float = 0.0

    def __call__(self, point: Point) -> Point:
        x, y = point
        return Point(self.a * x + self.c * y + self.e, self.b * x + self.d * y + self.f)

    def __matmul__(self, inner: "Matrix") -> "Matrix":
        """This one after `inner`."""
        if self.is_shift() and inner.is_shift():
            return Matrix(e=self.e + inner.e, f=self.f + inner.f)
        e, f = self(Point(inner.e, inner.f))
        return Matrix(
            self.a * inner.a + self.c * inner.b,
            self.b * inner.a + self.d * inner.b,
            self.a * inner.c + self.c * inner.d,
            self.b * inner.c + self.d * inner.d,
            e,
            f,
        )

    def is_shift(self) -> bool:
        """Whether nothing is turned."""
        return self.a == 1 and not self.b

    def inverse(self) -> "Matrix":
        """Of a rotation and a translation: nothing here scales."""
        return Matrix(
            self.a,
            self.c,
            self.b,
            self.d,
            -(self.a * self.e + self.b * self.f),
            -(self.c * self.e + self.d * self.f),
        )


def placed(widget: Fields) -> Matrix:
    """From a widget's own coordinates to its parent's."""
    place, size = widget["place"], widget.get("size")
    moved = Matrix(e=place["x"], f=place["y"])
    degrees = widget.get("rotation", 0)
    if not size or not degrees:
        return moved
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    cx, cy = size["width"] / 2, size["height"] / 2
    return moved @ Matrix(cos, sin, -sin, cos, cx - cos * cx + sin * cy, cy - sin * cx - cos * cy)


class Box(NamedTuple):
    """An upright rectangle."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def center(self) -> Point:
        return Point((self.left + self.right) / 2, (self.top + self.bottom) / 2)


def box_around(corners: Iterable[Point]) -> Box | None:
    found = list(corners)
    if not found:
        return None
    xs, ys = [x for x, _ in found], [y for _, y in found]
    return Box(min(xs), min(ys), max(xs), max(ys))
