"""What the fan-out bench serves: the product's own stream, and a stock Channels consumer beside it.

`/publish?to=hub|stock&events=N` sends N events from inside this process, as a view would.
"""

import asyncio
import json
import time
from typing import Any
from urllib.parse import parse_qs

# Sets Django up, which the rest needs.
from widgetapp.asgi import application as product

# isort: split
from channels.generic.websocket import AsyncWebsocketConsumer
from channels.layers import get_channel_layer

from streaming.fanout.publisher import publish
from streaming.protocol import Event, encode
from things.models import Thing

GROUP = "bench"
PADDING = "x" * 110  # brings an event to about 250 bytes


class Stock(AsyncWebsocketConsumer):
    """As the Channels tutorial has it: one channel a connection, one group."""

    async def connect(self) -> None:
        await self.channel_layer.group_add(GROUP, self.channel_name)
        await self.accept()

    async def bench_event(self, event: dict[str, Any]) -> None:
        await self.send(text_data=json.dumps(event["data"]))


stock = Stock.as_asgi()
offsets: dict[str, int] = {}


async def application(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "websocket" and scope["path"] == "/stock":
        await stock(scope, receive, send)
    elif scope["type"] == "http" and scope["path"] == "/publish":
        await publish_events(parse_qs(scope["query_string"].decode()), send)
    else:
        await product(scope, receive, send)


async def publish_events(query: dict[str, list[str]], send: Any) -> None:
    to, events = query["to"][0], int(query["events"][0])
    if to == "hub":
        await asyncio.to_thread(to_hub, events)
    else:
        for offset in range(events):
            data = {**frame_fields("bench", offset), "data": payload()}
            await get_channel_layer().group_send(GROUP, {"type": "bench.event", "data": data})
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"ok"})


def to_hub(events: int) -> None:
    """From a thread, as after a commit."""
    thing = Thing.objects.get(title="Bench")
    topic = str(thing.pk)
    for _ in range(events):
        offset = offsets[topic] = offsets.get(topic, thing.revision) + 1
        event = Event(service="things", topic=topic, offset=offset, event="change", data=payload())
        publish("things", topic, epoch=thing.epoch, offset=offset, frame=encode(event))


def payload() -> dict[str, Any]:
    return {"sent": time.monotonic_ns(), "padding": PADDING}


def frame_fields(topic: str, offset: int) -> dict[str, Any]:
    return {"type": "event", "service": "things", "topic": topic, "offset": offset, "event": "change"}
