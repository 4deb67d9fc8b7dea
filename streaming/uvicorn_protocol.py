"""uvicorn's WebSocket protocol, which also writes prepared frames, and reads floods in pieces.

It offers the ASGI extension `widgetapp.prepared`, with one `line` (`streaming.flow.Line`): `line.write(frame)` hands a
whole frame to the transport, while `line.open` says that the transport takes it. Otherwise the caller sends in the
usual way, which waits or raises.
"""

import asyncio
from collections import deque
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame
from websockets.http11 import Request
from websockets.protocol import OPEN

from streaming.asgi_types import Message
from streaming.close_codes import CloseCode
from streaming.flow import Line
from streaming.intake import Bucket

EXTENSION = "widgetapp.prepared"
# Of one read of up to 256 KiB: 37,000 frames of one byte would stall the loop for a fifth of a second.
PIECE_BYTES = 16 * 1024
# Pings, pongs and further fragments of a message: they never reach the application, which has rates for the rest.
PIECES_PER_SECOND = 100
PIECES_BURST = 500


class StreamProtocol(WebSocketsSansIOProtocol):
    line: Line | None = None
    _unread = memoryview(b"")
    _pieces: Bucket | None = None

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.queue = Received()  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        """One piece in each turn of the loop, and none until the application has taken what came before."""
        self._unread = memoryview(bytes(self._unread) + data) if self._unread else memoryview(data)
        self._read()

    def _read(self) -> None:
        if not self._unread or self.read_paused or self.transport.is_closing():
            return
        piece, self._unread = self._unread[:PIECE_BYTES], self._unread[PIECE_BYTES:]
        super().data_received(bytes(piece))
        self._read_on()

    async def receive(self) -> Any:
        message = await super().receive()
        self._read_on()
        return message

    def _read_on(self) -> None:
        """Go on with what was read already, then with the socket."""
        if self.read_paused:
            return
        if self._unread:
            self.transport.pause_reading()
            self.loop.call_soon(self._read)
        else:
            self.transport.resume_reading()

    def handle_ping(self) -> None:
        if self._may_come():
            super().handle_ping()

    def handle_pong(self, event: Frame) -> None:
        if self._may_come():
            super().handle_pong(event)

    def handle_cont(self, event: Frame) -> None:
        if self._may_come():
            super().handle_cont(event)

    def _may_come(self) -> bool:
        """If not, the connection is closed, even before its hello."""
        if self.close_sent:
            return False
        if self._pieces is None:
            self._pieces = Bucket(PIECES_PER_SECOND, PIECES_BURST)
        if not self._pieces.wait():
            return True
        self.frames = []
        self.conn.send_close(CloseCode.TOO_MANY_ERRORS, "too many pings or fragments")
        self.handle_parser_exception()
        return False

    def send_receive_event_to_app(self) -> None:
        """Text that is no UTF-8 is the client's fault: it is closed as uvicorn does, without a traceback for each."""
        if self.curr_msg_data_type == "text" and not self.close_sent and not is_text(b"".join(self.frames)):
            self.frames = []
            self.conn.send_close(1007)
            self.handle_parser_exception()
        else:
            super().send_receive_event_to_app()

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if not self.close_sent:
            self.line = Line(self.transport.write)
            # The application's task was made, and has not begun yet.
            self.scope["extensions"][EXTENSION] = {"line": self.line}

    def start_keepalive(self) -> None:
        """The handshake is over: what it was made of, some 4 KiB, is not needed any more."""
        super().start_keepalive()
        del self.request, self.response

    def pause_writing(self) -> None:
        super().pause_writing()
        self._shut()

    def resume_writing(self) -> None:
        super().resume_writing()
        if self.line is not None:
            self.line.open = self.conn.state is OPEN and not self.disconnected

    def handle_close(self, event: Frame) -> None:
        self._shut()
        super().handle_close(event)

    def handle_parser_exception(self) -> None:
        self._shut()
        super().handle_parser_exception()

    def shutdown(self) -> None:
        self._shut()
        super().shutdown()

    def connection_lost(self, exc: Exception | None) -> None:
        self._shut()
        super().connection_lost(exc)

    def _shut(self) -> None:
        if self.line is not None:
            self.line.open = False


class Received:
    """What uvicorn needs of its queue, for one reader: an `asyncio.Queue` that waits empty takes 3 KiB."""

    __slots__ = ("_messages", "_reader")

    def __init__(self) -> None:
        self._messages: deque[Message] | None = None
        self._reader: asyncio.Future[None] | None = None

    def empty(self) -> bool:
        return self._messages is None

    def put_nowait(self, message: Message) -> None:
        if self._messages is None:
            self._messages = deque()
        self._messages.append(message)
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)

    async def get(self) -> Message:
        while self._messages is None:
            self._reader = asyncio.get_running_loop().create_future()
            await self._reader
        message = self._messages.popleft()
        if not self._messages:
            self._messages = None
        return message


def is_text(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
