"""The log topics of a hub: kept in order, compared with the database, repaired (R6)."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Protocol

from streaming import failpoints, metrics
from streaming.database import threads_of
from streaming.fanout.publications import LogPublication
from streaming.fanout.topics import LogTopic
from streaming.service import Key, LogHead, LogService

logger = logging.getLogger(__name__)

REPAIR_PAGE_BYTES = 256 * 1024
LATE_SECONDS = 0.2


class LogsOwner(Protocol):
    """What the log topics need of their hub."""

    def job(self, work: Awaitable[None]) -> None: ...
    def recheck(self, topic: str) -> None: ...
    def rejoin(self, key: Key) -> None: ...


class Logs:
    """`made` is called with the key of every new topic; `later` calls back at the end of the loop's turn."""

    def __init__(
        self, owner: LogsOwner, made: Callable[[Key], None], later: Callable[[Callable[[], None]], object]
    ) -> None:
        self._owner, self._made, self._later = owner, made, later
        self.topics: dict[Key, LogTopic] = {}
        self._sweeping: set[LogService] = set()

    def topic(self, service: LogService, name: str) -> LogTopic:
        key = (service.name, name)
        if key not in self.topics:
            self.topics[key] = LogTopic(service, name, self._later, self._owner.recheck)
            self._made(key)
        return self.topics[key]

    def forget(self, key: Key) -> None:
        self.topics.pop(key, None)

    def take(self, message: LogPublication) -> None:
        """A publication: a hint that may come late, twice or never."""
        topic = self.topics.get((message["service"], message["topic"]))
        if topic is not None and "at" in message:
            seconds = max(0.0, time.time() - message["at"])
            metrics.publish_seconds.observe(seconds)
            metrics.commit_seconds.observe(seconds)
        if topic is None:
            return
        # A worker of an earlier version sends no access epoch.
        access_epoch = message.get("access_epoch", 0)
        if topic.take(message["epoch"], message["offset"], message["frame"], access_epoch):
            metrics.gaps.labels("hub").inc()
            self._repair_soon(topic)

    def learned(self, topic: LogTopic, head: LogHead) -> bool:
        """A subscription has read the head of a topic. False if that head belongs to another history than the topic's;
        the database is then asked which of the two is newer.
        """
        same = topic.newest is None or topic.epoch == head.epoch
        if not same or topic.learn(head):
            self._repair_soon(topic)
        return same

    def sweep(self) -> None:
        """Compare all topics with the database, one query for each service. No service waits for another, and none is
        asked while an earlier query of it is still out.
        """
        by_service: dict[LogService, list[LogTopic]] = {}
        for topic in self.topics.values():
            by_service.setdefault(topic.service, []).append(topic)
        for service, topics in by_service.items():
            if service not in self._sweeping:
                self._sweeping.add(service)
                self._owner.job(self._sweep(service, topics))

    async def _sweep(self, service: LogService, topics: list[LogTopic]) -> None:
        try:
            heads = await threads_of(service.name)(service.heads, [topic.key[1] for topic in topics])
            for topic in topics:
                self._compare(topic, heads.get(topic.key[1]))
        except Exception as error:
            logger.warning("the heads of %s are not known: %r", service.name, error)
        finally:
            self._sweeping.discard(service)

    def _compare(self, topic: LogTopic, head: LogHead | None) -> None:
        if topic.newest is not None and (head is None or head.access_epoch != topic.access_epoch):
            self._owner.recheck(topic.key[1])
        if head is not None and topic.learn(head):
            self._owner.job(self._missing(topic, head))

    async def _missing(self, topic: LogTopic, head: LogHead) -> None:
        """The publication may still be on its way; what has not arrived after `LATE_SECONDS` was lost."""
        await asyncio.sleep(LATE_SECONDS)
        if topic.epoch == head.epoch and head.offset > topic.tail:
            metrics.gaps.labels("sweep").inc()
            self._owner.rejoin(topic.key)
            self._repair_soon(topic)

    def _repair_soon(self, topic: LogTopic) -> None:
        if not topic.repairing:
            topic.repairing = True
            self._owner.job(self._repair(topic))

    async def _repair(self, topic: LogTopic) -> None:
        """Read what is missing from the database, in order; one at a time for a topic."""
        service, ask, name = topic.service, threads_of(topic.service.name), topic.key[1]
        try:
            head = (await ask(service.heads, [name])).get(name)
            while head is not None and topic.learn(head) and topic.newest is not None:
                offset, epoch = topic.tail, head.epoch
                events, head = await ask(_page, service, name, offset)
                if head is None or head.epoch != epoch:
                    continue
                for number, frame in events:
                    failpoints.hit("catch_up")
                    topic.take(epoch, number, frame, head.access_epoch)
                if topic.tail == offset:
                    break
                if head.at is not None and topic.tail >= head.offset:
                    metrics.commit_seconds.observe(max(0.0, time.time() - head.at))
        finally:
            topic.repairing = False


def _page(service: LogService, topic: str, offset: int) -> tuple[list[tuple[int, str]], LogHead | None]:
    """The head is read after the events, so none of them belongs to a newer access epoch than it."""
    events = service.page(topic, offset, max_bytes=REPAIR_PAGE_BYTES)
    return events, service.heads([topic]).get(topic)
