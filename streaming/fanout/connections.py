"""What the hub and its parts need of a connection, which stands above them (`streaming.connection`)."""

from typing import Protocol, TypedDict

from streaming.context import RequestContext
from streaming.errors import Refused
from streaming.protocol import ServerFrame
from streaming.service import Key, Service


class Described(TypedDict):
    """What an operator sees of a connection: a value of the topic `connections` of the service `monitor` (O)."""

    user: dict[str, str] | None
    address: str
    country: str
    ray: str
    transport: str
    worker: str
    since: str
    subscriptions: list[dict[str, str]]
    lagging: int
    outstanding_bytes: int
    waiting_bytes: int


class RefusalDescribed(TypedDict):
    """A connection that was refused before its welcome, as an operator sees it."""

    code: int
    reason: str
    address: str
    at: str


class HubConnection(Protocol):
    @property
    def context(self) -> RequestContext: ...
    @property
    def outstanding_bytes(self) -> int: ...
    def service_of(self, key: Key) -> Service | None:
        """The service of a topic that is subscribed here; None where it is not."""

    def tick(self, now: float) -> None: ...
    def described(self) -> Described: ...
    def send(self, frame: ServerFrame) -> None: ...
    def end(self, refused: Refused) -> None: ...
    def hold(self) -> None: ...
    def release(self) -> None: ...
    async def recheck(self) -> None: ...
    def rights_asked(self, key: Key, *, readable: bool) -> None: ...
