"""Counts what is copied, so that tests can hold the cost of editing and drawing to the size of their input.

A slice or a join is one step to an interpreter and n characters to a processor: code that copies strings or lists says
here how much. Outside tests nobody counts, and a call costs a comparison.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(slots=True)
class Touched:
    """Characters and list items copied, read or compared as a whole."""

    count: int = 0


_counted: Touched | None = None


def touched(amount: int) -> None:
    """`amount` characters or list items are copied at once."""
    if _counted is not None:
        _counted.count += amount


@contextmanager
def counted() -> Iterator[Touched]:
    """Counts what this process touches inside; one at a time, not for use in threads."""
    global _counted
    before, _counted = _counted, Touched()
    try:
        yield _counted
    finally:
        _counted = before
