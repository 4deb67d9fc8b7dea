"""HTTP push: the same frames, from the same services behind the same filters, as server-sent events (E1).

For networks without WebSocket, and for `curl -N`. Downstream only: edits are AJAX anyway. An answer ends after 1 MiB or
10 minutes; the cursor that was read last goes on from there, and that is the acknowledgement.
"""

import asyncio
import json
import logging
import time
from contextlib import suppress
from http import HTTPStatus
from urllib.parse import parse_qsl

from streaming import metrics
from streaming.asgi_types import Application, Message, Receive, Scope, Send, header
from streaming.close_codes import CloseCode
from streaming.connection import Connection
from streaming.context import RequestContext
from streaming.decoding import MAX_INTEGER
from streaming.endings import record
from streaming.errors import Refused
from streaming.fanout.frames import Frame
from streaming.fanout.hub import current_hub
from streaming.flow import Flow
from streaming.protocol import MAX_SUBSCRIPTIONS, VERSION, Bye, Hello, Position, SubscriptionRequest, encode
from streaming.subscriptions import LogSubscription

logger = logging.getLogger(__name__)

ANSWER_BYTES = 1024 * 1024
ANSWER_SECONDS = 600.0
CURSOR_BYTES = 64 * 1024
CURSOR_SECONDS = 5.0
QUERY_BYTES = 32 * 1024
HEADERS = [
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]
LATER = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
LATER_SECONDS = 5
STATUSES = {
    CloseCode.PROTOCOL_ERROR: HTTPStatus.BAD_REQUEST,
    CloseCode.ORIGIN_NOT_ALLOWED: HTTPStatus.FORBIDDEN,
    CloseCode.NOT_SIGNED_IN: HTTPStatus.UNAUTHORIZED,
    CloseCode.CREDENTIAL_EXPIRED: HTTPStatus.UNAUTHORIZED,
    CloseCode.IDENTITY_CHANGED: HTTPStatus.UNAUTHORIZED,
    CloseCode.TOO_MANY_CONNECTIONS: HTTPStatus.TOO_MANY_REQUESTS,
    CloseCode.INTERNAL_ERROR: HTTPStatus.INTERNAL_SERVER_ERROR,
}


class AcceptPush:
    """Outermost stage: the query becomes a `hello`; a refusal before the first byte is an HTTP status."""

    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] != "GET":
            await answer(send, HTTPStatus.METHOD_NOT_ALLOWED, "method_not_allowed", "only GET", [(b"allow", b"GET")])
            return
        if not wants_events(header(scope, b"accept") or "*/*"):
            detail = "connect with a WebSocket, or ask with Accept: text/event-stream"
            await answer(send, HTTPStatus.NOT_ACCEPTABLE, "not_acceptable", detail)
            return
        answering = Answering(send)
        try:
            hello = hello_of(scope)
            scope = {**scope, "hello": hello, "context": RequestContext()}
            with metrics.arriving("push"):
                await self._application(scope, receive, answering)
        except Refused as refused:
            await self._refuse(scope, refused, answering, send)
        except Exception:
            logger.exception("a push answer broke")
            await self._refuse(scope, Refused(CloseCode.INTERNAL_ERROR), answering, send)

    async def _refuse(self, scope: Scope, refused: Refused, answering: "Answering", send: Send) -> None:
        code = int(refused.code)
        record(scope, refused)
        if answering.started:
            bye = encode(Bye(code=code, reason=refused.reason, retry=refused.retry))
            with suppress(Exception):
                await answering.end(b"data: " + bye + b"\n\n")
            return
        status = STATUSES.get(refused.code, HTTPStatus.SERVICE_UNAVAILABLE)
        seconds = round(refused.retry[1]) if refused.retry else LATER_SECONDS if status in LATER else 0
        retry = [(b"retry-after", str(seconds).encode())] if seconds else []
        await answer(send, status, f"stream_{code}", refused.reason, retry)


