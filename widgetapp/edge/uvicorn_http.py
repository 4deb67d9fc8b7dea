"""uvicorn's HTTP protocol with bounds: header bytes, count and seconds, framing of a body, connections of an address.

Bytes are counted before the parser sees them, because it keeps a header until its end, and copies it for each read.
What goes over is answered once (431, 400) where that is possible, and the connection ends.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from secrets import token_hex
from typing import Any

from django.conf import settings
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from streaming.asgi_types import Application, Message, Receive, Scope, Send
from streaming.forwarded import address_key, comes_from_proxy
from widgetapp.edge.refusals import HeadersTooLarge, Malformed, Refused, answer_of

# A body of chunks of one byte is mostly frame; more than this is no body.
FRAME_BYTES_A_BYTE = 16
PIPELINED = 16
# For how much and how long a client may go on sending what is not read, so that it finds the answer that says so.
LINGER_BYTES = 4 * 1024 * 1024
LINGER_SECONDS = 5.0


class HttpProtocol(HttpToolsProtocol):
    _open: Counter[str] = Counter()

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._counted: str | None = None
        self._deadline: asyncio.TimerHandle | None = None
        self._refused: Refused = Malformed()
        self._closer = Closer(self)
        self._in_head, self._heads = True, 0
        # Of the head that is read, or of the body and its frame.
        self._wire_bytes = self._body_bytes = 0
        self._unread_bytes: int | None = None
        self._upgraded = False
        self._running: RequestResponseCycle | None = None

    # --- the connection

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        if not comes_from_proxy({"client": self.client}):
            self._count(address_key(self.client[0] if self.client else ""))
        self._await_head()

    def _count(self, address: str) -> None:
        if self._open[address] >= settings.HTTP_CONNECTIONS_PER_ADDRESS:
            self.transport.abort()
            return
        self._open[address] += 1
        self._counted = address

    def _uncount(self) -> None:
        if self._counted is not None:
            self._open[self._counted] -= 1
            if not self._open[self._counted]:
                del self._open[self._counted]
            self._counted = None

    def connection_lost(self, exc: Exception | None) -> None:
        self._uncount()
        self._have_head()
        self._forsake(self._running)  # uvicorn tells only the one that came last
        super().connection_lost(exc)

    def _forsake(self, cycle: RequestResponseCycle | None) -> None:
        if cycle is not None and not cycle.response_complete:
            cycle.disconnected = True
            cycle.message_event.set()

    def handle_websocket_upgrade(self) -> None:
        """From here on it is one of the stream's connections, with bounds of their own."""
        self._uncount()
        self._upgraded = True
        super().handle_websocket_upgrade()

    def _await_head(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(settings.HTTP_HEADER_SECONDS, self.transport.close)

    def _have_head(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def leave(self) -> None:
        """After an answer. A reset, which unread bytes cause, would take the answer with it."""
        if self._in_head or self._unread_bytes is not None or not self.transport.can_write_eof():
            self.transport.close()
            return
        self._unread_bytes = 0
        self.transport.write_eof()
        self.loop.call_later(LINGER_SECONDS, self.transport.close)

    # --- what is read

    def data_received(self, data: bytes) -> None:
        if self._unread_bytes is not None:
            self._throw_away(data)
            return
        while data and not self._is_over():
            room = settings.HTTP_HEADER_BYTES + 1 - (self._wire_bytes if self._in_head else 0)
            piece, data = (data, b"") if len(data) <= room else (data[:room], data[room:])
            self._feed(piece)
        if self._in_head and not self._is_over() and not self._is_answering():
            self._await_head()

    def _is_over(self) -> bool:
        return self._upgraded or self._unread_bytes is not None or self.transport.is_closing()

    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _throw_away(self, data: bytes) -> None:
        assert self._unread_bytes is not None
        self._unread_bytes += len(data)
        if self._unread_bytes > LINGER_BYTES:
            self.transport.close()

    def _feed(self, piece: bytes) -> None:
        state = self._in_head, self._heads
        super().data_received(piece)
        if state != (self._in_head, self._heads):
            return  # another part began within the piece: it is counted from the next one on
        self._wire_bytes += len(piece)
        if self._in_head and self._wire_bytes > settings.HTTP_HEADER_BYTES:
            self._refuse(HeadersTooLarge(f"at most {settings.HTTP_HEADER_BYTES} bytes"))
        elif self._wire_bytes - self._body_bytes > settings.HTTP_HEADER_BYTES + FRAME_BYTES_A_BYTE * self._body_bytes:
            self._refuse(Malformed("a body is not all frame"))

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._in_head:
            return  # trailers come when the request was begun: nobody reads them
        if len(self.headers) >= settings.HTTP_HEADER_COUNT:
            self._refused = HeadersTooLarge(f"at most {settings.HTTP_HEADER_COUNT} headers")
            raise self._refused
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._begin(in_head=False)
        self._have_head()
        if problem := self._problem():
            self._refused = Malformed(problem)
            raise self._refused
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._body_bytes += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._begin(in_head=True)
        super().on_message_complete()

    def _begin(self, *, in_head: bool) -> None:
        self._in_head, self._heads = in_head, self._heads + in_head
        self._wire_bytes = self._body_bytes = 0

    def _problem(self) -> str:
        """What this server would get wrong. The application asks for the rest, on every server."""
        names = [name for name, _ in self.headers]
        lengths = [value for name, value in self.headers if name == b"content-length"]
        has_body = b"transfer-encoding" in names or any(value.strip(b"0") for value in lengths)
        if self.parser.should_upgrade() and has_body:
            return "a request that asks for an upgrade has no body here"
        if self.parser.should_upgrade() and names.count(b"host") != 1:
            return "a request names its host, once"
        return "too many requests without waiting for an answer" if len(self.pipeline) >= PIPELINED else ""

    def _unsupported_upgrade_warning(self) -> None:
        """Whoever offers HTTP/2 is served without; that is nothing to be told of."""

    # --- what is answered

    def send_400_response(self, msg: str) -> None:
        """uvicorn calls it for whatever the parser, or a callback above, does not take."""
        self._refuse(self._refused)

    def _refuse(self, refused: Refused) -> None:
        if not self._can_answer():
            self.transport.close()
            return
        headers, body = answer_of(refused, getattr(self, "url", b"").decode("latin-1"), token_hex(8))
        head = [b"%s: %s\r\n" % header for header in [*self.server_state.default_headers, *headers]]
        self.transport.write(b"".join((STATUS_LINE[refused.status], *head, b"\r\n", body)))
        self._forsake(self.cycle)
        self._in_head = False
        self.leave()

    def _can_answer(self) -> bool:
        """Not in the middle of another answer, nor before its turn."""
        if not self._is_answering():
            return True
        return not self._in_head and not self.pipeline and not self.cycle.response_started

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._running = cycle
        cycle.transport = self._closer  # type: ignore[assignment]
        super()._start_asgi_task(cycle, unframed(app, cycle) if cycle.scope["http_version"] == "1.0" else app)


class Closer:
    """The transport, as an answer sees it: uvloop's raises when it is closed."""

    __slots__ = ("_protocol",)

    def __init__(self, protocol: HttpProtocol) -> None:
        self._protocol = protocol

    def write(self, data: bytes) -> None:
        if not self.is_closing():
            self._protocol.transport.write(data)

    def is_closing(self) -> bool:
        return self._protocol.transport.is_closing()

    def close(self) -> None:
        if not self.is_closing():
            self._protocol.leave()


def unframed(application: Application, cycle: RequestResponseCycle) -> Callable[..., Any]:
    """HTTP/1.0 knows no chunks: an answer without a length ends with its connection."""

    async def answering(scope: Scope, receive: Receive, send: Send) -> None:
        has_length = False

        async def send_unframed(message: Message) -> None:
            nonlocal has_length
            if message["type"] == "http.response.start":
                has_length = any(name.lower() == b"content-length" for name, _ in message["headers"])
                if not has_length:
                    cycle.chunked_encoding = False
            elif not has_length:
                cycle.expected_content_length = len(message.get("body", b""))
            await send(message)

        await application(scope, receive, send_unframed)

    return answering
