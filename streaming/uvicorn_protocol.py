"""uvicorn's WebSocket protocol with one thing more: frames that are ready are written without being framed again.

It offers the ASGI extension `widgetapp.prepared`, with one callable, `write(frame: bytes) -> bool`. False: the
transport is full or gone, and the caller sends in the usual way, which waits or raises.
"""

from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.protocol import OPEN

EXTENSION = "widgetapp.prepared"


class StreamProtocol(WebSocketsSansIOProtocol):
    def handle_connect(self, event: Any) -> None:
        super().handle_connect(event)
        if not self.close_sent:
            # The application's task was made, and has not begun yet.
            self.scope["extensions"][EXTENSION] = {"write": self.write_prepared}

    def write_prepared(self, frame: bytes) -> bool:
        # A close that was sent or received shows in the state.
        if not self.writable.is_set() or self.disconnected or self.conn.state is not OPEN:
            return False
        self.transport.write(frame)
        return True
