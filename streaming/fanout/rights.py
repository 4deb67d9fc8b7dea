"""Who may still read a topic: checked for all its subscribers when rights changed; meanwhile it is silent (A4)."""

import asyncio
import logging
from collections.abc import Awaitable, Collection, Sequence
from typing import Protocol

from streaming.database import threads_of
from streaming.fanout.connections import HubConnection
from streaming.fanout.topics import LogTopic, StateTopic
from streaming.service import Key

logger = logging.getLogger(__name__)

# While the database is away, somebody who lost a right keeps the topic for a few seconds at most.
READERS_SECONDS = 1.0
PAUSES_SECONDS = (0.1, 0.3, 0.6)


class RightsOwner(Protocol):
    """What is needed of the hub."""

    @property
    def connections(self) -> Collection[HubConnection]: ...
    def job(self, work: Awaitable[None]) -> None: ...
    def topic(self, key: Key) -> LogTopic | StateTopic | None: ...


class Rights:
    """One query at a time for each topic; when rights change while it is out, one more follows."""

    def __init__(self, owner: RightsOwner) -> None:
        self._owner = owner
        # Topics whose rights are being checked; True: they changed again meanwhile.
        self._asking: dict[Key, bool] = {}

    def ask(self, key: Key) -> None:
        if (topic := self._owner.topic(key)) is not None:
            topic.hold()
        is_out = key in self._asking
        self._asking[key] = True
        if not is_out:
            self._owner.job(self._ask(key))

    async def _ask(self, key: Key) -> None:
        try:
            while self._asking[key]:
                self._asking[key] = False
                await self._ask_once(key)
        finally:
            del self._asking[key]
            if (topic := self._owner.topic(key)) is not None:
                topic.release()

    async def _ask_once(self, key: Key) -> None:
        """One query for all subscribers. Where no answer can be had, the topic ends for all of them (fails closed)."""
        topic = self._owner.topic(key)
        newest = topic.newest_access if topic is not None else 0
        there = self._there(key)
        for pause in PAUSES_SECONDS:
            try:
                epoch, readers = await _read(key, there, topic)
                break
            except Exception as error:
                logger.warning("who may read %s is not known: %r", key, error)
                await asyncio.sleep(pause)
                there = self._there(key)
        else:
            epoch, readers = newest, set()
        if topic is not None:
            topic.asked(epoch, newest)
        for connection in there:
            connection.rights_asked(key, readable=connection.context.connection in readers)

    def _there(self, key: Key) -> list[HubConnection]:
        return [connection for connection in self._owner.connections if connection.service_of(key)]


async def _read(key: Key, there: Sequence[HubConnection], topic: LogTopic | StateTopic | None) -> tuple[int, set[str]]:
    """The access epoch of the topic, and who may read it then or later."""
    service = there[0].service_of(key) if there else None
    contexts = [connection.context for connection in there]

    def read() -> tuple[int, set[str]]:
        """On a database thread. The epoch is read before the rights, so they belong to it or are newer."""
        epoch = topic.read_access_epoch() if topic is not None else 0
        return epoch, service.readers(key[1], contexts) if service is not None else set()

    async with asyncio.timeout(READERS_SECONDS):
        return await threads_of(key[0])(read)
