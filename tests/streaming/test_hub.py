"""The hub goes on whatever breaks in one connection or one service (B3, S4)."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest

from accounts.models import User
from streaming.connection import Connection
from streaming.context import RequestContext
from streaming.fanout import hub as module
from streaming.fanout.hub import Hub
from streaming.protocol import Hello
from tests.waiting import patience


@pytest.fixture
async def hub(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Hub]:
    monkeypatch.setattr(module, "TICK_SECONDS", 0.02)
    hub = Hub()
    yield hub
    await hub.stop()


class Broken:
    """A log service with a mistake in it."""

    name = "broken"

    def heads(self, topics: Sequence[str]) -> dict[str, Any]:
        raise RuntimeError("on purpose")

    def page(self, topic: str, offset: int, *, max_bytes: int) -> list[tuple[int, str]]:
        raise RuntimeError("on purpose")


async def nowhere(message: Any) -> None:
    pass


async def test_b2_a_connection_whose_tick_breaks_is_ended_and_the_others_tick_on(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = (Connection(RequestContext(), nowhere, hub) for _ in range(2))
    ticked = asyncio.Event()
    for connection in (one, other):
        await connection.open(Hello(id=1, version=1))
        hub.connections.add(connection)

    def broken(now: float) -> None:
        raise RuntimeError("on purpose")

    monkeypatch.setattr(one, "tick", broken)
    async with patience():
        assert (await one.ended).code == 4200
        monkeypatch.setattr(other, "tick", lambda now: ticked.set())
        await ticked.wait()
    assert not other.ended.done()


@pytest.mark.django_db(transaction=True)
async def test_a4_who_was_signed_out_is_found_though_the_heads_of_a_service_cannot_be_read(hub: Hub, ana: User) -> None:
    connection = Connection(RequestContext(user=ana), nowhere, hub)
    hub.connections.add(connection)
    hub.log_topic(Broken(), "t")
    await User.objects.filter(pk=ana.pk).aupdate(is_active=False, access_epoch=ana.access_epoch + 1)
    async with patience():
        assert (await connection.ended).code == 4101
