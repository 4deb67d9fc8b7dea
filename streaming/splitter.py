"""3. Split the stream by service: every frame to the service it names, every service in its own task (B3).

A Channels consumer without a channel of its own and with its own dispatch: the stock one hops to a thread for
every message, and handles one message at a time.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from channels.consumer import AsyncConsumer

from streaming import metrics
from streaming.asgi_types import Message as AsgiMessage
from streaming.asgi_types import Receive, Scope, Send
from streaming.close_codes import CloseCode
from streaming.connection import Connection
from streaming.database import is_away, log_away
from streaming.errors import Denied, Refused
from streaming.fanout.hub import current_hub
from streaming.flow import Line
from streaming.intake import Bucket, FrameQueue
from streaming.protocol import (
    FRAME_BYTES,
    Authenticate,
    Authenticated,
    ClientFrame,
    FrameError,
    Hello,
    Message,
    Pong,
    Subscribe,
    Unsubscribe,
    decode_client,
)
from streaming.services.registry import service_named

BAD_FRAMES_A_MINUTE = 20
LIMITED_FRAMES_A_MINUTE = 200


class Splitter(AsyncConsumer):
    channel_layer_alias = None  # type: ignore[assignment]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # type: ignore[override]
        hub = current_hub()
        hub.require_open()
        context, hello = scope["context"], scope["hello"]
        self.connection = Connection(context, send, hub, line_of(scope))
        self._queues: dict[str, FrameQueue] = {}
        self._requests = Bucket(context.limits.requests_per_second, context.limits.request_burst)
        self._messages = Bucket(context.limits.messages_per_second, 2 * context.limits.messages_per_second)
        self._counts: Counter[str] = Counter()
        self._counted_since = time.monotonic()
        clean = False
        hub.connections.add(self.connection)
        try:
            await self.connection.open(hello)
            clean = await self._read(receive)
        finally:
            hub.connections.discard(self.connection)
            for queue in self._queues.values():
                queue.close()
            self.connection.close(clean=clean)

    async def _read(self, receive: Receive) -> bool:
        """Until the client goes; True when it closed properly. Raises `Refused` when the server ends the connection."""
        with interrupted_by(self.connection):
            while (message := await receive())["type"] != "websocket.disconnect":
                await self.dispatch(message)
        return message.get("code") in (1000, 1001)

    async def dispatch(self, message: AsgiMessage) -> None:
        """One frame to where it belongs. Never waits for a service."""
        text = message.get("text")
        try:
            if text is None:
                raise FrameError("malformed", "expected a text frame")
            if len(text) > FRAME_BYTES or len(text.encode("utf-8", "surrogatepass")) > FRAME_BYTES:
                raise Refused(CloseCode.FRAME_TOO_BIG)
            self._route(decode_client(text), len(text))
        except FrameError as error:
            # A type that another version knows is no fault, but must not be a way around the rate (F2).
            most = BAD_FRAMES_A_MINUTE if error.code == "malformed" else LIMITED_FRAMES_A_MINUTE
            self._count(error.code, most)
            self.connection.error(Denied(error.code, error.message), id=error.id)

    def _route(self, frame: ClientFrame, size: int) -> None:
        if isinstance(frame, Pong):
            if not self.connection.acknowledge(frame.n):
                self._count("rate_limited", LIMITED_FRAMES_A_MINUTE)  # pongs are the only frames without a rate
            return
        service, bucket = (frame.service, self._messages) if isinstance(frame, Message) else ("", self._requests)
        try:
            if (wait := bucket.wait()) > 0:
                self._count("rate_limited", LIMITED_FRAMES_A_MINUTE)
                raise RateLimited(wait)
            if isinstance(frame, Hello):
                raise Denied("malformed", "hello was said before")
            self._queue(service).put(frame, size)
        except RateLimited as limited:
            denied = Denied("rate_limited", "too many frames")
            self.connection.error(denied, id=frame.id, service=service or None, retry_after=round(limited.seconds, 2))
        except Denied as denied:
            self.connection.error(denied, id=frame.id, service=service or None)

    def _queue(self, service: str) -> FrameQueue:
        """One for each service; requests about subscriptions have one of their own, under the empty name."""
        if service not in self._queues:
            if service:
                service_named(service)
            self._queues[service] = FrameQueue(self._handle, self._crashed)
        return self._queues[service]

    def _crashed(self, frame: ClientFrame) -> None:
        self._fail(frame, Denied("internal", "this did not work; it was logged"))

    def _fail(self, frame: ClientFrame, denied: Denied) -> None:
        service = frame.service if isinstance(frame, Message) else None
        self.connection.error(denied, id=getattr(frame, "id", None), service=service)

    async def _handle(self, frame: ClientFrame) -> None:
        """A frame that comes while the database is away is refused; that is no fault of the service."""
        try:
            await (self._message(frame) if isinstance(frame, Message) else self._request(frame))
        except Exception as error:
            if not is_away(error):
                raise
            log_away("a frame", error)
            self._fail(frame, Denied("unavailable", "the database is away"))

    async def _request(self, frame: ClientFrame) -> None:
        match frame:
            case Authenticate():
                await self._authenticate(frame)
            case Subscribe():
                await self.connection.subscribe(frame)
            case Unsubscribe():
                self._unsubscribe(frame)

    def _unsubscribe(self, frame: Unsubscribe) -> None:
        try:
            self.connection.unsubscribe(frame)
        except Denied as denied:
            self.connection.error(denied, id=frame.id, service=frame.service)

    async def _authenticate(self, frame: Authenticate) -> None:
        try:
            await self.connection.authenticate(frame.ticket)
        except Denied as denied:
            self.connection.error(denied, id=frame.id)
        except Refused as refused:
            self.connection.end(refused)
        else:
            self.connection.send(Authenticated(id=frame.id))

    async def _message(self, frame: Message) -> None:
        try:
            await self.connection.say(frame)
        except Denied as denied:
            self.connection.error(denied, id=frame.id, service=frame.service)

    def _count(self, what: str, most: int) -> None:
        """Too many errors in a minute end the connection (B4)."""
        now = time.monotonic()
        if now - self._counted_since > 60:
            self._counts.clear()
            self._counted_since = now
        self._counts[what] += 1
        if self._counts[what] >= most:
            raise Refused(CloseCode.TOO_MANY_ERRORS)


@contextmanager
def interrupted_by(connection: Connection) -> Iterator[None]:
    """Interrupts the caller's task, while it waits in here, when the connection ends: raises what ended it."""
    task, waiting = asyncio.current_task(), True
    assert task is not None

    def interrupt(_: object) -> None:
        if waiting:
            task.cancel()

    connection.ended.add_done_callback(interrupt)
    try:
        with metrics.welcomed(connection.transport):
            yield
    except asyncio.CancelledError:
        if not connection.ended.done():
            raise
        task.uncancel()
        raise connection.ended.result() from None
    finally:
        waiting = False


def line_of(scope: Scope) -> Line | None:
    """None where the server does not offer one; `streaming.uvicorn_protocol` does."""
    line: Line | None = scope.get("extensions", {}).get("widgetapp.prepared", {}).get("line")
    return line


class RateLimited(Exception):
    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
