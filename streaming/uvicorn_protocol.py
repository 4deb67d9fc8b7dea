"""uvicorn's WebSocket protocol with one thing more: frames that are ready are written without being framed again.

It offers the ASGI extension `widgetapp.prepared`, with one `line` (`streaming.flow.Line`): `line.write(frame)` hands a
whole frame to the transport, while `line.open` says that the transport takes it. Else the caller sends in the usual
way, which waits or raises.
"""

from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.protocol import OPEN

from streaming.flow import Line

EXTENSION = "widgetapp.prepared"


class StreamProtocol(WebSocketsSansIOProtocol):
    line: Line | None = None

    def handle_connect(self, event: Any) -> None:
        super().handle_connect(event)
        if not self.close_sent:
            self.line = Line(self.transport.write)
            # The application's task was made, and has not begun yet.
            self.scope["extensions"][EXTENSION] = {"line": self.line}

    def pause_writing(self) -> None:
        super().pause_writing()
        self._shut()

    def resume_writing(self) -> None:
        super().resume_writing()
        if self.line is not None:
            self.line.open = self.conn.state is OPEN and not self.disconnected

    def handle_close(self, event: Any) -> None:
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
