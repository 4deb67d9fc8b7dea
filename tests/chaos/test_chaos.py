"""Real processes, Redis and PostgreSQL, and everything that can fail failing: nothing is lost, nothing doubled.

Workers are killed in turn, Redis is killed and once frozen, while clients edit one Thing and follow it on the stream.
Short here; `CHAOS_CLIENTS=50 CHAOS_ACTIONS=2000 .venv/bin/python -m pytest -s tests/chaos` is the long form.
"""

import asyncio
import os
import random
import signal
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import AsyncExitStack, suppress
from pathlib import Path

import pytest
from widgetapp_stream import LogEvent, Position, Replica, Stream
from widgetapp_stream.http import Client, Problem

from tests.servers import Postgres, Redis, Server

CLIENTS = int(os.environ.get("CHAOS_CLIENTS", 12))
ACTIONS = int(os.environ.get("CHAOS_ACTIONS", 200))
WORKERS = 3
KILL_SECONDS, REDIS_SECONDS, FROZEN_SECONDS, SETTLE_SECONDS = 2.0, 10.0, 4.0, 10.0
TRY_SECONDS = 120.0


@pytest.fixture
def redis() -> Iterator[Redis]:
    running = Redis()
    yield running
    running.kill()


@pytest.fixture
def server(redis: Redis, tmp_path: Path) -> Iterator[Server]:
    postgres = Postgres()
    many = str(CLIENTS * 10)
    limits = {"STREAM_CONNECTIONS_PER_USER": many, "STREAM_CONNECTIONS_PER_ADDRESS": many}
    running = Server(tmp_path, workers=WORKERS, redis=redis, postgres=postgres, **limits)
    yield running
    running.stop()
    postgres.remove()


class Follower:
    """Holds a replica by nothing but the stream and snapshots, and compares digests on the way."""

    def __init__(self, client: Client, thing: str) -> None:
        self.client, self.thing = client, thing
        self.applied: list[int] = []
        self.wrong: list[int] = []
        self.resets = 0

    async def start(self, stream: Stream) -> None:
        self.replica, position = await self._snapshot()
        self.stream = stream
        log = stream.log(
            "things", self.thing, position=position, on_event=self._event, on_reset=self._reset, on_large=None
        )
        assert log

    def __str__(self) -> str:
        return f"{self.replica.revision} {self.stream.status} {self.stream.reason}, {self.resets} resets"

    async def _snapshot(self) -> tuple[Replica, Position]:
        while True:
            try:
                snapshot, position = await self.client.thing(self.thing)
                return Replica.from_snapshot(snapshot), position
            except (OSError, Problem, EOFError):
                await asyncio.sleep(0.2)

    def _event(self, event: LogEvent) -> None:
        self.replica.apply(event.data)
        self.applied.append(event.offset)
        # Of every one it would take more time than the server has for the work itself.
        if event.offset % 25 == 0 and self.replica.digest() != event.data["digest"]:
            self.wrong.append(event.offset)

    async def _reset(self, reason: str, _: str | None) -> Position:
        self.resets += 1
        self.replica, position = await self._snapshot()
        return position


async def acknowledged(client: Client, thing: str, number: int, note: str) -> tuple[str, int]:
    """One action, asked with the same id until it is answered; its id and revision."""
    request, place = str(uuid.uuid4()), {"x": number, "y": random.randint(0, 500)}
    action = {"type": "move", "widgets": [{"id": note, "place": place}]}
    began, tries = time.monotonic(), []
    while True:
        asked = time.monotonic()
        try:
            answer = await client.perform(thing, [action], id=request)
            return request, int(answer.body["revision"])
        except (OSError, Problem) as error:
            # A worker that died may be asked again; a refusal would be a fault of ours.
            if isinstance(error, Problem) and error.status < 500:
                raise
            tries.append(f"{asked - began:.1f}+{time.monotonic() - asked:.1f} s {error!r}"[:120])
        assert time.monotonic() - began < TRY_SECONDS, tries
        await asyncio.sleep(random.uniform(0.2, 1.0))