class Answering:
    """The response; remembers whether its first byte is out. `http.*` messages pass."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.started = False

    async def __call__(self, message: Message) -> None:
        self.started = True
        await self._send(message)

    async def end(self, body: bytes) -> None:
        await self._send({"type": "http.response.body", "body": body, "more_body": False})


async def answer(
    send: Send, status: HTTPStatus, code: str, detail: str, headers: list[tuple[bytes, bytes]] | None = None
) -> None:
    """A refusal as RFC 9457 problem."""
    problem = {"type": f"/developers/errors/{code}/", "title": status.phrase, "status": status.value}
    body = json.dumps({**problem, "detail": detail, "code": code, "errors": []}).encode()
    told = [(b"content-type", b"application/problem+json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status.value, "headers": told + (headers or [])})
    await send({"type": "http.response.body", "body": body})


def wants_events(accept: str) -> bool:
    """A browser that was sent here by a link gets an explanation, not an endless page."""
    return "text/event-stream" in accept or ("*/*" in accept and "text/html" not in accept)


def hello_of(scope: Scope) -> Hello:
    """`?subscribe=things/<id>;epoch=…;offset=…` once for each topic; `Last-Event-ID` knows better where to go on."""
    query: bytes = scope.get("query_string", b"")
    if len(query) > QUERY_BYTES:
        raise Refused(CloseCode.PROTOCOL_ERROR, f"the query is longer than {QUERY_BYTES} bytes")
    try:
        wanted = [value for name, value in parse_qsl(query.decode("ascii"), separator="&") if name == "subscribe"]
    except ValueError:
        raise Refused(CloseCode.PROTOCOL_ERROR, "the query cannot be read") from None
    if len(wanted) > MAX_SUBSCRIPTIONS:
        raise Refused(CloseCode.PROTOCOL_ERROR, f"more than {MAX_SUBSCRIPTIONS} topics")
    cursor = header(scope, b"last-event-id") or ""
    read = {(one.service, one.topic): one for one in (subscription_of(part) for part in cursor.split(",") if part)}
    asked = [subscription_of(text) for text in wanted]
    subscriptions = [read.get((one.service, one.topic), one) for one in asked]
    kind, _, credential = (header(scope, b"authorization") or "").partition(" ")
    ticket = credential.strip() if kind.lower() == "ticket" else None
    return Hello(id=0, version=VERSION, ticket=ticket, subscriptions=subscriptions)


def subscription_of(text: str) -> SubscriptionRequest:
    name, *parts = text.split(";")
    service, _, topic = name.partition("/")
    given = dict(part.partition("=")[::2] for part in parts)
    position = None
    if given:
        epoch, offset = given.get("epoch", ""), given.get("offset", "")
        if not epoch or not offset.isascii() or not offset.isdigit() or len(offset) > 16 or int(offset) > MAX_INTEGER:
            raise Refused(CloseCode.PROTOCOL_ERROR, "a position is epoch=…;offset=…")
        position = Position(epoch=epoch, offset=int(offset))
    if not service or not topic:
        raise Refused(CloseCode.PROTOCOL_ERROR, "a topic is service/topic")
    return SubscriptionRequest(service=service, topic=topic, position=position)


class PushFlow(Flow):
    """Nobody answers pings here. What the server has taken counts as acknowledged; an answer is bounded."""

    async def room(self, window_bytes: int) -> None:
        """A page at a time, while the server takes them."""
        while self.waiting_bytes > window_bytes:  # noqa: ASYNC110 — the outbox tells nobody when it moves on
            await asyncio.sleep(0.05)

    def push(self, frame: Frame) -> None:
        self.sent_bytes += frame.size
        self._outbox.push(frame)
        self.take_stock()

    def take_stock(self) -> None:
        self.acknowledged_bytes = self.sent_bytes - self.waiting_bytes

    def tick(self, now: float) -> None:
        if now >= self._next_ping:
            self.ping()
            self._pings.clear()


class Push:
    """Innermost stage: one connection of the hub whose frames are written as events."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        hub = current_hub()
        hub.require_open()

        async def send_frame(message: Message) -> None:
            await send(chunk(b"data: " + message["text"].encode() + b"\n\n"))

        connection = Connection(scope["context"], send_frame, hub, flow=PushFlow)
        connection.transport = "push"
        hub.connections.add(connection)
        gone = asyncio.ensure_future(disconnected(receive))
        try:
            await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
            await connection.open(scope["hello"])
            with metrics.welcomed("push"):
                await self._serve(connection, gone, send)
        finally:
            gone.cancel()
            hub.connections.discard(connection)
            connection.close(clean=True)

    async def _serve(self, connection: Connection, gone: "asyncio.Future[None]", send: Send) -> None:
        flow, ends_at = connection.flow, time.monotonic() + ANSWER_SECONDS
        assert isinstance(flow, PushFlow)
        told, told_bytes, told_at = "", 0, time.monotonic()
        while not gone.done():
            await asyncio.wait((gone, connection.ended), timeout=0.25, return_when=asyncio.FIRST_COMPLETED)
            now = time.monotonic()
            flow.take_stock()
            over = flow.sent_bytes > ANSWER_BYTES or now > ends_at
            due = now - told_at > CURSOR_SECONDS or flow.sent_bytes - told_bytes > CURSOR_BYTES
            # Nothing that waits in the outbox may be overtaken by a cursor that says it was read.
            if (due or over or connection.ended.done()) and not flow.waiting_bytes:
                told_bytes, told_at, cursor = flow.sent_bytes, now, cursor_of(connection)
                if cursor and cursor != told:
                    told = cursor
                    await send(chunk(b"event: cursor\nid: " + cursor.encode() + b"\ndata: {}\n\n"))
            if connection.ended.done():
                raise connection.ended.result()
            # Else what still waits would be sent again to whoever goes on from the cursor.
            if over and not flow.waiting_bytes:
                await send({"type": "http.response.body", "body": b"", "more_body": False})
                return


def cursor_of(connection: Connection) -> str:
    """Where every log of the answer is, in the words of `?subscribe=`."""
    logs = (one for one in connection.subscriptions.values() if isinstance(one, LogSubscription) and not one.paused)
    return ",".join(f"{log.name[0]}/{log.name[1]};epoch={log.topic.epoch};offset={log.last}" for log in logs)


def chunk(body: bytes) -> Message:
    return {"type": "http.response.body", "body": body, "more_body": True}


async def disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
