"""A network between client and server that may let no WebSocket through, as that of a firm or a hotel."""

import asyncio
from contextlib import suppress
from typing import Self

REFUSAL = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Gate:
    """Passes HTTP at all times; WebSocket while it is open. `async with`, then `url`."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._open = True
        self._lines: dict[asyncio.Task[None], bool] = {}
        self.refused = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *exception: object) -> None:
        self._server.close()
        self.cut()
        await asyncio.gather(*self._lines, return_exceptions=True)

    def open(self) -> None:
        self._open = True

    def shut(self) -> None:
        """What is upgraded already is cut as well."""
        self._open = False
        self.cut(upgraded=True)

    def cut(self, *, upgraded: bool | None = None) -> None:
        for line, is_upgraded in list(self._lines.items()):
            if upgraded is None or upgraded == is_upgraded:
                line.cancel()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            self._lines[task] = b"upgrade: websocket" in head.lower()
            if self._lines[task] and not self._open:
                self.refused += 1
                writer.write(REFUSAL)
            else:
                await self._pass(head, reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._lines.pop(task, None)
            writer.close()

    async def _pass(self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from_server, to_server = await asyncio.open_connection("127.0.0.1", self._port)
        to_server.write(head)
        ways = [asyncio.ensure_future(pump(reader, to_server)), asyncio.ensure_future(pump(from_server, writer))]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            to_server.close()


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
