"""State that follows from other topics and the database: every process computes it for itself, nothing is gossiped."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any

from streaming.database import door_of, log_failed
from streaming.fanout.topics import Key, LogReader, LogTopic, StateTopic

DERIVE_SECONDS = 0.1
FAILED_SECONDS = 2.0
READ_TOPICS = 500

# Topic → key of a followed state topic → its values now.
Followed = Mapping[str, Mapping[Key, Mapping[str, Any]]]


class Reader(ABC):
    """A service whose values are computed."""

    @property
    @abstractmethod
    def name(self) -> str: ...

    @abstractmethod
    def read(self, topics: Sequence[str], followed: Followed) -> dict[str, dict[str, Any]]:
        """Topic → key → value, in one query; on a database thread. A topic that is gone is missing."""


class Follower:
    """A member of one topic that only wants to know that it moved."""

    __slots__ = ("_moved", "followed")

    def __init__(self, followed: LogTopic | StateTopic, moved: Callable[[], None]) -> None:
        self.followed, self._moved = followed, moved
        followed.members.add(self)

    def deliver(self, *_: Any) -> None:
        self._moved()

    def catch_up(self) -> None:
        self._moved()

    def learned(self) -> None:
        self._moved()

    def reset(self, *_: Any) -> None:
        self._moved()

    def leave(self) -> None:
        self.followed.members.discard(self)


class Derivations:
    """Those that moved are read together, at most ten times a second."""

    def __init__(self, job: Callable[[Coroutine[Any, Any, None]], None], topics: Mapping[Key, StateTopic]) -> None:
        self._job, self._topics = job, topics
        self._readers: dict[Key, tuple[Reader, Sequence[Follower]]] = {}
        self._dirty: set[Key] = set()
        self._running = False

    def want(self, topic: StateTopic, reader: Reader, followers: Sequence[Follower]) -> None:
        self._readers[topic.key] = (reader, followers)
        self.moved(topic)

    def forget(self, topic: StateTopic) -> None:
        self._readers.pop(topic.key, None)
        self._dirty.discard(topic.key)

    def moved(self, topic: StateTopic) -> None:
        if topic.key not in self._readers:
            return
        self._dirty.add(topic.key)
        if not self._running:
            self._running = True
            self._job(self._run())

    async def _run(self) -> None:
        try:
            while self._dirty:
                await asyncio.sleep(DERIVE_SECONDS)
                dirty = [key for key in self._dirty if key in self._readers][:READ_TOPICS]
                self._dirty.difference_update(dirty)
                try:
                    await self._derive(dirty)
                except Exception as error:
                    log_failed("deriving state", error)
                    self._dirty.update(key for key in dirty if key in self._readers)
                    await asyncio.sleep(FAILED_SECONDS)
        finally:
            self._running = False

    async def _derive(self, dirty: list[Key]) -> None:
        by_reader: dict[Reader, list[Key]] = {}
        for key in dirty:
            by_reader.setdefault(self._readers[key][0], []).append(key)
        for reader, keys in by_reader.items():
            followed = {key[1]: self._values_followed(key) for key in keys}
            logs = [log for key in keys for log in self._logs_followed(key)]
            values, heads = await door_of(reader.name)(_read, reader, [key[1] for key in keys], followed, logs)
            for log, access_epoch in heads:
                log.saw(access_epoch)
            for key in keys:
                if (topic := self._topics.get(key)) is not None:
                    topic.replace_mine(values.get(key[1], {}))

    def _logs_followed(self, key: Key) -> list[LogTopic]:
        _, followers = self._readers[key]
        return [follower.followed for follower in followers if isinstance(follower.followed, LogTopic)]

    def _values_followed(self, key: Key) -> dict[Key, dict[str, Any]]:
        _, followers = self._readers[key]
        states = [follower.followed for follower in followers if isinstance(follower.followed, StateTopic)]
        return {state.key: state.values() for state in states}


def _read(
    reader: Reader, topics: Sequence[str], followed: Followed, logs: Sequence[LogTopic]
) -> tuple[dict[str, dict[str, Any]], list[tuple[LogTopic, int]]]:
    """The values, and behind them the access epochs of what they were read from: none is of a newer one (A4)."""
    values = reader.read(topics, followed)
    by_service: dict[LogReader, list[LogTopic]] = {}
    for log in logs:
        by_service.setdefault(log.service, []).append(log)
    seen = []
    for service, ones in by_service.items():
        heads = service.heads([log.key[1] for log in ones])
        seen += [(log, heads[log.key[1]].access_epoch) for log in ones if log.key[1] in heads]
    return values, seen
