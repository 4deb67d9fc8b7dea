"""Offsets that are known to exist and have not come: told by a ping (R5) or by an HTTP answer (P2).

When the oldest has been missing for longer than it may, `late` is called, and again after each further such time.
"""

from collections.abc import Callable

from widgetapp_stream.environment import Timers
from widgetapp_stream.timer import Timer


class Awaited:
    def __init__(self, timers: Timers, seconds: float, late: Callable[[], None]) -> None:
        self._timers, self._seconds, self._late = timers, seconds, late
        self._timer = Timer(timers)
        self._missing: list[tuple[int, float]] = []  # offset and when it is due, by due

    def add(self, offset: int) -> None:
        self._missing.append((offset, self._timers.now() + self._seconds))
        self._watch()

    def reached(self, offset: int) -> None:
        """Everything up to it has come."""
        if self._missing:
            self._missing = [missing for missing in self._missing if missing[0] > offset]
            if not self._missing:
                self._timer.clear()

    def clear(self) -> None:
        self._missing = []
        self._timer.clear()

    def _watch(self) -> None:
        if self._missing and not self._timer.pending:
            self._timer.set(max(0.0, self._missing[0][1] - self._timers.now()), self._fire)

    def _fire(self) -> None:
        now = self._timers.now()
        overdue = [offset for offset, due in self._missing if due <= now]
        if overdue:
            later = [missing for missing in self._missing if missing[1] > now]
            self._missing = [*later, (max(overdue), now + self._seconds)]
            self._late()
        self._watch()
