"""The line of one process to a real Redis: what it leaves it has left, and one bad message is one bad message."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from channels_redis.pubsub import RedisPubSubChannelLayer
from redis.asyncio import Redis as Client

from streaming.fanout import layer
from streaming.fanout.layer import LayerLink
from tests.servers import Redis
from tests.waiting import until


class Line:
    """A link, what it has received, and the layer that others send with."""

    def __init__(self, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self.received: list[Any] = []
        self.sender = RedisPubSubChannelLayer(hosts=[url])
        layers = {"default": RedisPubSubChannelLayer(hosts=[url]), "publish": self.sender}
        monkeypatch.setattr(layer, "get_channel_layer", lambda name="default": layers[name])
        self.link = LayerLink(self._take, lambda: None)
        self._client = Client.from_url(url)

    def _take(self, publication: dict[str, Any]) -> None:
        self.received.append(publication["number"])

    async def send(self, *publications: dict[str, Any]) -> None:
        await self.sender.group_send("g", {"type": "publications", "messages": list(publications)})

    async def is_subscribed(self) -> bool:
        return any(name.endswith(b"g") for name in await self._client.pubsub_channels())

    async def stop(self) -> None:
        await self.link.stop()
        await self.sender.flush()
        await self._client.aclose()


@pytest.fixture
async def line(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Line]:
    line = Line(redis.url, monkeypatch)
    line.link.want("g")
    await until(line.is_subscribed)
    yield line
    await line.stop()


async def test_r6_a_topic_that_was_left_is_left_though_a_message_of_it_was_missed(line: Line) -> None:
    line.link.unwant("g")
    line.link.rejoin("g")

    async def is_left() -> bool:
        return not await line.is_subscribed()

    await until(is_left)


async def test_r6_a_publication_that_cannot_be_read_takes_no_other_with_it(line: Line) -> None:
    await line.send({"number": 1}, {"of": "another version"}, {"number": 2})
    await until(lambda: line.received == [1, 2])
