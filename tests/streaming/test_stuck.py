"""B1: five readers among fifty-five that read nothing cost the process no memory and the others nothing.

The long form: `STUCK_EVENTS=2000 .venv/bin/python -m pytest -s tests/streaming/test_stuck.py`.
"""

import asyncio
import contextlib
import hashlib
import json
import os
import sys
from collections.abc import Iterator
from typing import Any

import msgspec
import psutil
import pytest

from tests.elsewhere import Elsewhere
from tests.servers import Redis, Server
from tests.sockets import TEXT, connected, parts_of
from tests.streaming.conftest import Site
from tests.streaming.growing import MORE_BYTES, growth
from tests.waiting import PATIENCE_SECONDS, until

EVENTS = int(os.environ.get("STUCK_EVENTS", 300))
WARM_UP = 100
READERS, STUCK = 50, 5


@pytest.fixture(scope="module", params=[1, 0], ids=["uvicorn", "daphne"])
def server(request: pytest.FixtureRequest, redis: Redis, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    many = {"STREAM_CONNECTIONS_PER_USER": "1000", "STREAM_CONNECTIONS_PER_ADDRESS": "1000"}
    running = Server(tmp_path_factory.mktemp("memory"), workers=request.param, redis=redis, altered={}, **many)
    yield running
    running.stop()
    assert "Traceback" not in running.log.read_text()


@pytest.fixture
def process(server: Server, request: pytest.FixtureRequest) -> psutil.Process:
    """The one that serves the sockets."""
    is_worker = request.node.callspec.id == "uvicorn"
    return psutil.Process(server.worker_pid("1") if is_worker else server.process.pid)


class Told(msgspec.Struct):
    type: str
    offset: int = 0
    n: int = 0


told_by = msgspec.json.Decoder(Told).decode


class Reader:
    """Follows a Thing as it should: reads, answers pings, and keeps a digest of the very bytes of its events."""

    def __init__(self, thing: str) -> None:
        self.thing, self.digest = thing, hashlib.sha256()
        self.offsets: list[int] = []
        self.bytes = 0
        self.welcomed = asyncio.Event()

    async def start(self, site: Site, **more: Any) -> "Reader":
        self.wire = await connected(site.server.url, list(site.bearer("ana").items()), self._read, **more)
        topics = [{"service": "things", "topic": self.thing}]
        self.wire.send({"type": "hello", "id": 1, "version": 1, "subscriptions": topics})
        await asyncio.wait_for(self.welcomed.wait(), PATIENCE_SECONDS)
        return self

    def has(self, offset: int) -> bool:
        return self.offsets[-1:] == [offset]

    def _read(self, opcode: int, payload: bytes) -> None:
        for part in parts_of(payload) if opcode == TEXT else ():
            told = told_by(part)
            if told.type == "event":
                self.digest.update(part)
                self.bytes += len(part)
                self.offsets.append(told.offset)
            elif told.type == "ping":
                self.wire.send({"type": "pong", "n": told.n})
            elif told.type == "welcome":
                self.welcomed.set()


class Editor:
    """Changes of about 2 KB, by another process."""

    def __init__(self, elsewhere: Elsewhere, thing: str) -> None:
        self._elsewhere = elsewhere
        self.revision = elsewhere.run(
            f"thing = Thing.objects.get(pk='{thing}'); owner = thing.owner\n"
            "notes = [{'id': str(uuid7()), 'kind': 'note', 'place': {'x': 0, 'y': 0}} for _ in range(14)]\n"
            "ask = lambda *actions: editing.perform(thing.pk, owner, {'actions': list(actions)}, via=Via.COMMAND)\n"
            "result = ask({'type': 'add', 'widgets': notes}).revision"
        )

    async def change(self, times: int) -> int:
        """The last revision."""
        code = (
            f"for number in range({times}):\n"
            "  places = [{'id': note['id'], 'place': {'x': number, 'y': 1}} for note in notes]\n"
            "  result = ask({'type': 'move', 'widgets': places}).revision"
        )
        return int(await asyncio.to_thread(self._elsewhere.run, code))


def open_ports(process: psutil.Process) -> set[int]:
    """Of the peers, also of those that the kernel still tries to reach."""
    return {line.raddr.port for line in process.net_connections("tcp") if line.raddr}


async def test_b1_stuck_readers_cost_nobody_anything(site: Site, process: psutil.Process) -> None:
    thing = site.new_thing()
    with contextlib.closing(Elsewhere(site.server)) as elsewhere:
        editor = Editor(elsewhere, thing)
        readers = [await Reader(thing).start(site) for _ in range(READERS)]
        warm = await editor.change(WARM_UP)
        await until(lambda: all(reader.has(warm) for reader in readers))
        stuck = [await Reader(thing).start(site, receive_bytes=4096) for _ in range(STUCK)]
        for one in stuck:
            one.wire.transport.pause_reading()
        ports = {one.wire.transport.get_extra_info("sockname")[1] for one in stuck}
        assert ports <= open_ports(process)
        async with growth(process) as grown:
            last = await editor.change(EVENTS)
            await until(lambda: all(reader.has(last) for reader in readers), "the others have everything")
            # 15 s without a pong (B1), a second to notice, a second of `bye`, and the kernel's ten for what it holds.
            await until(lambda: not ports & open_ports(process), "the stuck are gone")
            more = grown.look()
    report = {
        "server": site.server.process.args[2], "events": EVENTS, "bytes": readers[0].bytes, "grown_kib": more // 1024,
        "of them 4203": site.server.log.read_text().count("stream closed: 4203"),
    }  # fmt: skip
    print(json.dumps(report), file=sys.stderr)
    for reader in (*readers, *stuck):
        reader.wire.cut()
    assert len({reader.digest.digest() for reader in readers}) == 1
    assert all(reader.offsets == list(range(editor.revision + 1, last + 1)) for reader in readers)
    assert more <= MORE_BYTES
