"""A frame as it goes out: encoded once, and brought once into each form that a server takes (F4)."""

from collections.abc import Sequence

from streaming.asgi_types import Message

TEXT = 0x81


class PreparedFrame:
    """Shared by all connections that are sent it. `payload`: one JSON object, or an array of them (`batch`, F1).

    `websocket`: the whole WebSocket frame (RFC 6455, 5.2), ready for the transport.
    """

    __slots__ = ("_event", "_message", "batch", "payload", "size", "websocket")

    def __init__(self, payload: bytes, *, batch: bool = False) -> None:
        self.payload, self.batch, self.size = payload, batch, len(payload)
        self.websocket = header_of(self.size) + payload
        self._message: Message | None = None
        self._event: Message | None = None

    @property
    def message(self) -> Message:
        """For an ASGI server's `send`; servers only read it."""
        if self._message is None:
            self._message = {"type": "websocket.send", "text": self.payload.decode()}
        return self._message

    @property
    def event(self) -> Message:
        """The same as a server-sent event (E1)."""
        if self._event is None:
            body = b"data: %b\n\n" % self.payload
            self._event = {"type": "http.response.body", "body": body, "more_body": True}
        return self._event


def header_of(size: int) -> bytes:
    """The bytes of a WebSocket frame before its payload: text, final, not masked."""
    if size < 126:
        return bytes((TEXT, size))
    if size < 65536:
        return bytes((TEXT, 126)) + size.to_bytes(2, "big")
    return bytes((TEXT, 127)) + size.to_bytes(8, "big")


def joined(frames: Sequence[PreparedFrame]) -> PreparedFrame:
    """One batch of them, in order."""
    if len(frames) == 1:
        return frames[0]
    parts = [frame.payload[1:-1] if frame.batch else frame.payload for frame in frames]
    return PreparedFrame(b"[" + b",".join(parts) + b"]", batch=True)
