"""Clients that send without waiting (B3, B4), and what a server and its other clients make of it."""

import asyncio
import contextlib
import json
from typing import Any
from uuid import uuid4

import psutil

from tests.probe import Probe
from tests.sockets import CLOSE, TEXT, Wire, connected, frame, parts_of
from tests.streaming.conftest import Site
from tests.streaming.growing import growth
from tests.waiting import PATIENCE_SECONDS


def padded(size: int, value: dict[str, Any]) -> bytes:
    text = json.dumps({**value, "padding": ""})
    return frame(text[:-2] + "x" * (size - len(text)) + '"}')


LARGE = 60 * 1024
FLOODS: dict[str, tuple[int, bytes]] = {
    "large messages": (2000, padded(LARGE, {"type": "message", "service": "presence", "topic": "T", "data": {}})),
    "large requests": (2000, padded(LARGE, {"type": "subscribe", "id": 1, "subscriptions": []})),
    "large nonsense": (2000, frame("x" * LARGE)),
    "large pongs": (2000, padded(LARGE, {"type": "pong", "n": 1})),
    "small requests": (100_000, frame('{"type":"subscribe","id":1,"subscriptions":[]}')),
    "small messages": (100_000, frame('{"type":"message","service":"presence","topic":"T","data":{}}')),
    "small nonsense": (100_000, frame("x")),
    "small pongs": (100_000, frame('{"type":"pong","n":1}')),
    "many topics": (2000, frame(json.dumps({"type": "subscribe", "id": 1, "subscriptions": [
        {"service": "things", "topic": f"00000000-0000-7000-8000-{number:012}"} for number in range(700)]}))),
}  # fmt: skip


async def flood(wire: Wire, times: int, data: bytes) -> int:
    """How many frames went out before the end; nothing that comes back is waited for."""
    for number in range(times):
        while wire.transport.get_write_buffer_size() > 256 * 1024 and not wire.ended.done():  # noqa: ASYNC110
            await asyncio.sleep(0.001)
        if wire.ended.done() or wire.transport.is_closing():
            return number
        wire.transport.write(data)
    return times


class Flooder:
    """Is welcomed, floods, and keeps the code it was ended with."""

    def __init__(self) -> None:
        self.welcomed = asyncio.Event()
        self.code = 0

    async def start(self, site: Site) -> None:
        self.wire = await connected(site.server.url, list(site.bearer("jonas").items()), self._read)
        self.wire.send({"type": "hello", "id": 1, "version": 1})
        await asyncio.wait_for(self.welcomed.wait(), PATIENCE_SECONDS)

    def _read(self, opcode: int, payload: bytes) -> None:
        for part in parts_of(payload) if opcode == TEXT else ():
            message = json.loads(part)
            if message["type"] == "bye":
                self.code = self.code or message["code"]
            elif message["type"] == "welcome":
                self.welcomed.set()
        if opcode == CLOSE:
            self.code = self.code or int.from_bytes(payload[:2], "big")


async def warm_up(site: Site) -> None:
    """What a worker takes once, for whoever comes first: threads, connections to the database with their pages, and
    room for the largest question that a frame can hold.
    """
    topics = [{"service": "things", "topic": str(uuid4())} for _ in range(650)]

    async def subscribe() -> None:
        async with site.talk("ana") as talk:
            await talk.hello(*topics)

    await asyncio.gather(*(subscribe() for _ in range(4)))


async def struck(site: Site, name: str, quiet_seconds: float = 0.0) -> dict[str, Any]:
    """What a flood of that name did, and what a clean client noticed before and during it."""
    process, flooder = psutil.Process(site.server.worker_pid("1")), Flooder()
    with contextlib.closing(Probe(site.server, site.new_thing())) as probe:
        await asyncio.sleep(quiet_seconds)
        before = probe.figures()
        await flooder.start(site)
        await warm_up(site)
        async with growth(process) as grown:
            sent = await flood(flooder.wire, *FLOODS[name])
            await asyncio.wait((flooder.wire.ended,), timeout=PATIENCE_SECONDS)
            more = grown.look()
        during = probe.figures()
        after = await asyncio.to_thread(probe.figures_of_more)
    flooder.wire.cut()
    told = {"flood": name, "sent": sent, "code": flooder.code, "grown_bytes": more}
    return {**told, "before": before, "during": during, "after": after}
