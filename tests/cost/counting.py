"""Cost in steps, not in seconds: lines that Python runs, in our code and below it, and characters that are copied.

    assert_linear(lambda n: partial(text.compose, long_delta(n), long_delta(n)))

What C does in one call is no line: code that copies strings or lists says how much to `things.counting`.
"""

import gc
import sys
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from types import FrameType
from typing import Any

import pytest

from things import counting

LEAST = 2000
# What is tried each time; a square shows at this size too, where it costs as much as all else.
SHORT = 200
sized = pytest.mark.parametrize("least", [SHORT, pytest.param(LEAST, marks=pytest.mark.long)])
# Twice the input may cost twice as much, and something for sorting and for tables that grow.
RATIO = 2.3
# What costs nothing at n may cost a little at 2n.
SLACK = 50

Work = Callable[[], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """`steps`: lines run. `touched`: characters and list items copied."""

    steps: int
    touched: int


def cost_of(work: Work) -> Cost:
    """Runs `work` once and counts. Collection of garbage runs no code of ours meanwhile."""
    steps = 0

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal steps
        if event == "line":
            steps += 1
        return trace

    before, collecting = sys.gettrace(), gc.isenabled()
    gc.disable()
    with counting.counted() as touched:
        sys.settrace(trace)
        try:
            work()
        finally:
            sys.settrace(before)
            if collecting:
                gc.enable()
    return Cost(steps=steps, touched=touched.count)


def assert_linear(make: Callable[[int], Work], least: int, ratio: float = RATIO) -> list[Cost]:
    """`make(n)` prepares work on an input of size n, uncounted; it is run at n, 2n and 4n. The costs, to look at."""
    make(min(least, 50))()  # tables that are read once are read now
    costs = [cost_of(make(least * times)) for times in (1, 2, 4)]
    for small, large in pairwise(costs):
        assert large.steps <= ratio * small.steps + SLACK, told(costs)
        # A character costs far less than a step: fewer of them than steps are no matter.
        assert large.touched <= ratio * max(small.touched, small.steps) + SLACK, told(costs)
    return costs


def told(costs: list[Cost]) -> str:
    return "at n, 2n, 4n: " + ", ".join(f"{cost.steps} steps, {cost.touched} touched" for cost in costs)
