"""How many connections an address or a person holds, in this process and in the others it hears from (A2, B4).

Each process tells the others about every address and person that holds at least a tenth of the limit there: when the
count changes, and again every few seconds. A newcomer is judged by the sum, so the limit can be exceeded only by those
who come before the news does, and by less than a tenth for each other process. A count that is not repeated is
forgotten. Without Redis every process counts alone.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from streaming.close_codes import CloseCode
from streaming.errors import Refused
from streaming.fanout import publisher
from streaming.fanout.publications import HeldPublication

SOON_SECONDS = 0.05
RETELL_SECONDS = 5.0
LEASE_SECONDS = 15.0
TOLD_PART = 10


class Held:
    """Counts open connections by name. `moved` is called when the other processes should be told."""

    def __init__(self) -> None:
        self._open: Counter[str] = Counter()
        self._told: dict[str, int] = {}
        self._news: set[str] = set()
        self._theirs: dict[str, dict[str, int]] = {}
        self.moved: Callable[[], object] = int

    @contextmanager
    def counting(self, name: str, most: int) -> Iterator[None]:
        """Count one connection while the block runs. Raises `Refused` where the name holds `most` already."""
        if self.count(name) >= most:
            raise Refused(CloseCode.TOO_MANY_CONNECTIONS)
        self._move(name, 1, most)
        try:
            yield
        finally:
            self._move(name, -1, most)

    def count(self, name: str) -> int:
        return self._open[name] + sum(counts.get(name, 0) for counts in self._theirs.values())

    def _move(self, name: str, by: int, most: int) -> None:
        self._open[name] += by
        if not self._open[name]:
            del self._open[name]
        if self._open[name] * TOLD_PART >= most or name in self._told:
            self._news.add(name)
            self.moved()

    def news(self) -> dict[str, int]:
        """The counts that changed since they were told; 0 for a name that holds nothing any more."""
        counts = {name: self._open[name] for name in self._news}
        self._news.clear()
        self._told = {name: count for name, count in (self._told | counts).items() if count}
        return counts

    def whole(self) -> dict[str, int]:
        self.news()
        return dict(self._told)

    def hear(self, process: str, counts: dict[str, int], *, whole: bool) -> None:
        known = {} if whole else self._theirs.get(process, {})
        self._theirs[process] = {name: count for name, count in (known | counts).items() if count}

    def forget(self, process: str) -> None:
        self._theirs.pop(process, None)


ADDRESSES, PEOPLE = Held(), Held()
KINDS = {"addresses": ADDRESSES, "people": PEOPLE}


class HeldGossip:
    """How a hub tells the others of its counts, and takes theirs."""

    def __init__(self, process: str) -> None:
        self._process, self._loop = process, asyncio.get_running_loop()
        self._until: dict[str, float] = {}
        self._soon: asyncio.TimerHandle | None = None
        self._whole_at = float("-inf")
        for held in KINDS.values():
            held.moved = self._tell_soon

    def _tell_soon(self) -> None:
        if self._soon is None:
            self._soon = self._loop.call_later(SOON_SECONDS, self._tell)

    def _tell(self) -> None:
        self._soon = None
        publisher.publish_held(self._process, {kind: held.news() for kind, held in KINDS.items()}, whole=False)

    def take(self, message: HeldPublication) -> None:
        process = message["process"]
        if process == self._process:
            return
        if process not in self._until:
            self._whole_at -= RETELL_SECONDS  # a new process, which knows nothing of us
        self._until[process] = time.monotonic() + LEASE_SECONDS
        for kind, counts in message["held"].items():
            KINDS[kind].hear(process, counts, whole=message["whole"])

    def leave(self) -> None:
        """This process drains: a client that moves to another one must not be counted twice."""
        self._silence()
        publisher.publish_held(self._process, {kind: {} for kind in KINDS}, whole=True)

    def _silence(self) -> None:
        self._whole_at = float("inf")
        if self._soon is not None:
            self._soon.cancel()
        for held in KINDS.values():
            held.moved = int

    def tick(self, now: float) -> None:
        """About once a second."""
        for process in [process for process, until in self._until.items() if until < now]:
            self._forget(process)
        if now - self._whole_at >= RETELL_SECONDS:
            self._whole_at = now
            publisher.publish_held(self._process, {kind: held.whole() for kind, held in KINDS.items()}, whole=True)

    def _forget(self, process: str) -> None:
        del self._until[process]
        for held in KINDS.values():
            held.forget(process)

    def stop(self) -> None:
        self._silence()
        for process in tuple(self._until):
            self._forget(process)
