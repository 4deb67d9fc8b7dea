"""How long to wait before trying again (C): full jitter, 0.5 s doubling to 20 s."""

from collections.abc import Callable, Sequence

FIRST_SECONDS = 0.5
LONGEST_SECONDS = 20.0

Random = Callable[[], float]


def backoff(attempt: int, random: Random) -> float:
    """Seconds to wait before attempt number `attempt`; the first is 0."""
    return float(random() * min(LONGEST_SECONDS, FIRST_SECONDS * 2 ** min(attempt, 16)))


def within(seconds: Sequence[float], random: Random) -> float:
    """A random moment of a range, as the server gives it in `retry` and `move`."""
    first, last = seconds
    return first + random() * (last - first)
