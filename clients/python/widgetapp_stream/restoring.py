"""Having the application fetch a snapshot, again and again until it succeeds (R4)."""

from collections.abc import Callable

from widgetapp_stream.backoff import backoff
from widgetapp_stream.environment import Environment
from widgetapp_stream.frames import Position
from widgetapp_stream.log_event import OnReset
from widgetapp_stream.timer import Timer

SPREAD_SECONDS = 5.0


def spread(environment: Environment, reason: str) -> float:
    """Seconds to wait before fetching: a new epoch reaches everybody at once."""
    return environment.random() * SPREAD_SECONDS if reason == "epoch" else 0.0


class Restoring:
    """One at a time: a newer one, or `clear`, makes the result of an older one void."""

    def __init__(
        self, environment: Environment, on_reset: OnReset | None, done: Callable[[Position | None], None]
    ) -> None:
        self._environment, self._on_reset, self._done = environment, on_reset, done
        self._timer = Timer(environment.timers)
        self._turn = self._failures = 0
        self._reason = ""
        self._snapshot: str | None = None

    def begin(self, reason: str, snapshot: str | None) -> None:
        self._reason, self._snapshot = reason, snapshot
        self.resume()

    def resume(self) -> None:
        """From the start, with what `begin` was told last."""
        self.clear()
        self._failures = 0
        self._after(spread(self._environment, self._reason))

    def clear(self) -> None:
        self._turn += 1
        self._timer.clear()

    def _after(self, seconds: float) -> None:
        self._timer.set(seconds, self._start)

    def _start(self) -> None:
        self._environment.spawn(self._fetch(self._turn))

    async def _fetch(self, turn: int) -> None:
        try:
            position = await self._on_reset(self._reason, self._snapshot) if self._on_reset else None
        except Exception as error:
            self._environment.report(error)
            if turn == self._turn:
                self._failures += 1
                self._after(backoff(self._failures - 1, self._environment.random))
            return
        if turn == self._turn:
            self._done(position)
