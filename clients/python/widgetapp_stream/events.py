"""What stands between a topic and whoever iterates over it in one event loop: a bounded buffer, or the newest value."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")

MOST = 1000


class Iterated(ABC, Generic[T]):
    """What is still there when the topic ends is handed over first."""

    def __init__(self) -> None:
        self._changed = asyncio.Event()
        self._over: Exception | None = None

    def end(self) -> None:
        self.fail(StopAsyncIteration())

    def fail(self, error: Exception | None) -> None:
        """Raised to whoever iterates; None: it goes on after all."""
        self._over = error
        self._changed.set()

    def __aiter__(self) -> Iterated[T]:
        return self

    async def __anext__(self) -> T:
        while not self._ready():
            if self._over is not None:
                raise self._over
            self._changed.clear()
            await self._changed.wait()
        return self._take()

    @abstractmethod
    def _ready(self) -> bool: ...

    @abstractmethod
    def _take(self) -> T: ...


class Latest(Iterated[T]):
    """The value of now, whenever it changed: what changes while nobody asks is merged."""

    def __init__(self, read: Callable[[], T]) -> None:
        super().__init__()
        self._read = read
        self._news = False

    def changed(self) -> None:
        self._news = True
        self._changed.set()

    def _ready(self) -> bool:
        return self._news

    def _take(self) -> T:
        self._news = False
        return self._read()


class Events(Iterated[T]):
    """Its owner pauses it when `full`; `drained` is called when half of what it held then has been taken."""

    def __init__(self, drained: Callable[[], None]) -> None:
        super().__init__()
        self._buffer: deque[T] = deque()
        self._drained = drained
        self._put_count = self._taken_count = 0
        self._waiting: deque[tuple[int, Callable[[], None]]] = deque()
        self._low: int | None = None

    def __len__(self) -> int:
        return len(self._buffer)

    @property
    def full(self) -> bool:
        return len(self._buffer) >= MOST

    def put(self, value: T) -> None:
        self._buffer.append(value)
        self._put_count += 1
        self._changed.set()

    def when_taken(self, call: Callable[[], None]) -> None:
        """Calls once everything that is in it now was taken or thrown away, or nothing more is put: paused, ended."""
        self._waiting.append((self._put_count, call))
        self._tell(self._taken_count)

    def pause(self) -> None:
        """Nothing is put until `drained` was called."""
        self._low = len(self._buffer) // 2
        self._tell(self._put_count)

    def clear(self) -> None:
        self._buffer.clear()
        self._taken_count = self._put_count
        self._low = None
        self._tell(self._put_count)

    def fail(self, error: Exception | None) -> None:
        super().fail(error)
        self._tell(self._put_count)

    def _ready(self) -> bool:
        return bool(self._buffer)

    def _take(self) -> T:
        value = self._buffer.popleft()
        self._taken_count += 1
        self._tell(self._taken_count)
        if self._low is not None and len(self._buffer) <= self._low:
            self._low = None
            self._drained()
        return value

    def _tell(self, taken: int) -> None:
        while self._waiting and self._waiting[0][0] <= taken:
            self._waiting.popleft()[1]()
