"""Requests of every kind of one address: a token bucket each, in the process."""

import math
import time
from collections.abc import Callable

SWEEP_ENTRIES = 1024


class Rates:
    """`per_minute` is also the burst. Addresses that ask seldom leave nothing behind, and nobody can push out another's
    bucket: only full ones, which are as good as none, are forgotten.
    """

    def __init__(self, per_minute: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._burst, self._per_second, self._clock = per_minute, per_minute / 60, clock
        # When a bucket will be full again; until then it lacks the seconds that are left, times the rate.
        self._full_at: dict[str, float] = {}
        self._sweep_entries = SWEEP_ENTRIES

    def wait_seconds(self, address: str) -> int:
        """Zero, and one token is taken; or whole seconds until there is one."""
        now = self._clock()
        lacking = max(0.0, self._full_at.get(address, now) - now) * self._per_second + 1
        if lacking > self._burst:
            return math.ceil((lacking - self._burst) / self._per_second)
        self._full_at[address] = now + lacking / self._per_second
        if len(self._full_at) > self._sweep_entries:
            self._sweep(now)
        return 0

    def __len__(self) -> int:
        return len(self._full_at)

    def _sweep(self, now: float) -> None:
        """Twice as many as are left now may come before the next one, so that sweeping costs little each."""
        self._full_at = {address: full_at for address, full_at in self._full_at.items() if full_at > now}
        self._sweep_entries = max(SWEEP_ENTRIES, 2 * len(self._full_at))
