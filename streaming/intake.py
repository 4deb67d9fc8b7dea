"""What a client sends: how fast it may, and each service's own bounded queue and task (B3, B4)."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

from streaming.errors import Denied
from streaming.protocol import ClientFrame

logger = logging.getLogger(__name__)

QUEUE_FRAMES = 128
# Counted as received: decoded, a frame of a thousand small parts takes several times as much.
QUEUE_BYTES = 128 * 1024


class Bucket:
    """A token bucket. `wait` takes a token and returns 0, or returns the seconds until there is one."""

    __slots__ = ("_at", "_burst", "_rate", "_tokens")

    def __init__(self, rate: float, burst: float) -> None:
        self._rate, self._burst, self._tokens, self._at = rate, burst, burst, time.monotonic()

    def wait(self) -> float:
        now = time.monotonic()
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate)
        self._at = now
        if self._tokens >= 1:
            self._tokens -= 1
            return 0.0
        return (1 - self._tokens) / self._rate


class FrameQueue:
    """The frames for one service of one connection, handled one after the other in a task of its own."""

    def __init__(
        self, handle: Callable[[ClientFrame], Awaitable[None]], crashed: Callable[[ClientFrame], None]
    ) -> None:
        self._handle, self._crashed = handle, crashed
        self._frames: asyncio.Queue[tuple[ClientFrame, int]] = asyncio.Queue(QUEUE_FRAMES)
        self._bytes = 0
        self._task: asyncio.Task[None] | None = None

    def put(self, frame: ClientFrame, size: int = 0) -> None:
        """`size`: its bytes, as received. Raises `Denied` when too much waits. Starts the task unless it runs."""
        if self._frames.full() or self._bytes + size > QUEUE_BYTES:
            raise Denied("busy", "this service is behind with your frames")
        self._frames.put_nowait((frame, size))
        self._bytes += size
        if self._task is None or self._task.done():
            self._task = asyncio.ensure_future(self._run())

    async def _run(self) -> None:
        while not self._frames.empty():
            frame, size = self._frames.get_nowait()
            self._bytes -= size
            try:
                await self._handle(frame)
            except Exception:
                logger.exception("a service broke")
                self._crashed(frame)

    def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
