"""What the client takes from the world: clock, chance, tasks and sockets. A test gives its own."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Protocol

logger = logging.getLogger("widgetapp_stream")


class Timers(Protocol):
    """Seconds throughout."""

    def call_later(self, seconds: float, callback: Callable[[], None]) -> Any: ...
    def cancel(self, handle: Any) -> None: ...
    def now(self) -> float: ...


class Socket(Protocol):
    def send(self, text: str) -> None: ...
    def close(self, code: int) -> None:
        """The owner is told nothing after this."""


class SocketOwner(Protocol):
    """Whom a socket tells what happens to it."""

    def opened(self) -> None: ...
    def received(self, text: str | bytes, waited: float) -> None:
        """`waited`: seconds that the frame lay here before it was read."""

    def closed(self, code: int, reason: str) -> None: ...


class LoopTimers:
    """The clock of the running event loop."""

    def call_later(self, seconds: float, callback: Callable[[], None]) -> asyncio.TimerHandle:
        return asyncio.get_running_loop().call_later(seconds, callback)

    def cancel(self, handle: asyncio.TimerHandle) -> None:
        handle.cancel()

    def now(self) -> float:
        return asyncio.get_running_loop().time()


class Tasks:
    """Tasks with an owner: cancelled and awaited by `close`."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    async def close(self) -> None:
        tasks = [task for task in self._tasks if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _done(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            report(error)


def report(error: BaseException) -> None:
    """What a handler of the application throws harms nobody else; it is told here."""
    logger.error("%s: %s", type(error).__name__, error, exc_info=error)


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    timers: Timers
    random: Callable[[], float]
    open_socket: Callable[[SocketOwner], Socket]
    spawn: Callable[[Coroutine[Any, Any, None]], object]
    report: Callable[[BaseException], None] = report
