"""1. Accept the connection, read its `hello`; turn every refusal into `bye` and a close code (H1, H2, C).

A refusal before the accept would reach a browser as 1006 without a reason, so the filters run after it.
"""

import asyncio
from contextlib import suppress

from django.conf import settings

from streaming import metrics
from streaming.asgi_types import Application, Receive, Scope, Send
from streaming.close_codes import CloseCode
from streaming.context import RequestContext
from streaming.errors import Refused, refusal_of
from streaming.fanout.hub import current_hub
from streaming.forwarded import address_key, client_address
from streaming.protocol import FRAME_BYTES, SUBPROTOCOL, VERSION, Bye, FrameError, Hello, decode_client, encode

HELLO_SECONDS = 10.0
BYE_SECONDS = 1.0


class Disconnected(Exception):
    """The client left before it said hello."""


class Accept:
    """Outermost stage. Whatever happens inside, the socket is closed explicitly, on every ASGI server."""

    def __init__(self, application: Application, *, most_waiting: int | None = None) -> None:
        self._application = application
        self._most_waiting = settings.STREAM_WAITING_PER_ADDRESS if most_waiting is None else most_waiting
        # Address → the deadlines of those who have not said hello yet, the oldest first.
        self._waiting: dict[str, dict[asyncio.Timeout, None]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if (await receive())["type"] != "websocket.connect":
            return
        offered = scope.get("subprotocols", [])
        await send({"type": "websocket.accept", "subprotocol": SUBPROTOCOL if SUBPROTOCOL in offered else None})
        with metrics.arriving("websocket"):
            await self._serve(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            hello = await self._hello(scope, receive)
            await self._application({**scope, "hello": hello, "context": RequestContext()}, receive, send)
        except Disconnected:
            return
        except Exception as error:
            await self._refuse(scope, refusal_of(error), receive, send)

    async def _hello(self, scope: Scope, receive: Receive) -> Hello:
        address = address_key(client_address(scope))
        waiting = self._waiting.setdefault(address, {})
        self._make_room(waiting)
        deadline = asyncio.timeout(HELLO_SECONDS)
        waiting[deadline] = None
        try:
            async with deadline:
                return read_hello(await receive())
        except TimeoutError:
            pushed_out = deadline not in waiting
            raise Refused(CloseCode.TOO_MANY_CONNECTIONS if pushed_out else CloseCode.HELLO_TIMEOUT) from None
        finally:
            waiting.pop(deadline, None)
            if not waiting and self._waiting.get(address) is waiting:
                del self._waiting[address]

    def _make_room(self, waiting: dict[asyncio.Timeout, None]) -> None:
        """The oldest goes: an honest client has said hello by then, and nobody can lock out others behind its NAT."""
        while len(waiting) >= self._most_waiting:
            oldest = next(iter(waiting))
            del waiting[oldest]
            if not oldest.expired():
                oldest.reschedule(asyncio.get_running_loop().time())

    async def _refuse(self, scope: Scope, refused: Refused, receive: Receive, send: Send) -> None:
        code = int(refused.code)
        current_hub().record(scope, refused)
        bye = encode(Bye(code=code, reason=refused.reason, retry=refused.retry)).decode()
        # A peer that does not read would block these for ever; the kernel's timeout ends it.
        with suppress(Exception):
            async with asyncio.timeout(BYE_SECONDS):
                await send({"type": "websocket.send", "text": bye})
                while (await receive())["type"] != "websocket.disconnect":
                    pass
            return
        with suppress(Exception):
            async with asyncio.timeout(BYE_SECONDS):
                await send({"type": "websocket.close", "code": code, "reason": refused.reason})


def read_hello(message: object) -> Hello:
    """The first frame, which must be a hello of a version served here."""
    assert isinstance(message, dict)
    if message["type"] == "websocket.disconnect":
        raise Disconnected
    text = message.get("text")
    if text is None:
        raise Refused(CloseCode.PROTOCOL_ERROR, "the first frame must be a text frame with hello")
    if len(text) > FRAME_BYTES or len(text.encode("utf-8", "surrogatepass")) > FRAME_BYTES:
        raise Refused(CloseCode.FRAME_TOO_BIG)
    try:
        hello = decode_client(text)
    except FrameError as error:
        raise Refused(CloseCode.PROTOCOL_ERROR, f"the first frame must be hello: {error.message}"[:120]) from None
    if not isinstance(hello, Hello):
        raise Refused(CloseCode.PROTOCOL_ERROR, "the first frame must be hello")
    if hello.version != VERSION:
        raise Refused(CloseCode.VERSION_NOT_SERVED)
    return hello
