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

    def __init__(self, environment: Environment, on_reset: OnReset | None) -> None:
        self._environment, self._on_reset = environment, on_reset
        self._timer = Timer(environment.timers)
        self._turn = self._failures = 0

    def begin(self, reason: str, snapshot: str | None, done: Callable[[Position | None], None]) -> None:
        self.clear()
        self._failures = 0
        turn = self._turn

        def spawn() -> None:
            self._environment.spawn(self._fetch(reason, snapshot, turn, done, spawn))

        self._timer.set(spread(self._environment, reason), spawn)

    def clear(self) -> None:
        self._turn += 1
        self._timer.clear()

    async def _fetch(
        self,
        reason: str,
        snapshot: str | None,
        turn: int,
        done: Callable[[Position | None], None],
        again: Callable[[], None],
    ) -> None:
        try:
            position = await self._on_reset(reason, snapshot) if self._on_reset else None
        except Exception as error:
            self._environment.report(error)
            if turn == self._turn:
                wait = backoff(self._failures, self._environment.random)
                self._failures += 1
                self._timer.set(wait, again)
            return
        if turn == self._turn:
            done(position)
