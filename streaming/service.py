"""What a service is: a named conversation on the stream. Apps subclass these and register them.

The contracts stand below the fan-out, which is written in terms of them, and know nothing of sockets.
"""

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from streaming.context import RequestContext
from streaming.protocol import MAX_SUBSCRIPTIONS

# Names a topic on the whole stream: the service and the resolved topic.
Key = tuple[str, str]

# Key → value of a state topic: JSON, whatever the service makes of it.
Values = dict[str, Any]

# Topic → key of a state topic that it follows → the values there now.
Followed = Mapping[str, Mapping[Key, Values]]


@dataclass(frozen=True, slots=True, kw_only=True)
class LogHead:
    """Where a log ends in the database. `epoch` names its history, such as `k3x9`; it changes where the same offsets
    may stand for other events, as after a restore. `offset` is that of the newest event. `access_epoch` grows when
    anybody's rights change. `at`: when the newest event was made, in Unix seconds, where that is known.
    """

    epoch: str
    offset: int
    access_epoch: int
    at: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed:
    """How many events follow an offset, and how many bytes they have as frames."""

    events: int
    bytes: int


class Service(ABC):
    """`may_read`, `readable` and `readers`, and what else a subclass says of the database, is called on database
    threads. The other methods run on the event loop: they compute, and do not wait.
    """

    name: ClassVar[str]
    mode: ClassVar[Literal["log", "state"]]

    # How many topics of it a connection may have.
    most: ClassVar[int] = MAX_SUBSCRIPTIONS

    def resolve(self, context: RequestContext, topic: str) -> str:
        """The topic that a client means, in its one spelling (`me` becomes a user's id). Raises `Forbidden` where there
        cannot be such a topic.
        """
        return topic

    def shown(self, topic: str) -> str:
        """The reverse: what frames call a resolved topic."""
        return topic

    def is_offered(self, context: RequestContext) -> bool:
        """Whether `welcome` names it to this connection."""
        return True

    @abstractmethod
    def may_read(self, context: RequestContext, topic: str) -> bool:
        """Whether the connection may read the topic now (S3)."""

    def readable(self, context: RequestContext, topics: Collection[str]) -> set[str]:
        """The topics that this connection may read. Override it where one query answers for all."""
        return {topic for topic in topics if self.may_read(context, topic)}

    def readers(self, topic: str, contexts: Sequence[RequestContext]) -> set[str]:
        """The ids of the connections that may read the topic. Override it where one query answers for all."""
        return {context.connection for context in contexts if self.may_read(context, topic)}


class LogService(Service):
    """An ordered log without gaps, kept in the database (R). All but `snapshot` is called on database threads."""

    mode = "log"

    @abstractmethod
    def heads(self, topics: Sequence[str]) -> dict[str, LogHead]:
        """Topic → head, in one query; topics that do not exist are missing."""

    @abstractmethod
    def missed(self, offsets: Mapping[str, int]) -> dict[str, Missed]:
        """`offsets`: topic → offset. What follows each, in one query; topics where nothing does may be missing."""

    @abstractmethod
    def page(self, topic: str, offset: int, *, max_bytes: int) -> list[tuple[int, str]]:
        """The events after an offset, in order, each with its offset and encoded as a frame: about `max_bytes` of them,
        and at least one if there is any.
        """

    @abstractmethod
    def snapshot(self, topic: str) -> str:
        """The URL path at which the whole state can be read, with its position (P1)."""


class StateService(Service):
    """Keys, and the latest value of each (T)."""

    mode = "state"

    def follows(self, topic: str) -> list[tuple[Service, str]]:
        """Topics of other services. When one changes, the rights or the values of this topic may have changed."""
        return []


class SharedState(StateService):
    """Every connection may hold one key of a topic: its connection id."""

    def enter(self, context: RequestContext, topic: str) -> dict[str, Any] | None:
        """The value of a connection from its subscription on, until it says something; None if it has none before."""
        return None

    @abstractmethod
    def merge(self, context: RequestContext, topic: str, rights: Any, value: dict[str, Any] | None, data: Any) -> Any:
        """The connection's value after its message `data`, given the `value` before (None at first) and what `rights`
        returned. Raises `Denied`.
        """

    @abstractmethod
    def rights(self, context: RequestContext, topic: str) -> Any:
        """What `merge` needs to know about the connection's rights: read on a database thread, every 2 seconds."""


class DerivedState(StateService):
    """Values computed from the database and from what the topic follows; clients send nothing."""

    @abstractmethod
    def read(self, topics: Sequence[str], followed: Followed) -> dict[str, Values]:
        """Topic → key → value, in one query on a database thread. A topic that is gone is missing."""
