"""When a ping is answered: when what came before it was taken by those who iterate (B1), or after 5 s (B2).

The pong tells the server that it may send more, so it follows the slowest consumer. But the server takes a client
without pongs for dead: a topic whose consumer needs longer is held back by itself, and the others go on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from widgetapp_stream.environment import Timers
from widgetapp_stream.log import Log
from widgetapp_stream.timer import Timer

PATIENCE_SECONDS = 5.0  # the server waits 10 s for a pong


class Acknowledgement:
    """Calls `answer` once all of `logs` were read up to here; those that were not within 5 s are held back."""

    def __init__(self, timers: Timers, logs: Sequence[Log], answer: Callable[[], None]) -> None:
        self._logs, self._answer = logs, answer
        self._left = len(logs)
        self._timer = Timer(timers)
        if not logs:
            answer()
            return
        self._timer.set(PATIENCE_SECONDS, self._hold)
        for log in logs:
            log.when_taken(self._taken)

    def _taken(self) -> None:
        self._left -= 1
        if self._left == 0:
            self._timer.clear()
            self._answer()

    def _hold(self) -> None:
        self._left = len(self._logs) + 1  # answered here, whatever they tell
        for log in self._logs:
            log.hold()
        self._answer()
