"""The counter itself: what is linear passes, what is quadratic in steps or in characters does not."""

from functools import partial

import pytest

from tests.cost.counting import SHORT, assert_linear, cost_of
from things.counting import touched


def walk(n: int) -> int:
    return sum(number for number in range(n))


def walk_squared(n: int) -> int:
    return sum(1 for one in range(n) for other in range(0, n, 5))


def cut(n: int) -> None:
    """Takes a text apart from its front: few steps, many characters."""
    words = "a" * n
    while words:
        words = words[10:]
        touched(len(words))


def test_one_walk_is_linear() -> None:
    assert_linear(lambda n: partial(walk, n), SHORT)


@pytest.mark.parametrize("work", [walk_squared, cut])
def test_what_is_quadratic_is_found(work: object) -> None:
    with pytest.raises(AssertionError, match="at n, 2n, 4n"):
        assert_linear(lambda n: partial(work, n), SHORT)  # type: ignore[arg-type]


def test_nothing_is_counted_outside() -> None:
    touched(5)
    assert cost_of(lambda: touched(7)).touched == 7
