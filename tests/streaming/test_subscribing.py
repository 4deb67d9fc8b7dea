"""One outcome for each request, in order, whatever a frame asks for (S1, R3); each name is resolved once."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from streaming.connection import Connection
from streaming.context import RequestContext
from streaming.fanout.hub import Hub
from streaming.protocol import Hello, Position, SubscriptionRequest
from streaming.service import SharedState
from streaming.services.registry import SERVICES
from tests.streaming.test_replay import EPOCH, EVENTS, Shelf
from tests.waiting import until


class Counting(Shelf):
    """Counts how often a name is resolved."""

    def __init__(self) -> None:
        self.resolved: list[str] = []

    def resolve(self, context: RequestContext, topic: str) -> str:
        self.resolved.append(topic)
        return topic


class Table(SharedState):
    """Who sits at it has a value from the start."""

    name = "table"

    def may_read(self, context: RequestContext, topic: str) -> bool:
        return True

    def enter(self, context: RequestContext, topic: str) -> dict[str, Any]:
        return {"sits": True}

    def rights(self, context: RequestContext, topic: str) -> Any:
        return None

    def merge(self, context: RequestContext, topic: str, rights: Any, value: Any, data: Any) -> Any:
        return data


@pytest.fixture
async def hub() -> AsyncIterator[Hub]:
    hub = Hub()
    yield hub
    await hub.stop()


@pytest.fixture
def shelf(monkeypatch: pytest.MonkeyPatch) -> Counting:
    for service in (shelf := Counting(), Table()):
        monkeypatch.setitem(SERVICES, service.name, service)
    return shelf


class Client:
    def __init__(self, hub: Hub) -> None:
        self.frames: list[dict[str, Any]] = []
        self.connection = Connection(RequestContext(), self._send, hub)

    async def _send(self, message: Any) -> None:
        received = json.loads(message["text"])
        self.frames += received if isinstance(received, list) else [received]

    async def hello(self, *wanted: tuple[str, str, int | None]) -> list[dict[str, Any]]:
        """The outcomes of these: service, topic, and an offset to go on from."""
        asked = [
            SubscriptionRequest(service=service, topic=topic, position=offset if offset is None else at(offset))
            for service, topic, offset in wanted
        ]
        await self.connection.open(Hello(id=1, version=1, subscriptions=asked))
        return list(self.frames[0]["subscriptions"])

    def told(self) -> list[tuple[str, int | None]]:
        """What came behind the welcome, pings left out."""
        return [(frame["type"], frame.get("offset")) for frame in self.frames[1:] if frame["type"] != "ping"]


def at(offset: int) -> Position:
    return Position(epoch=EPOCH, offset=offset)


async def test_s1_r3_every_outcome_beside_the_others_in_order(hub: Hub, shelf: Counting) -> None:
    client = Client(hub)
    outcomes = await client.hello(
        ("shelf", "a", None), ("nothing", "b", None), ("shelf", "c", 1), ("shelf", "d", EVENTS), ("table", "e", None),
        ("shelf", "f", EVENTS + 1),
    )  # fmt: skip
    found = [
        (one["topic"], one["status"], one.get("recovery") or one.get("code") or one.get("reason")) for one in outcomes
    ]
    assert found == [
        ("a", "subscribed", "fresh"), ("b", "refused", "unknown_service"), ("c", "subscribed", "replay"),
        ("d", "subscribed", "exact"), ("e", "subscribed", None), ("f", "reset", "ahead"),
    ]  # fmt: skip
    assert shelf.resolved == ["a", "c", "d", "f"]
    await until(lambda: len(client.told()) == 4, "all was told")
    assert [told for told in client.told() if told[0] != "state"] == [("event", 2), ("event", 3), ("live", 3)]
    client.connection.close(clean=True)


@pytest.mark.parametrize("offsets", [(1, 1), (EVENTS, 1), (None, 1)])
async def test_s1_a_log_that_is_asked_for_twice_at_once_is_sent_once(
    hub: Hub, shelf: Counting, offsets: tuple[int | None, int]
) -> None:
    client = Client(hub)
    outcomes = await client.hello(*[("shelf", "a", offset) for offset in offsets])
    assert [outcome["status"] for outcome in outcomes] == ["subscribed"] * 2
    await until(lambda: ("live", EVENTS) in client.told(), "the replay is over")
    assert client.told() == [("event", 2), ("event", 3), ("live", 3)]
    assert list(client.connection.subscriptions) == [("shelf", "a")]
    client.connection.close(clean=True)
    assert not hub.logs.topics


async def test_s1_t1_state_that_is_asked_for_twice_at_once_is_one_member(hub: Hub, shelf: Counting) -> None:
    client = Client(hub)
    await client.hello(("table", "a", None), ("table", "a", None))
    await until(lambda: bool(client.told()), "the whole came")
    first = client.frames[1]
    assert (first["type"], first["full"]) == ("state", True)
    assert first["set"] == {client.connection.context.connection: {"sits": True}}
    assert len(hub.states.topics["table", "a"].members) == 1
    client.connection.close(clean=True)
