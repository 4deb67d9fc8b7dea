"""A ray from the centre leaves the contour on the contour: checked from outside, form by form."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from things.drawing.contour import POLYGONS, corners_of, leave
from things.drawing.geometry import Matrix, Point, placed

SIDES = st.floats(1, 2000)
ANGLES = st.floats(0, 359)


def shape(form: str, width: float, height: float, **fields: Any) -> dict[str, Any]:
    return {"form": form, "size": {"width": width, "height": height}, **fields}


def distance_to_side(point: Point, a: tuple[float, float], b: tuple[float, float]) -> float:
    length = math.dist(a, b)
    along = max(0, min(1, ((point.x - a[0]) * (b[0] - a[0]) + (point.y - a[1]) * (b[1] - a[1])) / length**2))
    return math.dist(point, (a[0] + along * (b[0] - a[0]), a[1] + along * (b[1] - a[1])))


@pytest.mark.parametrize("form", sorted(POLYGONS))
@given(width=SIDES, height=SIDES, angle=ANGLES)
def test_polygons(form: str, width: float, height: float, angle: float) -> None:
    direction = Point(math.cos(math.radians(angle)), math.sin(math.radians(angle)))
    point = leave(shape(form, width, height), direction)
    corners = corners_of(form, width, height)
    nearest = min(distance_to_side(point, a, b) for a, b in zip(corners, corners[1:] + corners[:1], strict=True))
    assert nearest < 1e-6 * max(width, height)


@given(width=SIDES, height=SIDES, angle=ANGLES)
def test_ellipse(width: float, height: float, angle: float) -> None:
    point = leave(shape("ellipse", width, height), Point(math.cos(math.radians(angle)), math.sin(math.radians(angle))))
    x, y = point.x / (width / 2) - 1, point.y / (height / 2) - 1
    assert x * x + y * y == pytest.approx(1, abs=1e-6)


@given(angle=ANGLES, radius=st.floats(0, 30))
def test_round_corners(angle: float, radius: float) -> None:
    """On a straight side, or `radius` away from the centre of a corner's circle."""
    widget = shape("rectangle", 100, 60, corner_radius=radius)
    x, y = leave(widget, Point(math.cos(math.radians(angle)), math.sin(math.radians(angle))))
    dx, dy = abs(x - 50) - (50 - radius), abs(y - 30) - (30 - radius)
    if dx > 0 and dy > 0:
        assert math.hypot(dx, dy) == pytest.approx(radius, abs=1e-6)
    else:
        assert max(dx, dy) == pytest.approx(radius, abs=1e-6)


@given(x=st.floats(-500, 500), y=st.floats(-500, 500), angle=ANGLES)
def test_inverse_undoes_a_placement(x: float, y: float, angle: float) -> None:
    widget = {"place": {"parent": None, "x": x, "y": y}, **shape("rectangle", 90, 40), "rotation": angle}
    matrix = placed(widget)
    assert (matrix.inverse())(matrix(Point(7, 9))) == pytest.approx((7, 9), abs=1e-6)
    assert matrix @ Matrix() == matrix
