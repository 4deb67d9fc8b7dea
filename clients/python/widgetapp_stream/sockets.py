"""The real socket: `websockets` behind the callbacks that a connection expects."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.typing import Origin, Subprotocol

from widgetapp_stream.close_codes import LOST
from widgetapp_stream.environment import Socket, SocketOwner, Tasks, report
from widgetapp_stream.frames import SUBPROTOCOL

OPEN_SECONDS = 10.0
MAX_BYTES = 4 * 1024 * 1024  # a batch of events; one event is at most 256 KiB (F5)
CLOSE_SECONDS = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where to, and as whom. `headers` carry the bearer token or the cookie: never the URL (F6)."""

    url: str
    headers: dict[str, str]
    origin: str | None = None

    @classmethod
    def signed_in(cls, url: str, *, token: str | None, cookie: str | None, origin: str | None) -> "Address":
        given = {"Authorization": token and f"Bearer {token}", "Cookie": cookie}
        headers = {name: value for name, value in given.items() if value}
        return cls(url=stream_url(url), headers=headers, origin=origin)


def stream_url(address: str) -> str:
    """`wss://host/_stream` as it is; `https://host` is the address of a site and becomes that. Raises ValueError."""
    scheme, separator, rest = address.partition("://")
    if scheme in ("ws", "wss") and separator:
        return address
    if scheme in ("http", "https") and separator:
        return f"{scheme.replace('http', 'ws')}://{rest.rstrip('/')}/_stream"
    raise ValueError(f"expected the address of a site (https://…) or of a stream (wss://…), got {address!r}")


def socket_opener(address: Address, tasks: Tasks) -> Callable[[SocketOwner], Socket]:
    return lambda owner: WebSocket(address, owner, tasks)


class WebSocket:
    """Frames go out in order through one writer; the owner is called from the reader, in order."""

    def __init__(self, address: Address, owner: SocketOwner, tasks: Tasks) -> None:
        self._address, self._owner = address, owner
        self._outgoing: asyncio.Queue[str | None] = asyncio.Queue()
        self._silent, self._opening = False, True
        self._task = tasks.start(self._run())

    def send(self, text: str) -> None:
        self._outgoing.put_nowait(text)

    def close(self, code: int) -> None:
        """A closing handshake after what was sent; the owner hears nothing more."""
        self._silent = True
        if self._opening:
            self._task.cancel()
        else:
            self._outgoing.put_nowait(None)

    async def _run(self) -> None:
        try:
            async with asyncio.timeout(OPEN_SECONDS):
                socket = await self._connect()
        except (OSError, WebSocketException) as error:  # a TimeoutError is an OSError
            code, reason = LOST, str(error) or "no connection in time"
        else:
            self._opening = False
            code, reason = await self._serve(socket)
        self._opening = False
        if not self._silent:
            self._owner.closed(code, reason)

    async def _connect(self) -> ClientConnection:
        address = self._address
        return await connect(
            address.url,
            origin=Origin(address.origin) if address.origin else None,
            additional_headers=address.headers,
            subprotocols=[Subprotocol(SUBPROTOCOL)],
            compression=None,
            max_size=MAX_BYTES,
            ping_interval=None,  # the protocol has its own (B2)
            close_timeout=CLOSE_SECONDS,
            proxy=None,
        )

    async def _serve(self, socket: ClientConnection) -> tuple[int, str]:
        writer = asyncio.create_task(self._write(socket))
        try:
            if not self._silent:
                self._owner.opened()
            while True:
                text = await socket.recv()
                if not self._silent:
                    self._owner.received(text, 0.0)
        except ConnectionClosed:
            return socket.close_code or LOST, socket.close_reason or ""
        finally:
            writer.cancel()
            await asyncio.gather(writer, return_exceptions=True)
            await socket.close()

    async def _write(self, socket: ClientConnection) -> None:
        """Until told to close; a connection that breaks is noticed by the reader."""
        try:
            while (text := await self._outgoing.get()) is not None:
                await socket.send(text)
            await socket.close()
        except ConnectionClosed:
            return
        except Exception as error:
            report(error)
            await socket.close()
