"""The hub, one in each process. It knows the topics subscribed here, keeps them in order and repairs gaps (R6).

Publications come from this process at once and from the others through the channel layer; both are hints. Every
2 seconds the heads of all topics are compared with the database, with one query for each service.
"""

import asyncio
import logging
import secrets
import time
from collections import deque
from collections.abc import Awaitable
from weakref import WeakKeyDictionary

from django.conf import settings

from streaming import metrics
from streaming.asgi_types import Scope
from streaming.close_codes import CloseCode
from streaming.database import log_failed
from streaming.errors import Refused
from streaming.fanout import publisher
from streaming.fanout.connections import HubConnection, RefusalDescribed
from streaming.fanout.held import HeldGossip
from streaming.fanout.layer import LayerLink
from streaming.fanout.logs import Logs
from streaming.fanout.people import People
from streaming.fanout.pressure import Pressure
from streaming.fanout.publications import AccessPublication, Publication
from streaming.fanout.rights import Rights
from streaming.fanout.states import Source, States
from streaming.fanout.topics import LogTopic, StateTopic
from streaming.forwarded import client_address, cloudflare_header
from streaming.protocol import Move, now_text
from streaming.service import Key, LogService, StateService, Values

logger = logging.getLogger(__name__)

SWEEP_SECONDS = 2.0
TICK_SECONDS = 1.0
BYE_SPREAD_SECONDS = 3
NEWCOMER_RETRY_SECONDS = (0.0, 5.0)
# Clients that moved at the last moment are still at it: new socket, hello, then the end of the old connection.
MOVING_SECONDS = 1.0
# What this process says of its connections; `services.monitor` shows it.
LIVE_CONNECTIONS = ("monitor", "connections")
REFUSALS = 20


