"""What waits to be sent on one connection: bounded, in order, never awaited by the fan-out (B1)."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Generator
from types import coroutine
from typing import Any

from streaming.asgi_types import Message, Send

MAX_OUTSTANDING_BYTES = 1024 * 1024


def text_message(frame: str) -> Message:
    """The ASGI message of a frame. One is made for an event and shared by all connections: servers only read it."""
    return {"type": "websocket.send", "text": frame}


class Outbox:
    """Counts the bytes that went out; `failed` is called once when sending breaks or too much waits.

    A frame is sent by stepping the server's `send` right here, without a task: as long as the transport takes it,
    that is all. Only a send that has to wait is handed to a task, and then the following frames queue behind it.
    """

    __slots__ = ("_closed", "_failed", "_queue", "_send", "_task", "_waiting_bytes", "sent_bytes")

    def __init__(self, send: Send, failed: Callable[[], None]) -> None:
        self._send = send
        self._failed = failed
        self._queue: deque[tuple[Message, int]] = deque()
        self._task: asyncio.Task[None] | None = None
        self._waiting_bytes = 0
        self._closed = False
        self.sent_bytes = 0

    @property
    def waiting_bytes(self) -> int:
        return self._waiting_bytes

    def push(self, message: Message, size: int) -> None:
        if self._closed:
            return
        self.sent_bytes += size
        if self._task is not None:
            self._queue.append((message, size))
            self._waiting_bytes += size
            if self._waiting_bytes > MAX_OUTSTANDING_BYTES:
                self._fail()
            return
        sending: Any = self._send(message)
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
                message, size = self._queue.popleft()
                self._waiting_bytes -= size
                await self._send(message)
            self._task = None
        except Exception:
            self._task = None
            self._fail()

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
