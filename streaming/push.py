"""HTTP push: the same frames, from the same services behind the same filters, as server-sent events (E1).

For networks without WebSocket, and for `curl -N`. Downstream only: edits are AJAX anyway. An answer ends after 1 MiB or
10 minutes; a client goes on with the id of the event that it read last, and so acknowledges it.
"""

import asyncio
import logging
import time
from collections.abc import Sequence
from contextlib import suppress
from http import HTTPStatus
from urllib.parse import parse_qsl

from msgspec.structs import replace

from streaming import metrics, places
from streaming.asgi_types import Application, Message, Receive, Scope, Send, header, headers, request_id_of
from streaming.close_codes import CloseCode
from streaming.connection import Connection
from streaming.context import RequestContext
from streaming.decoding import MAX_INTEGER
from streaming.errors import Refused, refusal_of
from streaming.fanout.hub import current_hub
from streaming.problems import EVENTS, common_headers, refuse, retry_after, status_of, wants_events
from streaming.protocol import MAX_SUBSCRIPTIONS, VERSION, Bye, Hello, Position, SubscriptionRequest, encode
from streaming.push_flow import PushFlow

logger = logging.getLogger(__name__)

ANSWER_BYTES = 1024 * 1024
ANSWER_SECONDS = 600.0
QUERY_BYTES = 32 * 1024
HEADERS = [
    (b"content-type", EVENTS.encode()),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
    (b"vary", b"Accept, Cookie, Authorization"),
]


class AcceptPush:
    """Outermost stage: the query becomes a `hello`; a refusal before the first byte is an HTTP status."""

    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        context = RequestContext(request=request_id_of(scope))
        if scope["method"] != "GET":
            allowed = [(b"allow", b"GET")]
            status = HTTPStatus.METHOD_NOT_ALLOWED
            await refuse(send, context.request, status, "method_not_allowed", "only GET", allowed)
        elif not wants_events(",".join(headers(scope, b"accept"))):
            detail = f"connect with a WebSocket, or ask with Accept: {EVENTS}"
            await refuse(send, context.request, HTTPStatus.NOT_ACCEPTABLE, "not_acceptable", detail)
        else:
            await self._serve({**scope, "context": context}, receive, Answering(send))

    async def _serve(self, scope: Scope, receive: Receive, answering: "Answering") -> None:
        try:
            asked = asked_of(scope)
            scope = {**scope, "asked": asked, "hello": hello_of(scope, asked)}
            with metrics.arriving("push"):
                await self._application(scope, receive, answering)
        except Exception as error:
            await self._refuse(scope, refusal_of(error), answering)

    async def _refuse(self, scope: Scope, refused: Refused, answering: "Answering") -> None:
        code = int(refused.code)
        current_hub().record(scope, refused)
        if answering.started:
            bye = encode(Bye(code=code, reason=refused.reason, retry=refused.retry))
            with suppress(Exception):
                await answering.end(b"data: " + bye + b"\n\n")
            return
        status = status_of(refused.code)
        later = retry_after(status, refused.retry)
        await refuse(answering, scope["context"].request, status, f"stream_{code}", refused.reason, later)


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


def asked_of(scope: Scope) -> list[str]:
    """Every `subscribe=` of the query, as it was written."""
    query: bytes = scope.get("query_string", b"")
    if len(query) > QUERY_BYTES:
        raise Refused(CloseCode.PROTOCOL_ERROR, f"the query is longer than {QUERY_BYTES} bytes")
    try:
        pairs = parse_qsl(query.decode("ascii"), separator="&", errors="strict", max_num_fields=2 * MAX_SUBSCRIPTIONS)
    except ValueError:
        raise Refused(CloseCode.PROTOCOL_ERROR, "the query cannot be read") from None
    asked = [value for name, value in pairs if name == "subscribe"]
    if len(asked) > MAX_SUBSCRIPTIONS:
        raise Refused(CloseCode.PROTOCOL_ERROR, f"more than {MAX_SUBSCRIPTIONS} topics")
    return asked


def hello_of(scope: Scope, asked: Sequence[str]) -> Hello:
    """`?subscribe=things/<id>;epoch=…;offset=…` once for each topic; `Last-Event-ID` knows better where to go on."""
    subscriptions = [subscription_of(text) for text in asked]
    if reached := header(scope, b"last-event-id"):
        found = zip(subscriptions, places.read(reached, asked), strict=True)
        subscriptions = [replace(one, position=position or one.position) for one, position in found]
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


class Push:
    """Innermost stage: one connection of the hub whose frames are written as events."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        hub, context, hello = current_hub(), scope["context"], scope["hello"]
        hub.require_open()
        connection = Connection(context, send, hub, flow=PushFlow)
        connection.transport = "push"
        flow = connection.flow
        assert isinstance(flow, PushFlow)
        flow.places = places.Places(connection, scope["asked"], hello.subscriptions)
        hub.connections.add(connection)
        gone = asyncio.ensure_future(disconnected(receive))
        try:
            told = HEADERS + common_headers(context.request)
            await send({"type": "http.response.start", "status": 200, "headers": told})
            await connection.open(hello)
            with metrics.welcomed("push"):
                await self._serve(connection, flow, gone)
        finally:
            gone.cancel()
            hub.connections.discard(connection)
            connection.close(clean=True)
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _serve(self, connection: Connection, flow: PushFlow, gone: "asyncio.Future[None]") -> None:
        """Until the client goes, or the answer is long enough and all of it was taken by the server. Raises `Refused`
        when the server ends the connection.
        """
        ends_at = time.monotonic() + ANSWER_SECONDS
        while not gone.done():
            await asyncio.wait((gone, connection.ended), timeout=0.25, return_when=asyncio.FIRST_COMPLETED)
            if connection.ended.done():
                raise connection.ended.result()
            flow.take_stock()
            over = flow.sent_bytes > ANSWER_BYTES or time.monotonic() > ends_at
            if over and not flow.waiting_bytes:
                return


async def disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
