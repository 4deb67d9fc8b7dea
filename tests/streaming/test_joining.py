"""A topic of a hub while somebody is about to have it: between the question and its answer much can happen."""

import asyncio
import contextlib
import json
import threading
import time
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from typing import Any

import pytest

from streaming.connection import Connection
from streaming.context import RequestContext
from streaming.fanout.hub import Hub
from streaming.protocol import Hello, Position, SubscriptionRequest
from streaming.service import LogHead, LogService, Missed, Service, SharedState
from streaming.services.registry import SERVICES
from tests.waiting import PATIENCE_SECONDS, patience


class Slow(Service):
    """Anybody may read, once `answer` is set."""

    def __init__(self) -> None:
        self.asked, self.answer = threading.Event(), threading.Event()

    def may_read(self, context: RequestContext, topic: str) -> bool:
        return True

    def readable(self, context: RequestContext, topics: Collection[str]) -> set[str]:
        self.asked.set()
        assert self.answer.wait(PATIENCE_SECONDS)
        return set(topics)


class SlowState(Slow, SharedState):
    name = "slow-state"

    def rights(self, context: RequestContext, topic: str) -> None:
        return None

    def merge(self, context: RequestContext, topic: str, rights: Any, value: Any, data: Any) -> Any:
        return data


class SlowLog(Slow, LogService):
    name = "slow-log"
    epoch = "k3x9"

    def heads(self, topics: Sequence[str]) -> dict[str, LogHead]:
        return {topic: LogHead(epoch=self.epoch, offset=5, access_epoch=0) for topic in topics}

    def missed(self, offsets: Mapping[str, int]) -> dict[str, Missed]:
        return {}

    def page(self, topic: str, offset: int, *, max_bytes: int) -> list[tuple[int, str]]:
        return []

    def snapshot(self, topic: str) -> str:
        return "/"


@pytest.fixture
async def hub() -> AsyncIterator[Hub]:
    hub = Hub()
    yield hub
    await hub.stop()


class Client:
    """The other end of one connection, whose hello asks for one topic."""

    def __init__(self, hub: Hub, service: Slow) -> None:
        self._service = service
        self._frames: asyncio.Queue[Any] = asyncio.Queue()
        self.connection = Connection(RequestContext(), self._send, hub)

    async def _send(self, message: Any) -> None:
        self._frames.put_nowait(json.loads(message["text"]))

    async def hello(self, position: Position | None = None) -> None:
        wanted = SubscriptionRequest(service=self._service.name, topic="t", position=position)
        await self.connection.open(Hello(id=1, version=1, subscriptions=[wanted]))

    async def next(self) -> Any:
        async with patience():
            return await self._frames.get()


@contextlib.asynccontextmanager
async def asked_for(client: Client, service: Slow, **hello: Any) -> AsyncIterator[None]:
    """The time between the question of a hello and its answer."""
    service.asked.clear()
    service.answer.clear()
    opening = asyncio.ensure_future(client.hello(**hello))
    await asyncio.to_thread(service.asked.wait, PATIENCE_SECONDS)
    yield
    service.answer.set()
    await opening


async def test_t1_a_topic_is_not_forgotten_while_its_first_subscriber_is_asked_for(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = SlowState()
    monkeypatch.setitem(SERVICES, service.name, service)
    client = Client(hub, service)
    async with asked_for(client, service):
        hub.states.tick(time.monotonic())
    assert [(await client.next())["type"] for _ in range(2)] == ["welcome", "state"]
    # Somebody on another process.
    state = json.dumps({"process": "other", "set": {"them": {"here": True}}})
    hub.take({"type": "state", "service": service.name, "topic": "t", "state": state})
    assert (await client.next())["set"] == {"them": {"here": True}}
    client.connection.close(clean=True)
    assert not hub.states.topics


async def test_h3_a_history_that_changes_while_the_hello_is_asked_for_is_told_in_the_welcome(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = SlowLog()
    monkeypatch.setitem(SERVICES, service.name, service)
    known, newcomer = Client(hub, service), Client(hub, service)
    service.answer.set()
    await known.hello()
    await known.next()
    async with asked_for(newcomer, service, position=Position(epoch="k3x9", offset=5)):
        service.epoch = "p0aa"
        hub.logs.sweep()
        await asyncio.gather(*hub._jobs)
    assert ((reset := await known.next())["type"], reset["reason"]) == ("reset", "epoch")
    welcome = await newcomer.next()
    assert welcome["type"] == "welcome"
    assert (welcome["subscriptions"][0]["status"], welcome["subscriptions"][0]["reason"]) == ("reset", "epoch")
    for client in (known, newcomer):
        client.connection.close(clean=True)
