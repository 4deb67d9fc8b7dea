"""A bounded buffer between a topic and whoever iterates over it, in one event loop."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")

MOST = 1000


class Events(Generic[T]):
    """Its owner stops putting when `full`; `drained` is called when half of it has been taken again."""

    def __init__(self, drained: Callable[[], None]) -> None:
        self._buffer: deque[T] = deque()
        self._drained = drained
        self._changed = asyncio.Event()
        self._over: Exception | None = None

    @property
    def full(self) -> bool:
        return len(self._buffer) >= MOST

    def put(self, value: T) -> None:
        self._buffer.append(value)
        self._changed.set()

    def clear(self) -> None:
        self._buffer.clear()

    def end(self) -> None:
        self.fail(StopAsyncIteration())

    def fail(self, error: Exception) -> None:
        """What is still in the buffer is handed over first."""
        self._over = error
        self._changed.set()

    def __aiter__(self) -> Events[T]:
        return self

    async def __anext__(self) -> T:
        while not self._buffer:
            if self._over is not None:
                raise self._over
            self._changed.clear()
            await self._changed.wait()
        value = self._buffer.popleft()
        if len(self._buffer) == MOST // 2:
            self._drained()
        return value
