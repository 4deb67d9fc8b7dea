"""B3, B4: clients that send without waiting are ended, cost a bounded amount of memory, and the others notice nothing.

`FLOODS=all .venv/bin/python -m pytest -s tests/streaming/test_floods.py` tries all of them.
"""

import asyncio
import contextlib
import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import psutil
import pytest

from tests.probe import Probe
from tests.servers import Redis, Server
from tests.sockets import CLOSE, TEXT, Wire, connected, frame, parts_of
from tests.streaming.conftest import Site
from tests.streaming.growing import MORE_BYTES, growth, rounded

LONG = os.environ.get("FLOODS") == "all"


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
SHORT = ["large messages", "large pongs", "small nonsense", "small pongs", "many topics"]
DOCUMENTED = {4002, 4004, 4203}
# A flood lasts a second, so its 99th percentile is its worst event.
FLOOR_MS = 300
QUIET_SECONDS = 1.5


async def flood(wire: Wire, times: int, data: bytes) -> int:
    """How many frames went out before the end; nothing that comes back is waited for."""
    for number in range(times):
        while wire.transport.get_write_buffer_size() > 256 * 1024 and not wire.ended.done():  # noqa: ASYNC110
            await asyncio.sleep(0.001)
        if wire.ended.done() or wire.transport.is_closing():
            return number
        wire.transport.write(data)
    return times


@pytest.fixture
def fresh(redis: Redis, tmp_path: Path) -> Iterator[Site]:
    """What an earlier flood needed, a later one would find there."""
    running = Server(tmp_path, workers=1, redis=redis)
    site = Site(running)
    yield site
    site.http.close()
    running.stop()
    assert "Traceback" not in running.log.read_text()


class Flooder:
    """Is welcomed, floods, and keeps the code it was ended with."""

    def __init__(self) -> None:
        self.welcomed = asyncio.Event()
        self.code = 0

    async def start(self, site: Site) -> None:
        self.wire = await connected(site.server.url, list(site.bearer("jonas").items()), self._read)
        self.wire.send({"type": "hello", "id": 1, "version": 1})
        await asyncio.wait_for(self.welcomed.wait(), 10)

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
    """What a worker takes once, for whoever comes first: threads, and connections to the database with their pages."""
    topics = [{"service": "things", "topic": str(uuid4())} for _ in range(150)]

    async def subscribe() -> None:
        async with site.talk("ana") as talk:
            await talk.hello(*topics)

    await asyncio.gather(*(subscribe() for _ in range(4)))


@pytest.mark.parametrize("name", FLOODS if LONG else SHORT)
async def test_b3_b4_a_flood_ends_and_nobody_notices(fresh: Site, name: str) -> None:
    """Not on daphne, which reads as fast as it can whoever takes it: for development only."""
    process, flooder = psutil.Process(fresh.server.worker_pid("1")), Flooder()
    with contextlib.closing(Probe(fresh.server, fresh.new_thing())) as probe:
        await asyncio.sleep(QUIET_SECONDS)
        before = probe.figures()
        await flooder.start(fresh)
        await warm_up(fresh)
        async with growth(process) as grown:
            began = time.monotonic()
            sent = await flood(flooder.wire, *FLOODS[name])
            await asyncio.wait((flooder.wire.ended,), timeout=3)
            seconds, more = time.monotonic() - began, grown.look()
        during = probe.figures()
    flooder.wire.cut()
    report = {
        "flood": name, "sent": sent, "seconds": seconds, "code": flooder.code, "grown_kib": more // 1024,
        "clean before": before, "clean during": during,
    }  # fmt: skip
    print(rounded(report), file=sys.stderr)
    assert flooder.code in DOCUMENTED
    assert more <= MORE_BYTES
    assert (during["gaps"], during["closed"]) == (0, False)
    assert during["p99_ms"] < max(2 * before["p99_ms"], FLOOR_MS)
