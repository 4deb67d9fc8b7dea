"""F2, B4: thousands of fuzzed frames, each an error or a documented close; nobody else notices.

The long form: `FUZZ_FRAMES=100000 .venv/bin/python -m pytest -s tests/streaming/test_fuzz.py`; `FUZZ_SEED` repeats one.
"""

import asyncio
import contextlib
import json
import os
import random
import sys
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.probe import Probe
from tests.servers import Server
from tests.sockets import CLOSE, TEXT, Wire, connected, frame, parts_of
from tests.streaming.conftest import Site
from tests.streaming.documented import require_documented
from tests.streaming.fuzzing import KINDS, broken
from tests.waiting import PATIENCE_SECONDS

FRAMES = int(os.environ.get("FUZZ_FRAMES", 3000))
SEED = int(os.environ.get("FUZZ_SEED", random.randrange(10**6)))
# Fewer than the twenty malformed frames of a minute that end a connection (B4), so that each one is answered.
A_CONNECTION, AT_ONCE = 18, 4
A_MOMENT_SECONDS = 0.2
MARK = 777_777_777
MARK_FRAME = frame(json.dumps({"type": "subscribe", "id": MARK, "subscriptions": []}))
ERRORS = {"malformed", "unknown_type", "unknown_service", "forbidden", "limit", "rate_limited", "busy"}
# 4103 and the like need another person; 1002, 1007 and 1009 are of WebSocket itself, 1006 a line that was cut.
CLOSES = {1000, 1002, 1003, 1005, 1006, 1007, 1009, 4000, 4001, 4002, 4004, 4100, 4101}


@pytest.fixture(scope="module", params=[1, 0], ids=["uvicorn", "daphne"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    many = {"STREAM_CONNECTIONS_PER_USER": "1000", "STREAM_CONNECTIONS_PER_ADDRESS": "1000"}
    running = Server(tmp_path_factory.mktemp("fuzz"), workers=request.param, redis=None, **many)
    yield running
    running.stop()
    log = running.log.read_text()
    for sign in ("Traceback", "a stream broke", "a service broke", "ERROR", "Exception"):
        assert sign not in log, log[max(0, log.find(sign) - 500) : log.find(sign) + 3000]


class Fuzzer:
    """Speaks on many connections, and notes what it was told."""

    def __init__(self, site: Site, thing: str) -> None:
        self.site, self.thing, self.chance = site, thing, random.Random(SEED)
        self.sent, self.connections = 0, 0
        self.told: Counter[str] = Counter()
        self.wrong: list[str] = []

    async def run(self, frames: int) -> None:
        async def worker() -> None:
            while self.sent < frames:
                await self._conversation()

        await asyncio.gather(*(worker() for _ in range(AT_ONCE)))

    async def _conversation(self) -> None:
        chance = self.chance
        headers = list(self.site.bearer("ana").items()) if chance.random() < 0.5 else []
        marked = asyncio.Event()
        wire = await connected(
            self.site.server.url, headers, lambda opcode, payload: self._read(marked, opcode, payload)
        )
        self.connections += 1
        frames = [chance.choice(KINDS)(chance, self.thing) for _ in range(A_CONNECTION)]
        # Hello is the first of them, or never comes.
        wire.write(*self._greeting(), *frames, MARK_FRAME)
        if not await either(wire, marked):
            self.wrong.append(f"no answer to {frames!r}"[:2000])
        if chance.random() < 0.3:
            frames.append(broken(chance, self.thing))
            wire.write(frames[-1])
            # Some wait for the rest of a frame, and so does the server.
            await asyncio.wait((wire.ended,), timeout=A_MOMENT_SECONDS)
        self.sent += len(frames)
        if wire.ended.done():
            self._note("close", wire.ended.result(), CLOSES)
        wire.cut()

    def _greeting(self) -> list[bytes]:
        if self.chance.random() < 0.2:
            return []
        topics = [{"service": service, "topic": self.thing} for service in ("things", "presence")]
        return [frame(json.dumps({"type": "hello", "id": 1, "version": 1, "subscriptions": topics}))]

    def _read(self, marked: asyncio.Event, opcode: int, payload: bytes) -> None:
        if opcode != TEXT:
            if opcode == CLOSE:
                marked.set()
            return
        for part in parts_of(payload):
            message = json.loads(part)
            require_documented(message)
            if message["type"] == "error":
                self._note("error", message["code"], ERRORS)
            elif message["type"] == "bye":
                self._note("bye", message["code"], CLOSES)
                marked.set()
            elif message.get("id") == MARK:
                marked.set()

    def _note(self, what: str, code: object, known: set[object]) -> None:
        self.told[f"{what} {code}"] += 1
        if code not in known:
            self.wrong.append(f"{what} {code}")


async def either(wire: Wire, marked: asyncio.Event) -> bool:
    """Whether it came to the mark or to an end."""
    waiting = asyncio.ensure_future(marked.wait())
    done, _ = await asyncio.wait((wire.ended, waiting), timeout=PATIENCE_SECONDS, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    return bool(done)


async def test_f2_b4_fuzzed_frames(site: Site) -> None:
    fuzzer = Fuzzer(site, site.new_thing(visibility="public"))
    with contextlib.closing(Probe(site.server, site.new_thing())) as probe:
        await fuzzer.run(FRAMES)
        clean = await asyncio.to_thread(probe.figures_of_more)
    told = dict(sorted(fuzzer.told.items()))
    report = {"seed": SEED, "frames": fuzzer.sent, "connections": fuzzer.connections, "told": told, "clean": clean}
    print(json.dumps(report), file=sys.stderr)
    assert fuzzer.wrong == []
    assert (clean["gaps"], clean["closed"]) == (0, False)