class Hub:
    def __init__(self) -> None:
        self.process = secrets.token_hex(6)
        self.connections: set[HubConnection] = set()
        self.draining = False
        self.started_at = now_text()
        self.refusals: deque[RefusalDescribed] = deque(maxlen=REFUSALS)
        self._loop = asyncio.get_running_loop()
        self._people = People()
        self.pressure = Pressure(settings.STREAM_WORKER_BYTES)
        self._sweep_now = asyncio.Event()
        self._rights = Rights(self)
        self._jobs: set[asyncio.Task[None]] = set()
        self.link = LayerLink(self._receive, self._sweep_now.set) if settings.REDIS_HOSTS else None
        self.held = HeldGossip(self.process) if self.link is not None else None
        if self.link is not None:
            self.link.want(publisher.ACCESS_GROUP)
            self.link.want(publisher.HELD_GROUP)
        self.logs, self.states = Logs(self, self._made, self._loop.call_soon), States(self, self._made)
        self.states.add_source(Source(LIVE_CONNECTIONS, self._describe))
        self._tasks = [asyncio.ensure_future(self._sweep_forever()), asyncio.ensure_future(self._tick_forever())]
        publisher.attach(self, self._loop)

    def require_open(self) -> None:
        """Raises `Refused` while newcomers are not let in: this process drains, or holds too much already."""
        if self.draining:
            raise Refused(CloseCode.DRAIN, retry=NEWCOMER_RETRY_SECONDS)
        self.pressure.require_room()

    # Topics

    def log_topic(self, service: LogService, name: str) -> LogTopic:
        topic = self.logs.topic(service, name)
        if topic.newest is None:
            # A subscription reads the head itself; a topic that is only followed has to be told.
            self._sweep_now.set()
        return topic

    def state_topic(self, service: StateService, name: str) -> StateTopic:
        return self.states.topic(service, name)

    def _made(self, key: Key) -> None:
        if self.link is not None:
            self.link.want(publisher.group_of(*key))

    def left(self, topic: LogTopic | StateTopic) -> None:
        """A member has left the topic: forget it if it was the last."""
        if not topic.is_idle or self.topic(topic.key) is not topic:
            return
        self.logs.forget(topic.key)
        self.states.forget(topic.key)
        if self.link is not None and not self.states.is_source(topic.key):
            self.link.unwant(publisher.group_of(*topic.key))

    def rejoin(self, key: Key) -> None:
        """A publication did not arrive though the layer is up: subscribe again."""
        if self.link is not None and self.link.is_up:
            self.link.rejoin(publisher.group_of(*key))

    # Publications

    def take(self, message: Publication) -> None:
        """A publication of this process; called on any thread."""
        self._loop.call_soon_threadsafe(self._receive, message)

    def _receive(self, message: Publication) -> None:
        if message["type"] == "log":
            self.logs.take(message)
        elif message["type"] == "state":
            self.states.take(message)
        elif message["type"] == "access":
            self._access(message)
        elif message["type"] == "held" and self.held is not None:
            self.held.take(message)

    def _access(self, message: AccessPublication) -> None:
        for topic in message["topics"]:
            self.recheck(topic)
        self._people.end_sessions(self.connections, message["sessions"])
        if users := message["users"]:
            self._people.suspect(self.connections, users)
            self.job(self._people.check_suspects())
        if cut := message["cut"]:
            self._people.cut(self.connections, cut)

    def recheck(self, topic: str) -> None:
        """Rights to a topic's owner may have changed: every service that has a topic of this name asks again (A4)."""
        for key in (*self.logs.topics, *self.states.topics):
            if key[1] == topic:
                self._rights.ask(key)

    def topic(self, key: Key) -> LogTopic | StateTopic | None:
        return self.logs.topics.get(key) or self.states.topics.get(key)

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
                self.logs.sweep()
                await self._people.sweep(tuple(self.connections))
            except Exception as error:
                logger.warning("whether people still may be here is not known: %r", error)

    def job(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._jobs.add(task)
        task.add_done_callback(self._job_done)

    def _job_done(self, task: asyncio.Task[None]) -> None:
        self._jobs.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log_failed("the hub", error)

    # What an operator sees

    def record(self, scope: Scope, refused: Refused) -> None:
        """Count, log and show a connection that the server refuses or ends, on either transport (O)."""
        code = int(refused.code)
        (metrics.closes if refused.welcomed else metrics.refusals).labels(code).inc()
        if not refused.welcomed:
            address = client_address(scope)
            self.refusals.append({"code": code, "reason": refused.reason, "address": address, "at": now_text()})
        logger.info("stream closed: %s %s ray=%s", code, refused.reason, cloudflare_header(scope, b"cf-ray") or "-")

    def _describe(self) -> Values:
        """Connection id → what an operator sees of it; `worker:` and the name of this process → the process itself."""
        described = {connection.context.connection: connection.described() for connection in self.connections}
        itself = {
            "worker": settings.WORKER,
            "process": self.process,
            "started_at": self.started_at,
            "connections": len(described),
            "lagging": sum(value["lagging"] for value in described.values()),
            "outstanding_bytes": sum(value["outstanding_bytes"] for value in described.values()),
            "topics": len(self.logs.topics) + len(self.states.topics),
            "channel_layer": "none" if self.link is None else "ok" if self.link.is_up else "silent",
            "refusals": list(self.refusals),
        }
        return {**described, f"worker:{self.process}": itself}

    # Life

    async def _tick_forever(self) -> None:
        while True:
            await asyncio.sleep(TICK_SECONDS)
            try:
                self._tick(time.monotonic())
            except Exception:
                logger.exception("the tick failed")

    def _tick(self, now: float) -> None:
        for connection in tuple(self.connections):
            try:
                connection.tick(now)
            except Exception:
                logger.exception("a connection broke")
                connection.end(Refused(CloseCode.INTERNAL_ERROR))
        self.states.tick(now)
        if self.held is not None:
            self.held.tick(now)
        self.pressure.measure(self.connections)

    async def drain(self, within_seconds: float) -> None:
        """The process is about to end: ask everybody to move, go on delivering, then end who is left (D1)."""
        self.draining = True
        if self.held is not None:
            self.held.leave()
        if within_seconds > 0:
            for connection in tuple(self.connections):
                connection.send(Move(within=within_seconds))
            # Connections that end leave the set; polling it is cheaper than a notification from each.
            deadline = time.monotonic() + within_seconds + MOVING_SECONDS
            while self.connections and time.monotonic() < deadline:  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        for connection in tuple(self.connections):
            connection.end(Refused(CloseCode.DRAIN, retry=(0, BYE_SPREAD_SECONDS)))

    async def stop(self) -> None:
        publisher.detach(self)
        if self.held is not None:
            self.held.stop()
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
