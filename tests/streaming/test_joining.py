"""A topic of a hub while somebody is about to have it: between the question and its answer much can happen."""

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator, Collection
from typing import Any

import pytest

from streaming.connection import Connection
from streaming.context import RequestContext
from streaming.fanout.hub import Hub
from streaming.protocol import Hello, SubscriptionRequest
from streaming.services.base import SERVICES, SharedState

SECONDS = 5.0


class Slow(SharedState):
    """Answers who may read when it is told to."""

    name = "slow"

    def __init__(self) -> None:
        self.asked, self.answer = threading.Event(), threading.Event()

    def may_read(self, context: RequestContext, topic: str) -> bool:
        return True

    def readable(self, context: RequestContext, topics: Collection[str]) -> set[str]:
        self.asked.set()
        assert self.answer.wait(SECONDS)
        return set(topics)

    def rights(self, context: RequestContext, topic: str) -> None:
        return None

    def merge(self, context: RequestContext, topic: str, rights: Any, value: Any, data: Any) -> Any:
        return data


@pytest.fixture
async def hub() -> AsyncIterator[Hub]:
    hub = Hub()
    yield hub
    await hub.stop()


class Heard:
    """What goes out on one connection, and somebody who waits for it."""

    def __init__(self) -> None:
        self._frames: asyncio.Queue[Any] = asyncio.Queue()

    async def send(self, message: Any) -> None:
        self._frames.put_nowait(json.loads(message["text"]))

    async def next(self) -> Any:
        async with asyncio.timeout(SECONDS):
            return await self._frames.get()


async def test_t1_a_topic_is_not_forgotten_by_the_hub_while_its_first_subscriber_is_asked_for(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    service, heard = Slow(), Heard()
    monkeypatch.setitem(SERVICES, service.name, service)
    connection = Connection(RequestContext(), heard.send, hub)
    wanted = SubscriptionRequest(service=service.name, topic="t")
    opening = asyncio.ensure_future(connection.open(Hello(id=1, version=1, subscriptions=[wanted])))
    await asyncio.to_thread(service.asked.wait, SECONDS)
    hub.states.tick(time.monotonic())
    service.answer.set()
    await opening
    assert [(await heard.next())["type"] for _ in range(2)] == ["welcome", "state"]
    # Somebody on another process.
    state = json.dumps({"process": "other", "set": {"them": {"here": True}}})
    hub.take({"type": "state", "service": service.name, "topic": "t", "state": state})
    assert (await heard.next())["set"] == {"them": {"here": True}}
    connection.close(clean=True)
    assert not hub.states.topics
