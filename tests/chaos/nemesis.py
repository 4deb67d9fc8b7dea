"""What goes wrong: workers killed and paused, Redis killed and frozen, PostgreSQL crashed."""

import asyncio
import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

from tests.servers import Postgres, Redis, Server
from tests.waiting import LOOK_SECONDS

PAUSE_SECONDS = 3.0
FROZEN_SECONDS = 4.0
DOWN_SECONDS = 1.0


class Nemesis:
    def __init__(self, server: Server, redis: Redis, postgres: Postgres, workers: int) -> None:
        self._server, self._redis, self._postgres, self._workers = server, redis, postgres, workers
        self.faults: Counter[str] = Counter()
        self.last = time.monotonic()
        self.database_back: float | None = None
        self._tasks: list[asyncio.Task[None]] = []

    def _did(self, what: str) -> None:
        self.faults[what] += 1
        self.last = time.monotonic()

    def start(self, *works: Coroutine[Any, Any, None]) -> None:
        self._tasks += [asyncio.ensure_future(work) for work in works]

    async def stop(self) -> None:
        """Whatever is paused goes on; whatever is down is started."""
        for task in self._tasks:
            task.cancel()
        for result in await asyncio.gather(*self._tasks, return_exceptions=True):
            if isinstance(result, Exception):
                raise result

    async def kill_workers(self, every: float) -> None:
        turn = 0
        while True:
            await asyncio.sleep(every)
            turn += 1
            signal_if_there(self._server.worker_pid(str(turn % self._workers + 1)), signal.SIGKILL)
            self._did("worker killed")

    async def pause_workers(self, every: float) -> None:
        turn = 0
        while True:
            await asyncio.sleep(every)
            turn += 1
            pid = self._server.worker_pid(str(turn % self._workers + 1))
            signal_if_there(pid, signal.SIGSTOP)
            self._did("worker paused")
            try:
                await asyncio.sleep(PAUSE_SECONDS)
            finally:
                signal_if_there(pid, signal.SIGCONT)
                self.last = time.monotonic()

    async def freeze_redis(self, after: float) -> None:
        await asyncio.sleep(after)
        self._redis.freeze()
        try:
            await asyncio.sleep(FROZEN_SECONDS)
        finally:
            self._redis.thaw()
            self._did("redis frozen")

    async def kill_redis(self, every: float) -> None:
        while True:
            await asyncio.sleep(every)
            await uninterrupted(self._restart_redis)
            self._did("redis killed")

    async def crash_postgres(self, when: Callable[[], bool]) -> None:
        while not when():  # noqa: ASYNC110
            await asyncio.sleep(LOOK_SECONDS)
        await uninterrupted(self._restart_postgres)
        self.database_back = time.monotonic()
        self._did("postgres crashed")

    def _restart_redis(self) -> None:
        self._redis.kill()
        self._redis.start()

    def _restart_postgres(self) -> None:
        self._postgres.stop()
        time.sleep(DOWN_SECONDS)
        self._postgres.start()


def signal_if_there(pid: int, sign: signal.Signals) -> None:
    """A worker may have been killed meanwhile. No wider: a cancellation would be suppressed with it."""
    with suppress(ProcessLookupError):
        os.kill(pid, sign)


async def uninterrupted(work: Callable[[], None]) -> None:
    """In a thread, to its end: half a restart would be a fault of the test."""
    working = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        await asyncio.shield(working)
    finally:
        await working
