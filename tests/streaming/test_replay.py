"""Replay from the database (R7): its window is of all topics together, and the log may move while a page is read."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import pytest

from streaming.connection import Connection
from streaming.context import RequestContext
from streaming.fanout.hub import Hub
from streaming.protocol import Hello, Position, SubscriptionRequest
from streaming.replay import PAGE_BYTES, WINDOW_BYTES
from streaming.service import LogHead, LogService, Missed
from streaming.services.registry import SERVICES
from tests.waiting import PATIENCE_SECONDS, patience, until

EPOCH = "k3x9"
EVENTS, EVENT_BYTES = 3, 20_000
A_MOMENT_SECONDS = 0.1  # in which nothing more should come


class Shelf(LogService):
    """Every topic is a log of the same few events."""

    name = "shelf"
    head = EVENTS

    def may_read(self, context: RequestContext, topic: str) -> bool:
        return True

    def heads(self, topics: Sequence[str]) -> dict[str, LogHead]:
        return {topic: LogHead(epoch=EPOCH, offset=self.head, access_epoch=0) for topic in topics}

    def missed(self, offsets: Mapping[str, int]) -> dict[str, Missed]:
        missed = {topic: self.head - offset for topic, offset in offsets.items()}
        return {topic: Missed(events=events, bytes=events * EVENT_BYTES) for topic, events in missed.items()}

    def page(self, topic: str, offset: int, *, max_bytes: int) -> list[tuple[int, str]]:
        """Of one event."""
        return [(offset + 1, self.frame(topic, offset + 1))] if offset < self.head else []

    def snapshot(self, topic: str) -> str:
        return "/"

    def frame(self, topic: str, offset: int) -> str:
        event = {"type": "event", "service": self.name, "topic": topic, "offset": offset, "event": "x"}
        return json.dumps({**event, "data": "x" * EVENT_BYTES})


@pytest.fixture
async def hub() -> AsyncIterator[Hub]:
    hub = Hub()
    yield hub
    await hub.stop()


class Client:
    """One connection's other end; `frames` are what came, and `offered` their bytes."""

    def __init__(self, hub: Hub) -> None:
        self.frames: list[dict[str, Any]] = []
        self.offered = 0
        self.connection = Connection(RequestContext(), self._send, hub)

    async def _send(self, message: Any) -> None:
        self.offered += len(message["text"])
        self.frames.append(json.loads(message["text"]))

    async def hello(self, service: Shelf, topics: Sequence[str], offset: int) -> None:
        position = Position(epoch=EPOCH, offset=offset)
        wanted = [SubscriptionRequest(service=service.name, topic=topic, position=position) for topic in topics]
        await self.connection.open(Hello(id=1, version=1, subscriptions=wanted))

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [frame for frame in self.frames if frame["type"] == kind]


async def test_r7_the_window_is_of_all_topics_together(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    service, client, topics = Shelf(), Client(hub), [f"t{number}" for number in range(40)]
    monkeypatch.setitem(SERVICES, service.name, service)
    await client.hello(service, topics, 0)
    await until(lambda: client.connection.flow.outstanding_bytes > WINDOW_BYTES)
    await asyncio.sleep(A_MOMENT_SECONDS)
    assert client.offered < WINDOW_BYTES + PAGE_BYTES + 20_000  # the welcome
    async with patience():
        while len(client.of("live")) < len(topics):
            client.connection.acknowledge(client.of("ping")[-1]["n"])
            assert client.connection.flow.outstanding_bytes < WINDOW_BYTES + PAGE_BYTES
            await asyncio.sleep(0.001)
    assert len(client.of("event")) == EVENTS * len(topics)
    client.connection.close(clean=True)


class Watched(Shelf):
    """Its pages are read when it is told to."""

    def __init__(self) -> None:
        self.asked, self.answer = threading.Event(), threading.Event()

    def page(self, topic: str, offset: int, *, max_bytes: int) -> list[tuple[int, str]]:
        page = super().page(topic, offset, max_bytes=max_bytes)
        self.asked.set()
        assert self.answer.wait(PATIENCE_SECONDS)
        return page


async def test_r7_an_event_that_comes_while_an_empty_page_is_read_is_no_hole(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    service, first, second = Watched(), Client(hub), Client(hub)
    monkeypatch.setitem(SERVICES, service.name, service)
    await first.hello(service, ["t"], EVENTS)
    # A commit whose publication is late: the second knows of it before the hub has it.
    service.head += 1
    await second.hello(service, ["t"], service.head)
    await asyncio.to_thread(service.asked.wait, PATIENCE_SECONDS)
    for offset in (service.head, service.head + 1):
        event = {"epoch": EPOCH, "offset": offset, "frame": service.frame("t", offset)}
        hub.take({"type": "log", "service": service.name, "topic": "t", **event})
    service.head += 1
    await asyncio.sleep(A_MOMENT_SECONDS)
    service.answer.set()
    await until(lambda: second.of("event") or second.connection.ended.done())
    await asyncio.sleep(A_MOMENT_SECONDS)
    assert not second.connection.ended.done(), second.connection.ended.result()
    assert [frame["offset"] for frame in second.of("event")] == [service.head]
    for client in (first, second):
        client.connection.close(clean=True)
