"""A connection without a socket: what the order of frames owes to nobody's luck."""

import asyncio
import json
from typing import Any

from streaming.connection import Connection
from streaming.context import RequestContext
from streaming.fanout.hub import Hub
from streaming.protocol import Hello, Move
from tests.waiting import PATIENCE_SECONDS


async def test_h3_nothing_comes_before_the_welcome() -> None:
    """Drain, an ended right or a ping may come while the subscriptions of a hello are still being asked for."""
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(json.loads(message["text"])["type"])

    hub = Hub()
    try:
        connection = Connection(RequestContext(), send, hub)
        hub.connections.add(connection)
        connection.tick(float("inf"))
        draining = asyncio.ensure_future(hub.drain(PATIENCE_SECONDS))
        await asyncio.sleep(0)
        assert sent == []
        await connection.open(Hello(id=1, version=1))
        assert sent == ["welcome", "move"]
        connection.send(Move(within=1))
        assert sent == ["welcome", "move", "move"]
        draining.cancel()
    finally:
        await hub.stop()
