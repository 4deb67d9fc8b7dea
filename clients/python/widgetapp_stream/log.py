"""A topic in log mode: every event exactly once and in order, or a reset that says so (R1, R3, R4, R5, P2)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from widgetapp_stream.awaited import Awaited
from widgetapp_stream.backoff import backoff
from widgetapp_stream.events import Events
from widgetapp_stream.frames import Frame, Key, Position, position_from_json
from widgetapp_stream.timer import Timer
from widgetapp_stream.topic import Host, Status, Topic, TopicRefused

BEHIND_SECONDS = 1.0
EXPECT_SECONDS = 2.0
SPREAD_SECONDS = 5.0
FLOWING = frozenset({"live", "replaying", "lagging"})


@dataclass(frozen=True, slots=True)
class LogEvent:
    offset: int
    event: str
    data: Any


OnReset = Callable[[str, str | None], Awaitable[Position | None]]
"""Given the reason and the snapshot's path, fetches the snapshot and returns where it stands (R4, P1)."""

OnLarge = Callable[[LogEvent], Awaitable[Any]]
"""Fetches the data of an event that was too large for a frame (F5)."""


class Log(Topic):
    """`position` is that of the last event handed over. Iterate over it, or give `on_event`."""

    def __init__(
        self,
        host: Host,
        key: Key,
        *,
        position: Position | None = None,
        on_event: Callable[[LogEvent], None] | None = None,
        on_reset: OnReset | None = None,
        on_live: Callable[[int], None] | None = None,
        on_large: OnLarge | None = None,
        on_refused: Callable[[str], None] | None = None,
        on_ended: Callable[[str, bool], None] | None = None,
    ) -> None:
        super().__init__(host, key, on_refused=on_refused, on_ended=on_ended)
        self.position = position
        self._events: Events[LogEvent] = Events(self._drained)
        self._on_event = on_event or self._events.put
        self._on_reset, self._on_live, self._on_large = on_reset, on_live, on_large
        environment = host.environment
        self._heads = Awaited(environment.timers, BEHIND_SECONDS, self._late)
        self._expected = Awaited(environment.timers, EXPECT_SECONDS, self._late)
        self._restart = Timer(environment.timers)
        self._turn = self._failures = 0

    def __aiter__(self) -> Events[LogEvent]:
        """Ends when the topic ends, raises `TopicRefused` when it is refused."""
        return self._events

    @property
    def offset(self) -> int:
        return self.position.offset if self.position else 0

    def expect(self, offset: int) -> None:
        """An HTTP answer told of this offset; if it does not come within 2 s, the topic is asked for again (P2)."""
        if offset > self.offset:
            self._expected.add(offset)

    def refetch(self, reason: str = "refetch") -> None:
        """Throws away what is held and starts from a new snapshot: for a digest that differs."""
        if self.status not in ("ended", "refused", "resetting"):
            self._reset(reason, None)

    def request(self) -> Frame | None:
        request = None if self.status in ("resetting", "held") else super().request()
        if request is not None and self.position is not None:
            request["position"] = self.position.as_json()
        return request

    def settle(self, outcome: Frame) -> None:
        if self.status in ("resetting", "held"):
            return
        if outcome["status"] == "refused":
            super().settle(outcome)
        elif outcome["status"] == "reset":
            self._reset(outcome.get("reason", "behind"), outcome.get("snapshot"))
        else:
            self._subscribed(outcome)

    def frame(self, frame: Frame) -> None:
        kind = frame["type"]
        if kind == "reset":
            self._reset(frame["reason"], frame.get("snapshot"))
        elif self.status not in FLOWING:
            return
        elif kind == "event":
            self._event(LogEvent(frame["offset"], frame["event"], frame.get("data")))
        elif kind == "lag":
            self.status = "lagging"
        elif kind == "live":
            self._live(frame["offset"])

    def head(self, offset: int) -> None:
        if self.status == "live" and offset > self.offset:
            self._heads.add(offset)

    def refuse(self, code: str, retry_after: float | None) -> None:
        super().refuse(code, retry_after)
        if self.status == "refused":
            self._events.fail(TopicRefused(self.key, code))

    def fail(self, error: Exception) -> None:
        self._events.fail(error)

    def end(self, code: str, purge: bool) -> None:
        if purge:
            self.position = None
            self._events.clear()
        super().end(code, purge)

    def stop(self, status: Status) -> None:
        super().stop(status)
        self._turn += 1
        for watch in (self._restart, self._heads, self._expected):
            watch.clear()
        if status == "ended":
            self._events.end()

    def _subscribed(self, outcome: Frame) -> None:
        if outcome.get("recovery") == "replay":
            self.status = "replaying"
            return
        if "position" in outcome and (outcome.get("recovery") == "fresh" or self.position is None):
            self.position = position_from_json(outcome["position"])
        self._live(self.offset)

    def _event(self, event: LogEvent) -> None:
        if event.offset <= self.offset:
            return
        if event.offset > self.offset + 1:
            self.ask_again()
        elif self._on_large and isinstance(event.data, dict) and event.data.get("large"):
            self.status = "subscribing"
            self.host.environment.spawn(self._fetch(event, self._on_large, self._turn))
        else:
            self._apply(event)

    def _apply(self, event: LogEvent) -> None:
        self.position = Position(self.position.epoch if self.position else "", event.offset)
        self.progressed()
        self._heads.reached(event.offset)
        self._expected.reached(event.offset)
        self.tell(self._on_event, event)
        if self._events.full and self.status in FLOWING:
            self.stop("held")

    def _live(self, offset: int) -> None:
        if offset > self.offset:
            self.ask_again()
            return
        self.status = "live"
        if self._on_live is not None:
            self.tell(self._on_live, self.offset)

    def _late(self) -> None:
        if self.status == "live":
            self.ask_again()

    def _drained(self) -> None:
        """Whoever iterates has caught up: what was left out meanwhile is asked for."""
        if self.status == "held":
            self.ask_again()

    async def _fetch(self, event: LogEvent, fetch: OnLarge, turn: int) -> None:
        """What comes meanwhile is asked for again afterwards."""
        data: Any = None
        try:
            data = await fetch(event)
        except Exception as error:
            self.host.environment.report(error)
        if turn != self._turn or self.status != "subscribing":
            return
        if data is not None and event.offset == self.offset + 1:
            self._apply(LogEvent(event.offset, event.event, data))
        self.ask_again()

    def _reset(self, reason: str, snapshot: str | None) -> None:
        """Pauses the topic, has the application fetch a snapshot, and subscribes from where that stands (R4)."""
        self.stop("resetting")
        self._events.clear()
        self._failures = 0
        turn, environment = self._turn, self.host.environment
        spread = environment.random() * SPREAD_SECONDS if reason == "epoch" else 0.0
        self._restart.set(spread, lambda: self._begin_restore(reason, snapshot, turn))

    def _begin_restore(self, reason: str, snapshot: str | None, turn: int) -> None:
        self.host.environment.spawn(self._restore(reason, snapshot, turn))

    async def _restore(self, reason: str, snapshot: str | None, turn: int) -> None:
        environment = self.host.environment
        try:
            position = await self._on_reset(reason, snapshot) if self._on_reset else None
        except Exception as error:
            environment.report(error)
            if turn == self._turn:
                wait = backoff(self._failures, environment.random)
                self._failures += 1
                self._restart.set(wait, lambda: self._begin_restore(reason, snapshot, turn))
            return
        if turn == self._turn:
            self.position = position
            self.progressed()
            self.ask_again()
