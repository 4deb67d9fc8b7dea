"""A worker: one process that serves HTTP and the stream on the socket it was given.

uvicorn's own signal handling closes every socket with 1012 at once; here a worker first tells its clients to go (D1).
"""

import asyncio
import contextlib
import gc
import math
import signal
import socket
from collections.abc import Callable
from typing import Any

import uvicorn

from streaming.fanout.hub import current_hub
from streaming.uvicorn_protocol import StreamProtocol
from widgetapp.edge.uvicorn_http import HttpProtocol

GRACE_SECONDS = 10
BYE_SECONDS = 1.2
# Above the protocol's own limit, so that a frame too big is told with its code (F5).
WEBSOCKET_BYTES = 128 * 1024
GC_THRESHOLDS = (10_000, 20, 20)


class Worker(uvicorn.Server):
    """On SIGTERM it stops listening and asks its streams to move within `drain_seconds`, then lets uvicorn finish. On
    SIGINT, or when its parent is gone, all workers go: there is nowhere to move to. `serving` is called once.
    """

    def __init__(self, config: uvicorn.Config, parent: int, drain_seconds: float, serving: Callable[[], None]) -> None:
        super().__init__(config)
        self._parent, self._drain_seconds, self._serving = parent, drain_seconds, serving
        self._leaving: asyncio.Task[None] | None = None
        self._within_seconds = math.inf

    @contextlib.contextmanager
    def capture_signals(self):  # type: ignore[no-untyped-def]
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, self._leave, self._drain_seconds)
        loop.add_signal_handler(signal.SIGINT, self._leave, 0.0)
        # Readable when the other end is closed, however the parent died.
        loop.add_reader(self._parent, self._orphaned, loop)
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._serving()

    def _orphaned(self, loop: asyncio.AbstractEventLoop) -> None:
        loop.remove_reader(self._parent)
        self._leave(0.0)

    def _leave(self, within_seconds: float) -> None:
        """Whoever asks again may shorten it: a supervisor that signals every process at once also ends them all."""
        if within_seconds < self._within_seconds:
            self._within_seconds = within_seconds
            if self._leaving is not None:
                self._leaving.cancel()
            self._leaving = asyncio.ensure_future(self._drain(within_seconds))

    async def _drain(self, within_seconds: float) -> None:
        # The socket goes on listening in the other workers.
        for server in getattr(self, "servers", []):  # none yet while it starts
            server.close()
        self._let_go()
        await current_hub().drain(within_seconds)
        # Clients answer `bye` by closing; what has not gone by then is cut.
        await asyncio.sleep(BYE_SECONDS)
        self.should_exit = True

    def _let_go(self) -> None:
        """Every answer from now on ends its connection: the client's next request goes to another worker. One that was
        sent while its connection is closed would have no answer.
        """
        self.config.encoded_headers.append((b"connection", b"close"))
        self.server_state.default_headers = [*self.server_state.default_headers, (b"connection", b"close")]
        for connection in self.server_state.connections:
            # Begun before. A WebSocket has no such cycle; an idle connection has none that is open.
            if (cycle := getattr(connection, "cycle", None)) is not None:
                cycle.keep_alive = False


def work(listening: socket.socket, *, parent: int, drain_seconds: float, serving: Callable[[], None]) -> None:
    """Serve until told to go. `parent` is the reading end of a pipe that only the parent can write to."""
    # Thousands of open streams are a million objects that live long: looking at the youngest less often also means
    # that the whole is walked less often.
    gc.set_threshold(*GC_THRESHOLDS)
    config = configuration("widgetapp.asgi:application")
    Worker(config, parent, drain_seconds, serving).run(sockets=[listening])


def configuration(application: str, **options: Any) -> uvicorn.Config:
    """What a worker's server is set to; also of the benches."""
    return uvicorn.Config(
        application,
        log_config=None,
        access_log=False,
        server_header=False,
        http=HttpProtocol,
        ws=StreamProtocol,
        ws_max_size=WEBSOCKET_BYTES,
        ws_max_queue=16,
        ws_per_message_deflate=False,
        ws_ping_interval=None,
        ws_ping_timeout=None,
        timeout_graceful_shutdown=GRACE_SECONDS,
        proxy_headers=False,
        **options,
    )
