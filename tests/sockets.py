"""WebSocket clients down to their bytes: for what a library would not send, and for thousands in one process."""

import asyncio
import base64
import itertools
import json
import os
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import msgspec

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
LOST = 1006
ADDRESSES = 200

Headers = Sequence[tuple[str, str]]
_addresses = itertools.cycle(f"127.0.{number // 250 + 1}.{number % 250 + 1}" for number in range(ADDRESSES))


def frame(payload: str | bytes, opcode: int = TEXT) -> bytes:
    """A client frame. Its mask is zero, which changes nothing and costs nothing."""
    data = payload.encode("utf-8", "surrogatepass") if isinstance(payload, str) else payload
    size = len(data)
    if size < 126:
        head = bytes((0x80 | opcode, 0x80 | size))
    elif size < 65536:
        head = bytes((0x80 | opcode, 0xFE)) + size.to_bytes(2, "big")
    else:
        head = bytes((0x80 | opcode, 0xFF)) + size.to_bytes(8, "big")
    return head + b"\0\0\0\0" + data


def upgrade(host: str, headers: Headers = ()) -> bytes:
    key = base64.b64encode(os.urandom(16)).decode()
    lines = [
        "GET /_stream HTTP/1.1", f"Host: {host}", "Upgrade: websocket", "Connection: Upgrade",
        f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13", *(f"{name}: {value}" for name, value in headers),
    ]  # fmt: skip
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


class Wire(asyncio.Protocol):
    """One socket. `on_frame(opcode, payload)` gets every frame of the server; `status` is what its HTTP answer said,
    `code` the close code, or 1006 for a line that was cut.
    """

    def __init__(self, host: str, headers: Headers = (), on_frame: Callable[[int, bytes], None] | None = None) -> None:
        self.host, self.headers, self.on_frame = host, headers, on_frame
        loop = asyncio.get_running_loop()
        self.upgraded: asyncio.Future[int] = loop.create_future()
        self.ended: asyncio.Future[int] = loop.create_future()
        self.code = LOST
        self._data = b""

    @property
    def status(self) -> int:
        return self.upgraded.result()

    def connection_made(self, transport: Any) -> None:
        self.transport: asyncio.Transport = transport
        transport.write(upgrade(self.host, self.headers))

    def write(self, *frames: bytes) -> None:
        if not self.transport.is_closing():
            self.transport.write(b"".join(frames))

    def send(self, *values: Any) -> None:
        self.write(*(frame(json.dumps(value)) for value in values))

    def data_received(self, data: bytes) -> None:
        self._data += data
        if not self.upgraded.done():
            head, end, rest = self._data.partition(b"\r\n\r\n")
            if not end:
                return
            self._data = rest
            self.upgraded.set_result(int(head.split(b" ", 2)[1]))
        while self.status == 101 and (taken := self._take()) is not None:
            self.received(*taken)

    def _take(self) -> tuple[int, bytes] | None:
        """The next whole frame of the server, which are never masked and never split."""
        data = self._data
        if len(data) < 2:
            return None
        size, start = data[1], 2
        if size > 125:
            start = 4 if size == 126 else 10
            size = int.from_bytes(data[2:start], "big")
        if len(data) < start + size:
            return None
        self._data = data[start + size :]
        return data[0] & 15, data[start : start + size]

    def received(self, opcode: int, payload: bytes) -> None:
        if opcode == CLOSE:
            self.code = int.from_bytes(payload[:2], "big") if payload else 1005
            self.write(frame(payload[:2], CLOSE))
        elif opcode == PING:
            self.write(frame(payload, PONG))
        if self.on_frame is not None:
            self.on_frame(opcode, payload)

    def connection_lost(self, error: Exception | None) -> None:
        if not self.upgraded.done():
            self.upgraded.set_result(0)
        if not self.ended.done():
            self.ended.set_result(self.code)

    def cut(self) -> None:
        self.transport.abort()


async def connected(
    url: str,
    headers: Headers = (),
    on_frame: Callable[[int, bytes], None] | None = None,
    *,
    address: str | None = None,
    receive_bytes: int | None = None,
) -> Wire:
    """A socket whose upgrade was answered. Each comes from another loopback address, as from another house."""
    parts = urlsplit(url)
    line = socket.socket()
    line.setblocking(False)
    # The port is chosen when it connects, so that thousands find one.
    with suppress(AttributeError, OSError):
        line.setsockopt(socket.IPPROTO_IP, getattr(socket, "IP_BIND_ADDRESS_NO_PORT", 24), 1)
    if receive_bytes is not None:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
    line.bind((address or next(_addresses), 0))
    loop = asyncio.get_running_loop()
    await loop.sock_connect(line, (parts.hostname, parts.port))
    _, wire = await loop.create_connection(lambda: Wire(parts.netloc, headers, on_frame), sock=line)
    await wire.upgraded
    return wire


def parts_of(payload: bytes) -> list[bytes]:
    """The objects of a frame in the very bytes that came; a batch holds several (F1)."""
    if payload[:1] != b"[":
        return [payload]
    return [bytes(raw) for raw in msgspec.json.decode(payload, type=list[msgspec.Raw])]
