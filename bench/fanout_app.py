"""What the fan-out bench serves: the product's own stream, a stock Channels consumer and a bare protocol beside it.

`/publish?to=TARGET&events=N` sends N events from inside this process, as a view would. TARGET: `stock`, `bare`, or a
Thing's id; with `&batch=1` the hub may join what waits. `/plain` is the stream without prepared frames.
"""

import asyncio
import base64
import gc
import hashlib
import json
import os
import re
import sys
import time
from typing import Any, ClassVar
from urllib.parse import parse_qs

# Sets Django up, which the rest needs.
from widgetapp.asgi import application as product

# isort: split
import uvicorn
from channels.generic.websocket import AsyncWebsocketConsumer
from channels.layers import get_channel_layer

from streaming.fanout import topics
from streaming.fanout.prepared import PreparedFrame
from streaming.fanout.publisher import publish
from streaming.protocol import Event, encode
from things.models import Thing
from widgetapp.worker import GC_THRESHOLDS, configuration

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
known: dict[str, Thing] = {}


async def application(scope: Any, receive: Any, send: Any) -> None:
    await start_bare()
    if scope["type"] == "websocket" and scope["path"] == "/stock":
        await stock(scope, receive, send)
    elif scope["type"] == "websocket" and scope["path"] == "/plain":
        await product({**scope, "path": "/_stream", "extensions": {}}, receive, send)
    elif scope["type"] == "http" and scope["path"] == "/publish":
        await publish_events(parse_qs(scope["query_string"].decode()), send)
    else:
        await product(scope, receive, send)


class Bare(asyncio.Protocol):
    """The least a server can do: a handshake, then ready frames."""

    everybody: ClassVar[set[asyncio.Transport]] = set()

    def connection_made(self, transport: Any) -> None:
        self.transport, self.request = transport, b""

    def data_received(self, data: bytes) -> None:
        self.request += data
        if b"\r\n\r\n" in self.request and self.transport not in self.everybody:
            key = re.search(rb"Sec-WebSocket-Key: (\S+)", self.request)
            assert key
            accept = base64.b64encode(hashlib.sha1(key[1] + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
            upgrade = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            self.transport.write(upgrade + b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n")
            self.everybody.add(self.transport)

    def connection_lost(self, error: Exception | None) -> None:
        self.everybody.discard(self.transport)

    @classmethod
    def write(cls, frame: bytes) -> None:
        for transport in cls.everybody:
            transport.write(frame)


servers: list[Any] = []


async def start_bare() -> None:
    if not servers:
        servers.append(None)
        loop = asyncio.get_running_loop()
        servers[0] = await loop.create_server(Bare, "127.0.0.1", int(os.environ["BENCH_BARE_PORT"]))


async def publish_events(query: dict[str, list[str]], send: Any) -> None:
    to, events = query["to"][0], int(query["events"][0])
    topics.BATCH_BYTES = 64 * 1024 if "batch" in query else 0
    if to == "bare":
        await asyncio.to_thread(to_bare, events, asyncio.get_running_loop())
    elif to == "stock":
        for offset in range(events):
            data = {**frame_fields("bench", offset), "data": payload()}
            await get_channel_layer().group_send(GROUP, {"type": "bench.event", "data": data})
    else:
        await asyncio.to_thread(to_hub, to, events)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"ok"})


def to_bare(events: int, loop: asyncio.AbstractEventLoop) -> None:
    """From a thread too, an event a turn: else all of a burst would leave in one system call a socket."""
    for offset in range(events):
        event = Event(service="things", topic="bench", offset=offset, event="change", data=payload())
        loop.call_soon_threadsafe(Bare.write, PreparedFrame(encode(event)).websocket)


def to_hub(topic: str, events: int) -> None:
    """From a thread, as after a commit."""
    if topic not in known:
        known[topic] = Thing.objects.get(pk=topic)
    thing = known[topic]
    for _ in range(events):
        offset = offsets[topic] = offsets.get(topic, thing.revision) + 1
        event = Event(service="things", topic=topic, offset=offset, event="change", data=payload())
        publish("things", topic, epoch=thing.epoch, offset=offset, frame=encode(event))


def payload() -> dict[str, Any]:
    return {"sent": time.monotonic_ns(), "padding": PADDING}


def frame_fields(topic: str, offset: int) -> dict[str, Any]:
    return {"type": "event", "service": "things", "topic": topic, "offset": offset, "event": "change"}


if __name__ == "__main__":
    if os.environ["BENCH_COLLECTOR"] == "worker":
        gc.set_threshold(*GC_THRESHOLDS)
    uvicorn.Server(configuration("bench.fanout_app:application", port=int(sys.argv[1]))).run()
