"""How an answer of the application goes out over uvicorn's HTTP protocol, where that does it otherwise."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from streaming.asgi_types import Application, Message, Receive, Scope, Send

if TYPE_CHECKING:
    from widgetapp.edge.uvicorn_http import HttpProtocol


class Closer:
    """The transport, as an answer sees it: uvloop's raises when it is closed."""

    __slots__ = ("_protocol",)

    def __init__(self, protocol: "HttpProtocol") -> None:
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
