"""A topic in state mode: the latest value of every key (T1), and what this client says of itself (S7, T2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from widgetapp_stream.events import Iterated, Latest
from widgetapp_stream.frames import Frame, Key, write_frame
from widgetapp_stream.topic import Host, Status, Topic, TopicRefused

MOST_BYTES = 60 * 1024
"""What one may say of oneself in all: a frame above 64 KiB would end the stream for good (F5)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StateChange:
    values: Mapping[str, Any]
    set: Mapping[str, Any]
    remove: list[str]
    full: bool


class State(Topic):
    """`values` are those of now. Iterate to get them whenever they changed, or give `on_change`."""

    def __init__(
        self,
        host: Host,
        key: Key,
        *,
        on_change: Callable[[StateChange], None] | None = None,
        on_refused: Callable[[str], None] | None = None,
        on_ended: Callable[[str, bool], None] | None = None,
    ) -> None:
        super().__init__(host, key, on_refused=on_refused, on_ended=on_ended)
        self.values: dict[str, Any] = {}
        self._on_change = on_change
        self._latest: Latest[dict[str, Any]] = Latest(lambda: dict(self.values))
        self._mine: dict[str, Any] = {}  # what the server holds of us
        self._news: dict[str, Any] = {}  # what it is still to be told

    def __aiter__(self) -> Iterated[dict[str, Any]]:
        """Ends when it is unsubscribed, raises `TopicRefused` and `Stopped`. Intermediate values may be skipped."""
        return self._latest

    def send(self, data: Mapping[str, Any]) -> None:
        """Merged with what waits, sent at most 30 times a second; None clears a key; said again after a reconnect.

        Raises TypeError or ValueError when it cannot be sent: no JSON, or too large.
        """
        if len(write_frame({**self._mine, **self._news, **data}).encode()) > MOST_BYTES:
            raise ValueError(f"expected at most {MOST_BYTES} bytes in all")
        self._news.update(data)
        self.host.queue(self)

    def disown(self, news: Mapping[str, Any]) -> None:
        """The server refused this: it is not said again."""
        for key, value in news.items():
            if self._mine.get(key) == value:
                self._mine.pop(key, None)

    def take(self) -> dict[str, Any] | None:
        """What to tell the server now, or None. The caller sends it."""
        if self.status != "live" or not self._news:
            return None
        news, self._news = self._news, {}
        self._mine = {key: value for key, value in {**self._mine, **news}.items() if value is not None}
        return news

    def put_back(self, news: Mapping[str, Any]) -> None:
        """What was told did not arrive; newer values win."""
        self._news = {**news, **self._news}
        self.host.queue(self)

    def settle(self, outcome: Frame) -> None:
        if outcome["status"] != "subscribed":
            super().settle(outcome)
            return
        self.status = "live"
        self.progressed()
        self.put_back(self._mine)

    def frame(self, frame: Frame) -> None:
        if frame["type"] != "state" or self.status != "live":
            return
        full, given, remove = frame.get("full", False), frame.get("set", {}), frame.get("remove", [])
        if full:
            self.values.clear()
        self.values.update(given)
        for key in remove:
            self.values.pop(key, None)
        self._latest.changed()
        if self._on_change is not None:
            self.tell(self._on_change, StateChange(values=self.values, set=given, remove=remove, full=full))

    def stop(self, status: Status) -> None:
        super().stop(status)
        self.values.clear()
        if status == "ended":
            self._latest.end()

    def refuse(self, code: str, retry_after: float | None) -> None:
        super().refuse(code, retry_after)
        if self.status == "refused":
            self._latest.fail(TopicRefused(self.key, code))

    def end(self, code: str, purge: bool) -> None:
        super().end(code, purge)
        self._latest.fail(TopicRefused(self.key, code))

    def fail(self, error: Exception | None) -> None:
        self._latest.fail(error)