async def disturb(server: Server, redis: Redis, told: list[str]) -> None:
    """Until cancelled. Redis is frozen once, in the beginning."""
    began = redis_at = time.monotonic()
    frozen, turn = False, 0
    try:
        while True:
            await asyncio.sleep(KILL_SECONDS)
            turn += 1
            with suppress(ProcessLookupError):
                os.kill(server.worker_pid(str(turn % WORKERS + 1)), signal.SIGKILL)
                told.append("worker killed")
            if not frozen and time.monotonic() - began > 3:
                frozen = True
                redis.freeze()
                told.append("redis frozen")
                await asyncio.sleep(FROZEN_SECONDS)
                redis.thaw()
            if time.monotonic() - redis_at > REDIS_SECONDS:
                redis_at = time.monotonic()
                redis.kill()
                redis.start()
                told.append("redis killed")
    finally:
        redis.thaw()


async def test_r2_r6_w1_nothing_is_lost_and_nothing_doubled(server: Server, redis: Redis) -> None:
    names = ["ana", "jonas", "mina", "tomas"]
    clients = [Client(server.url, token=server.token(names[number % 4])) for number in range(CLIENTS)]
    created = await clients[0].create("Chaos", visibility="public")
    thing = str(created["id"])
    notes = [str(uuid.uuid4()) for _ in range(CLIENTS)]
    widgets = [{"id": note, "kind": "note", "place": {"x": 0, "y": 0}} for note in notes]
    await clients[0].perform(thing, [{"type": "add", "widgets": widgets}])
    owner = clients[0]
    url = server.url.replace("http", "ws") + "/_stream"
    followers = [Follower(client, thing) for client in clients]
    faults: list[str] = []
    async with AsyncExitStack() as stack:
        for number, follower in enumerate(followers):
            stream = await stack.enter_async_context(Stream(url, token=server.token(names[number % 4])))
            await follower.start(stream)
        disturbing = asyncio.ensure_future(disturb(server, redis, faults))
        numbers = iter(range(ACTIONS))
        answered: list[tuple[str, int]] = []

        async def write(note: str) -> None:
            for number in numbers:
                answered.append(await acknowledged(owner, thing, number, note))
                await asyncio.sleep(random.random() * 0.2)

        await asyncio.gather(*(write(note) for note in notes))
        disturbing.cancel()
        await asyncio.gather(disturbing, return_exceptions=True)
        over = time.monotonic()
        final, _ = await followers[0]._snapshot()
        while any(follower.replica.revision != final.revision for follower in followers):
            behind = [str(follower) for follower in followers if follower.replica.revision != final.revision]
            assert time.monotonic() - over < SETTLE_SECONDS, f"{final.revision}: {behind}"
            await asyncio.sleep(0.05)
        settled = time.monotonic() - over
        changes = await log_of(owner, thing)
        report = {
            "clients": CLIENTS,
            "acknowledged": len(answered),
            "faults": {name: faults.count(name) for name in sorted(set(faults))},
            "resets": sum(follower.resets for follower in followers),
            "equal after seconds": round(settled, 2),
        }
        print(report, file=sys.stderr)
        # Lost 0, doubled 0: every answer's revision holds its request, and no request has two.
        assert len(answered) == ACTIONS
        assert {request: revision for revision, request in changes.items() if revision > 2} == dict(answered)
        for follower in followers:
            assert follower.wrong == []
            assert len(set(follower.applied)) == len(follower.applied)
            assert follower.replica.digest() == final.digest()
        assert len(faults) >= 2


async def log_of(client: Client, thing: str) -> dict[int, str]:
    """Revision → request id, of the whole log."""
    found: dict[int, str] = {}
    while True:
        page = await client.request("GET", f"api/things/{thing}/changes/?since={max(found, default=0)}&limit=1000")
        found |= {entry["revision"]: entry["id"] for entry in page.body["results"]}
        if page.body["next"] is None:
            assert sorted(found) == list(range(1, len(found) + 1))
            return found
