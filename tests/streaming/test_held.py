"""How many connections one may hold is counted over processes that tell each other (B4)."""

from contextlib import ExitStack

import pytest

from streaming.errors import Refused
from streaming.fanout.held import Held


def tell(one: Held, *others: Held, whole: bool = False) -> None:
    counts = one.whole() if whole else one.news()
    for other in others:
        other.hear("one", counts, whole=whole)


def test_b4_what_the_others_hold_counts() -> None:
    one, other = Held(), Held()
    with ExitStack() as held:
        for _ in range(12):
            held.enter_context(one.counting("a", 20))
        tell(one, other)
        for _ in range(8):
            held.enter_context(other.counting("a", 20))
        with pytest.raises(Refused, match="4202"):
            held.enter_context(other.counting("a", 20))
        held.enter_context(other.counting("b", 20))
    tell(one, other)
    assert other.count("a") == 0


def test_b4_who_holds_little_is_not_told_of() -> None:
    """Ten thousand addresses with a stream each are nothing to talk about."""
    one = Held()
    with ExitStack() as held:
        for number in range(500):
            held.enter_context(one.counting(str(number), 100))
        assert one.news() == one.whole() == {}


def test_b4_a_process_that_was_not_heard_of_is_forgotten_and_the_whole_replaces() -> None:
    one, other = Held(), Held()
    other.hear("one", {"a": 5, "b": 5}, whole=True)
    with one.counting("a", 2):
        tell(one, other, whole=True)
        assert (other.count("a"), other.count("b")) == (1, 0)
    other.forget("one")
    assert other.count("a") == 0
