"""State that follows from other topics and the database: every process computes it for itself, nothing is gossiped."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

from streaming.database import log_failed, threads_of
from streaming.fanout.topics import LogTopic, StateTopic
from streaming.service import DerivedState, Followed, Key, LogService, Values

DERIVE_SECONDS = 0.1
FAILED_SECONDS = 2.0
READ_TOPICS = 500


class Follower:
    """A member of a topic that wants to know only that something changed there."""

    __slots__ = ("_moved", "followed")

    def __init__(self, followed: LogTopic | StateTopic, moved: Callable[[], None]) -> None:
        self.followed, self._moved = followed, moved
        followed.members.add(self)

    def deliver(self, *_: object) -> None:
        self._moved()

    def catch_up(self) -> None:
        self._moved()

    def learned(self) -> None:
        self._moved()

    def reset(self, *_: object) -> None:
        self._moved()

    def leave(self) -> None:
        self.followed.members.discard(self)


class Derivations:
    """Topics whose sources moved are computed together, at most ten times a second."""

    def __init__(self, job: Callable[[Awaitable[None]], None], topics: Mapping[Key, StateTopic]) -> None:
        self._job, self._topics = job, topics
        self._services: dict[Key, tuple[DerivedState, Sequence[Follower]]] = {}
        self._dirty: set[Key] = set()
        self._running = False

    def want(self, topic: StateTopic, service: DerivedState, followers: Sequence[Follower]) -> None:
        self._services[topic.key] = (service, followers)
        self.moved(topic)

    def forget(self, topic: StateTopic) -> None:
        self._services.pop(topic.key, None)
        self._dirty.discard(topic.key)

    def moved(self, topic: StateTopic) -> None:
        if topic.key not in self._services:
            return
        self._dirty.add(topic.key)
        if not self._running:
            self._running = True
            self._job(self._run())

    async def _run(self) -> None:
        try:
            while self._dirty:
                await asyncio.sleep(DERIVE_SECONDS)
                dirty = [key for key in self._dirty if key in self._services][:READ_TOPICS]
                self._dirty.difference_update(dirty)
                try:
                    await self._derive(dirty)
                except Exception as error:
                    log_failed("deriving state", error)
                    self._dirty.update(key for key in dirty if key in self._services)
                    await asyncio.sleep(FAILED_SECONDS)
        finally:
            self._running = False

    async def _derive(self, dirty: list[Key]) -> None:
        by_service: dict[DerivedState, list[Key]] = {}
        for key in dirty:
            by_service.setdefault(self._services[key][0], []).append(key)
        for service, keys in by_service.items():
            followed = {key[1]: self._values_followed(key) for key in keys}
            logs = [log for key in keys for log in self._logs_followed(key)]
            values, heads = await threads_of(service.name)(_read, service, [key[1] for key in keys], followed, logs)
            for log, access_epoch in heads:
                log.saw(access_epoch)
            for key in keys:
                if (topic := self._topics.get(key)) is not None:
                    topic.replace_mine(values.get(key[1], {}))

    def _logs_followed(self, key: Key) -> list[LogTopic]:
        _, followers = self._services[key]
        return [follower.followed for follower in followers if isinstance(follower.followed, LogTopic)]

    def _values_followed(self, key: Key) -> dict[Key, Values]:
        _, followers = self._services[key]
        states = [follower.followed for follower in followers if isinstance(follower.followed, StateTopic)]
        return {state.key: state.values() for state in states}


def _read(
    service: DerivedState, topics: Sequence[str], followed: Followed, logs: Sequence[LogTopic]
) -> tuple[dict[str, Values], list[tuple[LogTopic, int]]]:
    """The values, then the access epochs of the logs they follow: read last, so that no value is newer (A4)."""
    values = service.read(topics, followed)
    by_log: dict[LogService, list[LogTopic]] = {}
    for log in logs:
        by_log.setdefault(log.service, []).append(log)
    seen = []
    for followed_log, ones in by_log.items():
        heads = followed_log.heads([log.key[1] for log in ones])
        seen += [(log, heads[log.key[1]].access_epoch) for log in ones if log.key[1] in heads]
    return values, seen
