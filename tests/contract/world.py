"""The world of a transcript: virtual time, fixed chance, sockets whose other end is the test."""

import asyncio
import json
from collections.abc import Callable, Coroutine
from typing import Any

from widgetapp_stream.environment import Environment, SocketOwner, Tasks


class VirtualTimers:
    def __init__(self) -> None:
        self._now, self._serial = 0.0, 0
        self._pending: dict[int, tuple[float, Callable[[], None]]] = {}

    def call_later(self, seconds: float, callback: Callable[[], None]) -> int:
        self._serial += 1
        self._pending[self._serial] = (self._now + seconds, callback)
        return self._serial

    def cancel(self, handle: int) -> None:
        self._pending.pop(handle, None)

    def now(self) -> float:
        return self._now

    @property
    def pending(self) -> int:
        return len(self._pending)

    async def advance(self, seconds: float) -> None:
        until = self._now + seconds
        await settle()
        while due := sorted((when, handle) for handle, (when, _) in self._pending.items() if when <= until):
            when, handle = due[0]
            _, callback = self._pending.pop(handle)
            self._now = max(self._now, when)
            callback()
            await settle()
        self._now = until


async def settle() -> None:
    """Lets every task that can go on do so: none of a transcript waits for the outside."""
    for _ in range(10):
        await asyncio.sleep(0)


class FakeSocket:
    def __init__(self, owner: SocketOwner) -> None:
        self.owner = owner
        self.sent: list[Any] = []
        self.closed: int | None = None

    def send(self, text: str) -> None:
        self.sent.append(json.loads(text))

    def close(self, code: int) -> None:
        self.closed = code


class World:
    def __init__(self, random: float = 0.5) -> None:
        self.timers = VirtualTimers()
        self.sockets: list[FakeSocket] = []
        self.reports: list[BaseException] = []
        self.tasks = Tasks()
        self.environment = Environment(
            timers=self.timers,
            random=lambda: random,
            open_socket=self._open,
            spawn=self._spawn,
            report=self.reports.append,
        )

    def socket(self, index: int = -1) -> FakeSocket:
        return self.sockets[index]

    def _open(self, owner: SocketOwner) -> FakeSocket:
        socket = FakeSocket(owner)
        self.sockets.append(socket)
        return socket

    def _spawn(self, work: Coroutine[Any, Any, None]) -> object:
        return self.tasks.start(work)
