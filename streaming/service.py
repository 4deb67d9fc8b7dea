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

# Topic → key of a state topic that it follows → the values there now.
Followed = Mapping[str, Mapping[Key, Mapping[str, Any]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class LogHead:
    """The newest offset of a log in the database. `access_epoch` grows when anybody's rights change; `at`: when the
    newest event was made, Unix seconds, where that is known.
    """

    epoch: str
    offset: int
    access_epoch: int
    at: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed:
    """What lies after an offset: how many events, how many bytes."""

    events: int
    bytes: int


class Service(ABC):
    """Methods without `async` read the database: the stream calls them on its database threads."""

    name: ClassVar[str]
    mode: ClassVar[Literal["log", "state"]]

    # How many topics of it a connection may have.
    most: ClassVar[int] = MAX_SUBSCRIPTIONS

    def resolve(self, context: RequestContext, topic: str) -> str:
        """The topic that is meant (`me` becomes a user), canonical; raises `Forbidden` for what cannot be one."""
        return topic

    def shown(self, topic: str) -> str:
        """What a resolved topic is called in frames."""
        return topic

    def is_offered(self, context: RequestContext) -> bool:
        """Whether `welcome` names it to this connection."""
        return True

    @abstractmethod
    def may_read(self, context: RequestContext, topic: str) -> bool:
        """With the rights of now (S3)."""

    def readable(self, context: RequestContext, topics: Collection[str]) -> set[str]:
        """Those of the topics that this connection may read. Override it where one query answers for all."""
        return {topic for topic in topics if self.may_read(context, topic)}

    def readers(self, topic: str, contexts: Sequence[RequestContext]) -> set[str]:
        """Those of the connections, by id, that may read the topic. Override it where one query answers for all."""
        return {context.connection for context in contexts if self.may_read(context, topic)}


class LogService(Service):
    """An ordered, gap-free log that the database keeps (R)."""

    mode = "log"

    @abstractmethod
    def heads(self, topics: Sequence[str]) -> dict[str, LogHead]:
        """In one query; topics that do not exist are missing."""

    @abstractmethod
    def missed(self, offsets: Mapping[str, int]) -> dict[str, Missed]:
        """What lies after these offsets, by topic, in one query; topics where nothing does may be missing."""

    @abstractmethod
    def page(self, topic: str, offset: int, *, max_bytes: int) -> list[tuple[int, str]]:
        """The encoded events after an offset, in order: at least one if there is one, about `max_bytes`."""

    @abstractmethod
    def snapshot(self, topic: str) -> str:
        """The URL path where the whole state is read with its position (P1)."""


class StateService(Service):
    """The latest value a key (T)."""

    mode = "state"

    def follows(self, topic: str) -> list[tuple[Service, str]]:
        """Topics of other services: where they move, the rights or the values of this one may have moved."""
        return []


class SharedState(StateService):
    """Every connection may hold one key of a topic, named by its connection id."""

    def enter(self, context: RequestContext, topic: str) -> dict[str, Any] | None:
        """The value of a connection from its outcome on, until it says something; None: it has none till then. On the
        event loop.
        """
        return None

    @abstractmethod
    def merge(self, context: RequestContext, topic: str, rights: Any, value: dict[str, Any] | None, data: Any) -> Any:
        """The connection's value after an upstream message; raises `Denied`. `value` is None before the first."""

    @abstractmethod
    def rights(self, context: RequestContext, topic: str) -> Any:
        """What `merge` needs to know about the connection's rights, read anew every few seconds."""


class DerivedState(StateService):
    """Values computed from the database and what the topic follows; clients send nothing."""

    @abstractmethod
    def read(self, topics: Sequence[str], followed: Followed) -> dict[str, dict[str, Any]]:
        """Topic → key → value, in one query. A topic that is gone is missing."""
