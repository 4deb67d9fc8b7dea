"""What waits to be sent on one connection: bounded, in order, never awaited by the fan-out (B1)."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Generator
from types import coroutine
from typing import Any

from streaming.asgi_types import Send
from streaming.fanout.frames import Frame, joined

MAX_OUTSTANDING_BYTES = 1024 * 1024
JOIN_BYTES = 64 * 1024

# Writes a frame that is ready; False when it has to be sent in the usual way.
Write = Callable[[bytes], bool]


class Outbox:
    """Counts the bytes that went out; `failed` is called once when sending breaks or too much waits.

    Where the server offers `write`, a frame goes out ready as it is. Else it is sent by stepping the server's `send`
    right here, without a task: as long as the transport takes it, that is all. Only a send that has to wait is handed
    to a task; the following frames queue behind it, and are joined into batches when it goes on.
    """

    __slots__ = ("_closed", "_failed", "_queue", "_send", "_task", "_waiting_bytes", "_write", "sent_bytes")

    def __init__(self, send: Send, failed: Callable[[], None], write: Write | None = None) -> None:
        self._send, self._write = send, write
        self._failed = failed
        self._queue: deque[Frame] = deque()
        self._task: asyncio.Task[None] | None = None
        self._waiting_bytes = 0
        self._closed = False
        self.sent_bytes = 0

    @property
    def waiting_bytes(self) -> int:
        return self._waiting_bytes

    def push(self, frame: Frame) -> None:
        if self._closed:
            return
        self.sent_bytes += frame.size
        if self._task is not None:
            self._queue.append(frame)
            self._waiting_bytes += frame.size
            if self._waiting_bytes > MAX_OUTSTANDING_BYTES:
                self._fail()
            return
        if self._write is not None and self._write(frame.prepared):
            return
        sending: Any = self._send(frame.message)
        try:
            waits_for = sending.send(None)
        except StopIteration:
            return
        except Exception:
            self._fail()
        else:
            rest: Any = _resumed(sending, waits_for)
            self._task = asyncio.ensure_future(self._drain(rest))

    def close(self) -> None:
        self._closed = True
        self._queue.clear()
        if self._task is not None:
            self._task.cancel()
            self._task = None

    async def _drain(self, begun: Awaitable[None]) -> None:
        try:
            await begun
            while self._queue:
                await self._send(self._next_batch().message)
            self._task = None
        except Exception:
            self._task = None
            self._fail()

    def _next_batch(self) -> Frame:
        """As many of the waiting frames as go well into one."""
        frames = [self._queue.popleft()]
        size = frames[0].size
        while self._queue and size + self._queue[0].size <= JOIN_BYTES:
            frames.append(self._queue.popleft())
            size += frames[-1].size
        self._waiting_bytes -= size
        return joined(frames)

    def _fail(self) -> None:
        if not self._closed:
            self.close()
            self._failed()


@coroutine
def _resumed(sending: Coroutine[Any, Any, None], waits_for: Any) -> Generator[Any, Any, None]:
    """Go on with a coroutine that was stepped once and now waits for a future."""
    while True:
        try:
            try:
                value = yield waits_for
            except BaseException as error:
                waits_for = sending.throw(error)
            else:
                waits_for = sending.send(value)
        except StopIteration:
            return
