"""uvicorn's HTTP protocol with bounds: header bytes, count and seconds, framing of a body, connections of an address.

Bytes are counted before the parser sees them, because it keeps a header until its end, and copies it for each read.
What goes over is answered once (431, 400), after what was asked before it, and the connection ends.
"""

import asyncio
import re
from collections import Counter
from secrets import token_hex
from typing import Any

from django.conf import settings
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from streaming.forwarded import address_key, comes_from_proxy
from widgetapp.edge.refusals import HeadersTooLarge, Malformed, Refused, answer_of
from widgetapp.edge.uvicorn_answers import Closer, unframed

# A body of chunks of one byte is mostly frame; more than this is no body.
FRAME_BYTES_A_BYTE = 16
# What waits for the answer before it on one connection.
PIPELINED = 100
# For how much and how long a client may go on sending what is not read, so that it finds the answer that says so.
LINGER_BYTES = 4 * 1024 * 1024
LINGER_SECONDS = 5.0
ABSOLUTE = re.compile(rb"https?://([^/?#]*)", re.IGNORECASE)


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
        # Of what is thrown away, once nothing more is taken.
        self._unread_bytes: int | None = None
        self._upgraded = self._left = False
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
        if self._in_head or self._left or not self.transport.can_write_eof():
            self.transport.close()
            return
        self._left = True
        self._unread_bytes = self._unread_bytes or 0
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
        if state != (self._in_head, self._heads) or self._is_over():
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
        super().on_header(name, value.rstrip(b" \t"))  # the parser takes off only what stands before it

    def on_headers_complete(self) -> None:
        self._have_head()
        self._take_authority()
        if problem := self._problem():
            self._refused = Malformed(problem)
            raise self._refused
        super().on_headers_complete()
        self._begin(in_head=False)

    def _take_authority(self) -> None:
        """A target that is a whole URL names the host; what `Host` says then does not count (RFC 9112, 3.2.2)."""
        if found := ABSOLUTE.match(self.url):
            self.headers[:] = [(name, found[1] if name == b"host" else value) for name, value in self.headers]

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
        """Nothing more is read. What was asked before is answered first."""
        self._refused = refused
        is_first = not self._asked_before()
        self._in_head, self._unread_bytes = False, 0
        if is_first:
            self._tell()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self._unread_bytes is not None and not self._left and not self._is_answering():
            self._tell()

    def _tell(self) -> None:
        headers, body = answer_of(self._refused, getattr(self, "url", b"").decode("latin-1"), token_hex(8))
        head = [b"%s: %s\r\n" % header for header in [*self.server_state.default_headers, *headers]]
        self.transport.write(b"".join((STATUS_LINE[self._refused.status], *head, b"\r\n", body)))
        self._forsake(self.cycle)
        self.leave()

    def _asked_before(self) -> bool:
        """Whether a request that came whole waits for its answer. What came in part is forgotten."""
        if not self._is_answering():
            return False
        if not self._in_head and self.pipeline:
            self.pipeline.popleft()
            # The one that runs is why the others wait.
            self.cycle = self.pipeline[0][0] if self.pipeline else self._running  # type: ignore[assignment]
            return True
        return self._in_head or self.cycle.response_started

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._running = cycle
        cycle.transport = self._closer  # type: ignore[assignment]
        super()._start_asgi_task(cycle, unframed(app, cycle) if cycle.scope["http_version"] == "1.0" else app)
