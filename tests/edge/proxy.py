"""A proxy on the same host that ends TLS, as nginx is set up in docs/deployment.md: a few lines around two sockets."""

import asyncio
import threading
from contextlib import suppress

from tests.gate import pump


class Proxy:
    """It says who asked, and that it came over https; everything else passes as it is, WebSockets too."""

    def __init__(self, port: int) -> None:
        self._target, self._ready = port, threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        self._ready.wait()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._server = self._loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.port = self._server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        self._loop.run_until_complete(self._end())
        self._loop.close()

    async def _end(self) -> None:
        self._server.close()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0)  # what was closed says so to the loop once

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request a connection, so that each is seen."""
        try:
            with suppress(OSError, asyncio.IncompleteReadError):
                await self._pass_on(await reader.readuntil(b"\r\n\r\n"), reader, writer)
        finally:
            writer.close()

    async def _pass_on(self, top: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = writer.get_extra_info("peername")[0].encode()
        said = b"\r\nX-Forwarded-For: " + peer + b"\r\nX-Forwarded-Proto: https\r\n"
        upgrades = b"upgrade: websocket" in top.lower()
        from_server, to_server = await asyncio.open_connection("127.0.0.1", self._target)
        to_server.write(top[:-4] + said + (b"" if upgrades else b"Connection: close\r\n") + b"\r\n")
        ways = [asyncio.ensure_future(pump(reader, to_server)), asyncio.ensure_future(pump(from_server, writer))]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            to_server.close()

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
