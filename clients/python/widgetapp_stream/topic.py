"""What a log and a state have in common: being subscribed, refused, asked again and ended (S, H4)."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, Literal, Protocol

from widgetapp_stream.backoff import backoff
from widgetapp_stream.environment import Environment
from widgetapp_stream.frames import Frame, Key
from widgetapp_stream.timer import Timer

Status = Literal["waiting", "subscribing", "replaying", "live", "lagging", "resetting", "held", "refused", "ended"]

PASSING = frozenset({"unavailable", "busy", "rate_limited", "internal"})
"""Refusals that pass by themselves: asked again with backoff, not told."""


class TopicRefused(Exception):
    """The server does not serve this topic to us; `code` says why."""

    def __init__(self, key: Key, code: str) -> None:
        self.key, self.code = key, code
        super().__init__(f"{key[0]}/{key[1]}: {code}")


class Host(Protocol):
    environment: Environment

    def ask(self, topic: Topic) -> None: ...
    def drop(self, topic: Topic) -> None: ...
    def leave(self, topic: Topic) -> None: ...
    def forget(self, topic: Topic) -> None: ...
    def queue(self, topic: Any) -> None: ...


class Topic:
    def __init__(
        self,
        host: Host,
        key: Key,
        *,
        on_refused: Callable[[str], None] | None = None,
        on_ended: Callable[[str, bool], None] | None = None,
    ) -> None:
        self.key = key
        self.service, self.topic = key
        self.status: Status = "waiting"
        self.host = host
        self._on_refused, self._on_ended = on_refused, on_ended
        self._again = Timer(host.environment.timers)
        self._asks = 0

    def request(self) -> Frame | None:
        """What to subscribe with, or None when it is not the time."""
        return None if self._again.pending else {"service": self.service, "topic": self.topic}

    def unsubscribe(self) -> None:
        """No event or value is told after this."""
        if self.status not in ("ended", "refused"):
            self.stop("ended")
            self.host.drop(self)

    def settle(self, outcome: Frame) -> None:
        if outcome["status"] == "refused":
            self.refuse(outcome.get("code", "forbidden"), None)

    def frame(self, frame: Frame) -> None:
        """A frame of this topic."""

    def head(self, offset: int) -> None:
        """The server's newest offset, told with a ping (R5)."""

    def fail(self, error: Exception | None) -> None:
        """The stream ended for good; None: it was started again."""

    def halt(self) -> None:
        """The stream stopped: nothing happens until it is started again."""

    def resume(self) -> None:
        """It is started again."""

    def refuse(self, code: str, retry_after: float | None) -> None:
        if code in PASSING:
            self.ask_again(retry_after)
            return
        self.stop("refused")
        self.host.forget(self)
        if self._on_refused is not None:
            self.tell(self._on_refused, code)

    def end(self, code: str, purge: bool) -> None:
        """The server ended it (S5)."""
        self.stop("ended")
        self.host.forget(self)
        if self._on_ended is not None:
            self.tell(self._on_ended, code, purge)

    def lost(self) -> None:
        """The connection it was subscribed on is gone."""
        self._again.clear()
        if self.status not in ("resetting", "held"):
            self.status = "waiting"

    def ask_again(self, wait: float | None = None) -> None:
        """At once, then with backoff as long as nothing comes of it; or when the server said."""
        self.status = "subscribing"
        if wait is None:
            wait = backoff(self._asks - 1, self.host.environment.random) if self._asks else 0.0
        self._asks += 1
        if wait > 0:
            self._again.set(wait, lambda: self.host.ask(self))
        else:
            self.host.ask(self)

    def progressed(self) -> None:
        """Asking bore fruit: the next time is at once again."""
        self._asks = 0

    def stop(self, status: Status) -> None:
        self._again.clear()
        self.status = status

    def tell(self, handler: Callable[..., object], *values: object) -> None:
        """What the application's handler raises is reported and harms nobody else (S4)."""
        try:
            if inspect.iscoroutine(coroutine := handler(*values)):
                coroutine.close()
                raise TypeError(f"expected a plain function, got a coroutine function: {handler!r}")
        except Exception as error:
            self.host.environment.report(error)
