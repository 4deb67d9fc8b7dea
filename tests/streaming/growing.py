"""How much memory a process took more."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import psutil

MORE_BYTES = 5 * 1024 * 1024


class Growth:
    """The largest resident set since it began."""

    def __init__(self, process: psutil.Process) -> None:
        self._process = process
        self._before = self._most = process.memory_info().rss

    async def watch(self) -> None:
        while True:
            self.look()
            await asyncio.sleep(0.05)

    def look(self) -> int:
        """Bytes."""
        self._most = max(self._most, self._process.memory_info().rss)
        return self._most - self._before


@contextlib.asynccontextmanager
async def growth(process: psutil.Process) -> AsyncIterator[Growth]:
    found = Growth(process)
    watching = asyncio.ensure_future(found.watch())
    yield found
    watching.cancel()
