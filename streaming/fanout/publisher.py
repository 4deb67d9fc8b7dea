"""Publishing from synchronous code: at once to this process's hub, in the background to the channel layer (W7).

A publication is a hint. It arrives at most once, nobody waits for it, and it never raises: what is lost is found by
the head sweep of every hub (R6).
"""

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Iterable
from typing import Any, Protocol

from channels.layers import get_channel_layer
from django.conf import settings

from streaming import metrics
from streaming.fanout.publications import (
    AccessPublication,
    HeldPublication,
    LogPublication,
    Publication,
    StatePublication,
)

logger = logging.getLogger(__name__)

QUEUE_MESSAGES = 2000
SEND_MESSAGES = 64
SEND_BYTES = 256 * 1024
SEND_SECONDS = 1.0
PAUSE_SECONDS = 2.0  # how long a failing layer is left alone
ACCESS_GROUP, HELD_GROUP = "access", "held"


class LocalHub(Protocol):
    """What the publisher needs of the hub of its process."""

    def take(self, message: Publication) -> None:
        """Called on any thread; hands the message to the hub's loop."""


class Waiting:
    """What was not sent to the channel layer yet, by group: what waits for one group goes out in one message.

    Bounded. The oldest is dropped first: a newer message of the same topic makes receivers notice the gap. Changes of
    rights go before everything else, and are dropped last.
    """

    def __init__(self) -> None:
        self._groups: dict[str, deque[Publication]] = {}
        self._count = 0

    def __bool__(self) -> bool:
        return self._count > 0

    def put(self, group: str, message: Publication) -> None:
        if self._count >= QUEUE_MESSAGES:
            self._pop(next((group for group in self._groups if group != ACCESS_GROUP), ACCESS_GROUP))
            metrics.publications_dropped.inc()
        self._groups.setdefault(group, deque()).append(message)
        self._count += 1

    def take(self) -> tuple[str, list[Publication]]:
        """The group that waits longest, and as many of its messages, in order, as fit into one."""
        group = ACCESS_GROUP if ACCESS_GROUP in self._groups else next(iter(self._groups))
        messages, size = [self._pop(group)], 0
        while (queue := self._groups.get(group)) and len(messages) < SEND_MESSAGES:
            size += size_of(messages[-1])
            if size + size_of(queue[0]) > SEND_BYTES:
                break
            messages.append(self._pop(group))
        if queue:
            self._groups[group] = self._groups.pop(group)  # the others have their turn
        return group, messages

    def _pop(self, group: str) -> Publication:
        queue = self._groups[group]
        message = queue.popleft()
        self._count -= 1
        if not queue:
            del self._groups[group]
        return message


def size_of(message: Publication) -> int:
    """Roughly: nearly all of a message is what was encoded already."""
    if message["type"] == "log":
        return len(message["frame"])
    return len(message["state"]) if message["type"] == "state" else 0


class Publisher:
    """One background task on an event loop: the hub's, or one of its own."""

    def __init__(self) -> None:
        self._waiting = Waiting()
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wake: asyncio.Event | None = None
        self._hub: LocalHub | None = None
        self._task: asyncio.Task[None] | None = None

    def attach(self, hub: LocalHub, loop: asyncio.AbstractEventLoop) -> None:
        """A hub is running in this process: publish on its loop from now on."""
        with self._lock:
            self._hub = hub
            self._start(loop)

    def detach(self, hub: LocalHub) -> None:
        with self._lock:
            if self._hub is hub:
                self._hub = None
                self._stop()

    def publish(self, group: str, message: Publication) -> None:
        hub = self._hub
        if hub is not None:
            hub.take(message)
        if not settings.REDIS_HOSTS:
            return
        with self._lock:
            self._waiting.put(group, message)
            if self._loop is None:
                self._start(_background_loop())
            if self._loop is not None and self._wake is not None:
                self._loop.call_soon_threadsafe(self._wake.set)

    def _start(self, loop: asyncio.AbstractEventLoop) -> None:
        self._stop()
        self._loop, self._wake = loop, asyncio.Event()
        loop.call_soon_threadsafe(self._begin, self._wake)

    def _begin(self, wake: asyncio.Event) -> None:
        self._task = asyncio.ensure_future(self._run(wake))
        wake.set()

    def _stop(self) -> None:
        if self._loop is not None and self._task is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._task.cancel)
        self._loop = self._wake = self._task = None

    async def _run(self, wake: asyncio.Event) -> None:
        layer = get_channel_layer("publish")
        while True:
            await wake.wait()
            wake.clear()
            while self._waiting:
                with self._lock:
                    group, messages = self._waiting.take()
                if not await self._send(layer, group, messages):
                    await asyncio.sleep(PAUSE_SECONDS)

    async def _send(self, layer: Any, group: str, messages: list[Publication]) -> bool:
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await layer.group_send(group, {"type": "publications", "messages": messages})
        except Exception as error:
            metrics.publications_dropped.inc(len(messages))
            logger.warning("publication to %s lost: %r", group, error)
            return False
        return True


_publisher = Publisher()
attach, detach = _publisher.attach, _publisher.detach


def _background_loop() -> asyncio.AbstractEventLoop:
    """For processes without a hub, such as management commands."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="publisher", daemon=True).start()
    return loop


def group_of(service: str, topic: str) -> str:
    """The channel layer's name for a topic: ASCII, under 100 characters."""
    return f"{service}.{topic}"


def publish(service: str, topic: str, *, epoch: str, offset: int, frame: bytes, access_epoch: int = 0) -> None:
    """Tell every hub of an event, already encoded as it goes to clients. Call it after commit, from any thread.
    `access_epoch`: of the topic's owner in the transaction of the event; where a hub knows an older one only, it asks
    who may still read before it tells the event on (A4).
    """
    message: LogPublication = {
        "type": "log",
        "service": service,
        "topic": topic,
        "epoch": epoch,
        "offset": offset,
        "access_epoch": access_epoch,
        "frame": frame.decode(),
        "at": time.time(),
    }
    _publisher.publish(group_of(service, topic), message)


def publish_access(
    *, topics: Iterable[Any] = (), users: Iterable[Any] = (), sessions: Iterable[str] = (), cut: Iterable[str] = ()
) -> None:
    """Rights changed: every hub asks again for topics of these names in all services and about these users'
    connections, and ends what lives by these sessions (A4). `cut`: connections or users an operator sends away.
    """
    message: AccessPublication = {
        "type": "access",
        "topics": [str(topic) for topic in topics],
        "users": [str(user) for user in users],
        "sessions": list(sessions),
        "cut": list(cut),
    }
    _publisher.publish(ACCESS_GROUP, message)


def publish_held(process: str, held: dict[str, dict[str, int]], *, whole: bool) -> None:
    """How many connections a process holds, by kind and name, to the hubs of the others (B4)."""
    message: HeldPublication = {"type": "held", "process": process, "held": held, "whole": whole}
    _publisher.publish(HELD_GROUP, message)


def publish_state(service: str, topic: str, state: str) -> None:
    """Gossip of a state topic, encoded JSON, to the hubs of the other processes (T1)."""
    message: StatePublication = {"type": "state", "service": service, "topic": topic, "state": state}
    _publisher.publish(group_of(service, topic), message)
