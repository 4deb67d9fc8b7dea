"""One topic of one connection: what the connection can do with it, whatever kind of service it belongs to."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

from streaming.context import RequestContext
from streaming.errors import Denied
from streaming.fanout.topics import LogTopic, StateTopic
from streaming.flow import Flow
from streaming.protocol import Head, Limits, Outcome, Position, SubscriptionRequest
from streaming.service import Key, LogHead, Missed, Service

# A subscription lags while more than this is not acknowledged, and catches up below the other (B1).
LAG_BYTES = 256 * 1024
LAG_OVER_BYTES = 64 * 1024
HELLO_REPLAY_BYTES = 4 * 1024 * 1024
NOTHING = Missed(events=0, bytes=0)


@dataclass(frozen=True, slots=True)
class Found:
    """What the database says about a request. `head` is None for state, and for a log that does not exist."""

    readable: bool
    head: LogHead | None = None
    missed: Missed = NOTHING


class Budget:
    """What may be replayed (R7): a bound for each topic, and one for everything that a frame asks for."""

    __slots__ = ("_left_bytes", "_limits")

    def __init__(self, limits: Limits) -> None:
        self._limits, self._left_bytes = limits, HELLO_REPLAY_BYTES

    def allows(self, missed: Missed) -> bool:
        most_bytes = min(self._limits.replay_bytes, self._left_bytes)
        return missed.events <= self._limits.replay_events and missed.bytes <= most_bytes

    def spend(self, missed: Missed) -> None:
        self._left_bytes -= missed.bytes


class Subscription(ABC):
    """Its life: `attach`, after which it hears of every event; `outcome`; `start`, once that was sent; `detach`.

    What happens before the start, or while the connection is held, is not sent at once: `go_on` makes up for it.
    """

    __slots__ = ("flow", "key", "service", "topic")

    flow: Flow
    key: Key
    service: Service
    topic: LogTopic | StateTopic
    lagging = False

    @abstractmethod
    def attach(self) -> None:
        """Become a member of the topic; a topic without members is forgotten."""

    @abstractmethod
    def detach(self) -> None:
        """Nothing is sent from here on (S2)."""

    @abstractmethod
    def outcome(self, request: SubscriptionRequest, found: Found, budget: Budget) -> Outcome | None:
        """What to tell the client; None where it may not read the topic."""

    @abstractmethod
    def start(self, outcome: Outcome) -> None:
        """The client was told that it is subscribed."""

    @abstractmethod
    def go_on(self, context: RequestContext) -> None:
        """Begin or resume sending; nothing holds the connection. Does nothing before the start."""

    @abstractmethod
    def hold(self) -> None:
        """Send nothing until `go_on` (A4)."""

    @abstractmethod
    def catch_up(self) -> None:
        """The client has acknowledged most of what was sent: tell what was held back meanwhile."""

    @abstractmethod
    def forget_rights(self) -> None:
        """Check anew, with the next message, what this connection may say."""

    @abstractmethod
    def leave(self, *, clean: bool) -> None:
        """End what this connection says of itself; unless `clean`, only if it does not come back in time (T2)."""

    async def say(self, context: RequestContext, data: dict[str, Any]) -> None:
        """A message of the client. Raises `Denied`."""
        raise Denied("forbidden", "this service takes no messages")

    def newest_to_tell(self) -> Head | None:
        """The topic's newest offset, when it moved since the client was told (R5)."""
        return None

    def position(self) -> Position | None:
        """How far the client has got; None for state, and before the outcome."""
        return None
