"""Who writes, or reads a Thing, waits for a turn in the event loop, not in a thread, so that others find one free (Q5).

At most `AT_ONE_THING` write one Thing at a time, and all writers together leave `THREADS_FOR_OTHERS` threads. The same
holds for who reads a Thing, which may take a second to draw or to replay. Freed turns go round the Things that wait, so
that a busy one holds up no other.
"""

import asyncio
import re
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from uuid import UUID

from widgetapp.edge.refusals import Busy

AT_ONE_THING = 2
THREADS_FOR_OTHERS = 2
READING = {"GET", "HEAD", "OPTIONS", "TRACE"}

_API, _ANY = re.compile(r"/api/things/([^/]+)/"), re.compile(r"/(?:api/)?things/([^/]+)/")
Key = UUID | None


def free_for(threads: int) -> int:
    return max(1, threads - THREADS_FOR_OTHERS)


def written(path: str) -> Key:
    """The Thing that a path writes to; None for all else that is written."""
    return _thing(_API.match(path))


def read(path: str) -> Key:
    """The Thing that a path shows, whether to programs, on a card or in the editor; None for all else."""
    return _thing(_ANY.match(path))


def _thing(found: re.Match[str] | None) -> Key:
    try:
        return UUID(found[1]) if found else None
    except ValueError:
        return None


class Left(Exception):
    """The client is gone."""


class Turns:
    """`queue`: how many may wait for one Thing, and how many of one address may wait at all."""

    def __init__(self, threads: int, queue: int, queue_seconds: float) -> None:
        self._free, self._queue, self._queue_seconds = free_for(threads), queue, queue_seconds
        self._taken: Counter[Key] = Counter()
        # In the order in which they are next. A Thing stands here while somebody waits for it.
        self._waiting: dict[Key, deque[asyncio.Future[None]]] = {}
        self._of_address: Counter[str] = Counter()

    @property
    def waiting(self) -> int:
        return sum(map(len, self._waiting.values()))

    async def take(self, key: Key, address: str, left: Callable[[], Awaitable[object]]) -> None:
        """Until it is this one's turn; each turn is given back. Raises `Busy`, and `Left` once `left()` returns."""
        if self._is_open(key) and key not in self._waiting:
            self._begin(key)
            return
        if self._of_address[address] >= self._queue or (key and len(self._waiting.get(key, ())) >= self._queue):
            raise Busy("too many requests wait here")
        self._of_address[address] += 1
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(key, deque()).append(turn)
        try:
            await self._wait(turn, left)
        except BaseException:
            self._withdraw(key, turn)
            raise
        finally:
            self._of_address[address] -= 1
            if not self._of_address[address]:
                del self._of_address[address]

    async def _wait(self, turn: "asyncio.Future[None]", left: Callable[[], Awaitable[object]]) -> None:
        gone = asyncio.ensure_future(left())
        try:
            await asyncio.wait((turn, gone), timeout=self._queue_seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            gone.cancel()
        if gone.done() and not gone.cancelled():
            raise Left
        if not turn.done():
            raise Busy(f"no turn came within {self._queue_seconds:g} s")

    def _withdraw(self, key: Key, turn: "asyncio.Future[None]") -> None:
        """A turn that was given at the same moment goes on to the next."""
        if turn.done():
            self.give_back(key)
            return
        queue = self._waiting[key]
        queue.remove(turn)
        if not queue:
            del self._waiting[key]

    def _is_open(self, key: Key) -> bool:
        return self._free > 0 and (key is None or self._taken[key] < AT_ONE_THING)

    def _begin(self, key: Key) -> None:
        self._free -= 1
        self._taken[key] += 1

    def give_back(self, key: Key) -> None:
        self._free += 1
        self._taken[key] -= 1
        if not self._taken[key]:
            del self._taken[key]
        self._pass_on()

    def _pass_on(self) -> None:
        """To the first Thing in line that may have another turn; it then goes to the end of the line."""
        for key in self._waiting:
            if self._is_open(key):
                self._begin(key)
                queue = self._waiting.pop(key)
                queue.popleft().set_result(None)
                if queue:
                    self._waiting[key] = queue
                return
