"""The hub: one a process. It knows the topics subscribed here, keeps them in order and repairs what was missed (R6).

Publications come from this process at once and from the others through the channel layer; both are hints. Every
2 seconds the heads of all topics are compared with the database, in one query a service.
"""

import asyncio
import logging
import secrets
import time
from typing import Any, Protocol
from weakref import WeakKeyDictionary

import msgspec
from django.conf import settings

from streaming import metrics
from streaming.close_codes import CloseCode
from streaming.context import RequestContext
from streaming.database import in_database
from streaming.errors import Refused
from streaming.fanout import publisher
from streaming.fanout.layer import LayerLink
from streaming.fanout.people import People
from streaming.fanout.topics import FLUSH_SECONDS, Key, LogHead, LogReader, LogTopic, StateTopic
from streaming.protocol import Move, ServerFrame

logger = logging.getLogger(__name__)

SWEEP_SECONDS = 2.0
TICK_SECONDS = 1.0
BYE_SPREAD_SECONDS = 3
REPAIR_PAGE_BYTES = 256 * 1024


class StateName(Protocol):
    @property
    def name(self) -> str: ...


class HubConnection(Protocol):
    """What the hub needs of a connection."""

    @property
    def context(self) -> RequestContext: ...
    def tick(self, now: float) -> None: ...
    def send(self, frame: ServerFrame) -> None: ...
    def end(self, refused: Refused) -> None: ...
    async def recheck(self, key: Key) -> None: ...


