"""What is sent on one connection by the server's `send`: bounded, in order, never awaited by the fan-out (B1)."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Generator, Sequence
from types import coroutine
from typing import Any, Generic, Protocol, TypeVar

from streaming.asgi_types import Message, Send
from streaming.fanout.prepared import joined

MAX_WAITING_BYTES = 1024 * 1024
JOIN_BYTES = 64 * 1024


class Sendable(Protocol):
    """`size`: roughly the bytes of its message."""

    @property
    def size(self) -> int: ...
    @property
    def message(self) -> Message: ...


S = TypeVar("S", bound=Sendable)


class Outbox(Generic[S]):
    """`failed` is called once, when more than `MAX_WAITING_BYTES` wait to be sent. When sending raises, the peer is
    gone: nothing more is sent, and the task that reads the socket finds out by itself.

    A frame is sent by stepping the server's `send` right here, without a task; while the transport takes everything,
    nothing else happens. Only a send that has to wait is handed to `task`. The frames that follow queue behind it, and
    are joined into batches when it goes on.
    """

    __slots__ = ("_closed", "_failed", "_queue", "_send", "task", "waiting_bytes")

    join: Callable[[Sequence[Any]], Any] = staticmethod(joined)

    def __init__(self, send: Send, failed: Callable[[], None]) -> None:
        self._send, self._failed = send, failed
        self._queue: deque[S] | None = None  # an idle connection has none
        self.task: asyncio.Task[None] | None = None
        self.waiting_bytes = 0
        self._closed = False

    def push(self, frame: S) -> None:
        if self._closed:
            return
        if self.task is not None:
            self._wait(frame)
            return
        sending: Any = self._send(frame.message)
        try:
            waits_for = sending.send(None)
        except StopIteration:
            return
        except Exception:
            self.close()
        else:
            rest: Any = _resumed(sending, waits_for)
            self._queue = deque()
            self.task = asyncio.ensure_future(self._drain(rest, self._queue))

    def _wait(self, frame: S) -> None:
        assert self._queue is not None
        self._queue.append(frame)
        self.waiting_bytes += frame.size
        if self.waiting_bytes > MAX_WAITING_BYTES:
            self._fail()

    def close(self) -> None:
        self._closed = True
        self._queue = None
        if self.task is not None:
            self.task.cancel()
            self.task = None

    async def _drain(self, begun: Awaitable[None], queue: deque[S]) -> None:
        try:
            await begun
            while queue:
                batch = next_batch(queue)
                self.waiting_bytes -= sum(frame.size for frame in batch)
                await self._send(self.join(batch).message)
            self.task = self._queue = None
        except Exception:
            self.task = None
            self.close()

    def _fail(self) -> None:
        if not self._closed:
            self.close()
            self._failed()


def next_batch(queue: deque[S]) -> list[S]:
    """The first of the waiting frames that fit into `JOIN_BYTES`; at least one."""
    frames = [queue.popleft()]
    size = frames[0].size
    while queue and size + queue[0].size <= JOIN_BYTES:
        frames.append(queue.popleft())
        size += frames[-1].size
    return frames


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
