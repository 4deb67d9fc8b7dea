"""A topic in log mode: every event exactly once and in order, or a reset that says so (R1, R3, R4, R5, P2)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from widgetapp_stream.awaited import Awaited
from widgetapp_stream.events import Events, Iterated
from widgetapp_stream.frames import Frame, Key, Position, position_from_json
from widgetapp_stream.log_event import LogEvent, OnLarge, OnReset, TopicReset
from widgetapp_stream.restoring import Restoring
from widgetapp_stream.topic import Host, Status, Topic, TopicRefused

BEHIND_SECONDS = 1.0
EXPECT_SECONDS = 2.0
FLOWING = frozenset({"live", "replaying", "lagging"})


class Log(Topic):
    """`position` is that of the last event that came. Iterate over it, or give `on_event`.

    Whoever iterates saves `event.position`, which is that of the event in hand.
    """

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
        self._raises = on_event is None and on_reset is None
        self._on_live, self._on_large = on_live, on_large
        environment = host.environment
        self._heads = Awaited(environment.timers, BEHIND_SECONDS, self._late)
        self._expected = Awaited(environment.timers, EXPECT_SECONDS, self._late)
        self._restoring = Restoring(environment, on_reset, self._restored)
        self._turn = 0

    def __aiter__(self) -> Iterated[LogEvent]:
        """Ends when it is unsubscribed. Raises `TopicRefused`, `Stopped`, and without `on_reset` `TopicReset`."""
        return self._events

    @property
    def offset(self) -> int:
        return self.position.offset if self.position else 0

    @property
    def unread(self) -> bool:
        """Does somebody iterate who has not yet taken everything?"""
        return self.status != "held" and len(self._events) > 0

    def when_taken(self, call: Callable[[], None]) -> None:
        self._events.when_taken(call)

    def hold(self) -> None:
        """Lets nothing more come until whoever iterates has taken half of what is here; then asks for the rest."""
        if self.unread and self.status in FLOWING:
            self.stop("held")
            self._events.pause()
            self.host.leave(self)

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
            self._event(LogEvent(self._at(frame["offset"]), frame["event"], frame.get("data")))
        elif kind == "lag":
            self.status = "lagging"
        elif kind == "live":
            self._live(frame["offset"])

    def head(self, offset: int) -> None:
        if self.status == "live" and offset > self.offset:
            self._heads.add(offset)

    def halt(self) -> None:
        """A snapshot that is being fetched is dropped, and asked for anew by `resume`."""
        if self.status == "resetting":
            self._restoring.clear()

    def resume(self) -> None:
        if self.status == "resetting":
            self._restoring.resume()

    def refuse(self, code: str, retry_after: float | None) -> None:
        super().refuse(code, retry_after)
        if self.status == "refused":
            self._events.fail(TopicRefused(self.key, code))

    def fail(self, error: Exception | None) -> None:
        self._events.fail(error)

    def end(self, code: str, purge: bool) -> None:
        if purge:
            self.position = None
            self._events.clear()
        super().end(code, purge)
        self._events.fail(TopicRefused(self.key, code))

    def stop(self, status: Status) -> None:
        super().stop(status)
        self._turn += 1
        for watch in (self._restoring, self._heads, self._expected):
            watch.clear()
        if status == "ended":
            self._events.end()

    def _subscribed(self, outcome: Frame) -> None:
        if outcome.get("recovery") == "replay":
            self.status = "replaying"
            return
        told = position_from_json(outcome["position"]) if "position" in outcome else None
        # During a move the old connection may have told where we are after the new one was asked without knowing.
        if told and (self.position is None or self.position.epoch != told.epoch):
            self.position = told
        self._live(told.offset if told and outcome.get("recovery") == "fresh" else self.offset)

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
        self.position = event.position
        self.progressed()
        self._heads.reached(event.offset)
        self._expected.reached(event.offset)
        self.tell(self._on_event, event)
        if self._events.full:
            self.hold()

    def _at(self, offset: int) -> Position:
        return Position(self.position.epoch if self.position else "", offset)

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
            self._apply(LogEvent(event.position, event.event, data))
        self.ask_again()

    def _reset(self, reason: str, snapshot: str | None) -> None:
        """Pauses the topic, has the application fetch a snapshot, and subscribes from where that stands (R4)."""
        if self._raises:
            self.unsubscribe()
            self._events.fail(TopicReset(self.key, reason, snapshot))
            return
        self.stop("resetting")
        self._events.clear()
        self._restoring.begin(reason, snapshot)

    def _restored(self, position: Position | None) -> None:
        self.position = position
        self.progressed()
        self.ask_again()