class Hub:
    def __init__(self) -> None:
        self.process = secrets.token_hex(6)
        self.connections: set[HubConnection] = set()
        self.draining = False
        self._loop = asyncio.get_running_loop()
        self._logs: dict[Key, LogTopic] = {}
        self._states: dict[Key, StateTopic] = {}
        self._flushing: set[StateTopic] = set()
        self._people = People()
        self._sweep_now = asyncio.Event()
        self._jobs: set[asyncio.Task[None]] = set()
        self.link = LayerLink(self._receive, self._sweep_now.set) if settings.REDIS_HOSTS else None
        if self.link is not None:
            self.link.want(publisher.ACCESS_GROUP)
        self._tasks = [asyncio.ensure_future(self._sweep_forever()), asyncio.ensure_future(self._tick_forever())]
        publisher.attach(self, self._loop)

    # Topics

    def log_topic(self, service: LogReader, name: str) -> LogTopic:
        key = (service.name, name)
        if key not in self._logs:
            self._logs[key] = LogTopic(service, name)
            self._want(key)
        return self._logs[key]

    def state_topic(self, service: StateName, name: str) -> StateTopic:
        key = (service.name, name)
        if key not in self._states:
            self._states[key] = StateTopic(service.name, name, self.process, self._flush_soon)
            self._want(key)
            publisher.publish_state(*key, _encode({"process": self.process, "ask": True}))
        return self._states[key]

    def _want(self, key: Key) -> None:
        if self.link is not None:
            self.link.want(publisher.group_of(*key))

    def left(self, topic: LogTopic | StateTopic) -> None:
        """Somebody left a topic: forget it when nobody is there."""
        topics: dict[Key, Any] = self._logs if isinstance(topic, LogTopic) else self._states
        idle = not topic.members if isinstance(topic, LogTopic) else topic.is_idle
        if idle and topics.get(topic.key) is topic:
            del topics[topic.key]
            if self.link is not None:
                self.link.unwant(publisher.group_of(*topic.key))

    def learned(self, topic: LogTopic, head: LogHead) -> None:
        """A subscription has read the head of a topic."""
        if topic.learn(head):
            self._repair_soon(topic)

    # Publications

    def take(self, message: dict[str, Any]) -> None:
        """From this process, on any thread."""
        self._loop.call_soon_threadsafe(self._receive, message)

    def _receive(self, message: dict[str, Any]) -> None:
        kind = message["type"]
        if kind == "log":
            topic = self._logs.get((message["service"], message["topic"]))
            if topic is not None and topic.take(message["epoch"], message["offset"], message["frame"]):
                metrics.gaps.labels("hub").inc()
                self._repair_soon(topic)
        elif kind == "state":
            self._take_state(message)
        elif kind == "access":
            for service, name in message["topics"]:
                self._recheck((service, name))
            self._people.end_sessions(self.connections, message.get("sessions", ()))
            if users := message.get("users"):
                self._people.suspect(self.connections, users)
                self._sweep_now.set()

    def _take_state(self, message: dict[str, Any]) -> None:
        topic = self._states.get((message["service"], message["topic"]))
        if topic is None:
            return
        state = msgspec.json.decode(message["state"])
        if state.get("ask"):
            if state["process"] != self.process:
                publisher.publish_state(*topic.key, topic.retell(time.monotonic()))
        else:
            topic.take(state)

    # State: merged and flushed at most 30 times a second (B5)

    def _flush_soon(self, topic: StateTopic) -> None:
        if topic not in self._flushing:
            self._flushing.add(topic)
            self._loop.call_later(FLUSH_SECONDS, self._flush, topic)

    def _flush(self, topic: StateTopic) -> None:
        self._flushing.discard(topic)
        gossip = topic.flush()
        if gossip is not None:
            publisher.publish_state(*topic.key, gossip)
        self.left(topic)

    # The sweep

    async def _sweep_forever(self) -> None:
        while True:
            try:
                async with asyncio.timeout(SWEEP_SECONDS):
                    await self._sweep_now.wait()
                    # Many joins at once are one sweep.
                    await asyncio.sleep(0.05)
            except TimeoutError:
                pass
            self._sweep_now.clear()
            try:
                await self._sweep()
                await self._people.sweep(tuple(self.connections))
            except Exception:
                logger.exception("the head sweep failed")
                await asyncio.sleep(1)

    async def _sweep(self) -> None:
        by_service: dict[LogReader, list[LogTopic]] = {}
        for topic in self._logs.values():
            by_service.setdefault(topic.service, []).append(topic)
        for service, topics in by_service.items():
            heads = await in_database(service.heads, [topic.key[1] for topic in topics])
            for topic in topics:
                self._compare(topic, heads.get(topic.key[1]))

    def _compare(self, topic: LogTopic, head: LogHead | None) -> None:
        if head is None or head.access_epoch != topic.access_epoch:
            topic.access_epoch = head.access_epoch if head else topic.access_epoch
            if topic.head is not None:
                self._recheck(topic.key)
        if head is not None and topic.learn(head):
            metrics.gaps.labels("sweep").inc()
            if self.link is not None and self.link.is_up:
                self.link.rejoin(publisher.group_of(*topic.key))
            self._repair_soon(topic)

    def _repair_soon(self, topic: LogTopic) -> None:
        if not topic.repairing:
            topic.repairing = True
            self._job(self._repair(topic))

    async def _repair(self, topic: LogTopic) -> None:
        """Read what is missing from the database, in order; one at a time for a topic."""
        try:
            heads = await in_database(topic.service.heads, [topic.key[1]])
            if (head := heads.get(topic.key[1])) is None:
                return
            while topic.learn(head) and topic.head is not None:
                offset = topic.head
                events = await in_database(topic.service.page, topic.key[1], offset, max_bytes=REPAIR_PAGE_BYTES)
                for number, frame in events:
                    topic.take(head.epoch, number, frame)
                if topic.head == offset:
                    break
        finally:
            topic.repairing = False

    # Rights

    def _recheck(self, key: Key) -> None:
        for connection in tuple(self.connections):
            self._job(connection.recheck(key))

    def _job(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._jobs.add(task)
        task.add_done_callback(self._job_done)

    def _job_done(self, task: asyncio.Task[None]) -> None:
        self._jobs.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("the hub: %r", error, exc_info=error)

    # Life

    async def _tick_forever(self) -> None:
        while True:
            await asyncio.sleep(TICK_SECONDS)
            now = time.monotonic()
            for connection in tuple(self.connections):
                connection.tick(now)
            for topic in tuple(self._states.values()):
                gossip = topic.tick(now)
                if gossip is not None:
                    publisher.publish_state(*topic.key, gossip)

    async def drain(self, within_seconds: float) -> None:
        """The process is about to end: ask everybody to move, go on delivering, send away who has not gone (D1)."""
        self.draining = True
        if within_seconds > 0:
            for connection in tuple(self.connections):
                connection.send(Move(within=within_seconds))
            # Those who have gone leave the set; looking ten times a second is cheaper than telling of every one.
            deadline = time.monotonic() + within_seconds
            while self.connections and time.monotonic() < deadline:  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        for connection in tuple(self.connections):
            connection.end(Refused(CloseCode.DRAIN, retry=(0, BYE_SPREAD_SECONDS)))

    async def stop(self) -> None:
        publisher.detach(self)
        for task in (*self._tasks, *self._jobs):
            task.cancel()
        await asyncio.gather(*self._tasks, *self._jobs, return_exceptions=True)
        if self.link is not None:
            await self.link.stop()


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()


def current_hub() -> Hub:
    """The hub of the running loop, made when it is first needed."""
    loop = asyncio.get_running_loop()
    hub = _hubs.get(loop)
    if hub is None:
        hub = _hubs[loop] = Hub()
    return hub


async def stop_hub() -> None:
    hub = _hubs.pop(asyncio.get_running_loop(), None)
    if hub is not None:
        await hub.stop()


def running_hub() -> Hub | None:
    """For synchronous readers, such as the health page."""
    return next(iter(_hubs.values()), None)


_encode_json = msgspec.json.encode


def _encode(value: Any) -> str:
    return _encode_json(value).decode()
