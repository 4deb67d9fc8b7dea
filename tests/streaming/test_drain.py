"""D1: a worker that is told to go sends its clients elsewhere; nobody misses or doubles anything, no request fails."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
from widgetapp_stream import Position, Stream
from widgetapp_stream.http import Client

from tests.servers import Redis, Server
from tests.streaming.conftest import Site
from tests.waiting import patience, until

CLIENTS, CHANGES = 12, 40


@pytest.fixture(scope="module")
def server(redis: Redis, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = Server(tmp_path_factory.mktemp("drain"), workers=2, redis=redis, DRAIN_SECONDS="3")
    yield running
    running.stop()
    assert "Traceback" not in running.log.read_text()


class Follower:
    def __init__(self, stream: Stream, thing: str, position: Position) -> None:
        self.stream, self.offsets = stream, list[int]()
        stream.log("things", thing, position=position, on_event=lambda event: self.offsets.append(event.offset))

    @property
    def worker(self) -> str:
        """Connection ids begin with the worker's name."""
        return (self.stream.connection or "s?")[1]


@asynccontextmanager
async def crowd(site: Site, thing: str) -> AsyncIterator[list[Follower]]:
    client = Client(site.server.url, token=site.server.token("ana"))
    _, position = await client.thing(thing)
    url = site.server.url.replace("http", "ws") + "/_stream"
    async with AsyncExitStack() as stack:
        streams = [await stack.enter_async_context(Stream(url, token=site.server.token("ana"))) for _ in range(CLIENTS)]
        yield [Follower(stream, thing, position) for stream in streams]


async def test_d1_each_worker_in_turn(site: Site) -> None:
    thing, client = site.new_thing(), Client(site.server.url, token=site.server.token("ana"))
    async with crowd(site, thing) as followers:
        for name in ("1", "2"):
            old = site.server.worker_pid(name)
            on_it = {follower.stream.connection for follower in followers if follower.worker == name}
            os.kill(old, signal.SIGTERM)
            revision = 0
            for number in range(CHANGES):
                done = await client.perform(thing, [{"type": "rename", "title": f"{name}/{number}"}])
                revision = done.body["revision"]
            await until(lambda gone=on_it: not gone & {follower.stream.connection for follower in followers})
            await until(lambda name=name, old=old: site.server.worker_pid(name) != old)
            await until(lambda last=revision: {follower.offsets[-1] for follower in followers} == {last})
        for follower in followers:
            assert follower.offsets == list(range(2, revision + 1))


async def test_d1_reload_changes_every_worker_and_nobody_misses_anything(site: Site) -> None:
    thing, client = site.new_thing(), Client(site.server.url, token=site.server.token("ana"))
    old = {name: site.server.worker_pid(name) for name in ("1", "2")}
    async with crowd(site, thing) as followers:
        connections = [follower.stream.connection for follower in followers]
        site.server.process.send_signal(signal.SIGHUP)
        revision = 0

        def changed() -> bool:
            moved = all(follower.stream.connection not in connections for follower in followers)
            return moved and not any(Path(f"/proc/{pid}").exists() for pid in old.values())

        async with patience():
            while not changed():
                done = await client.perform(thing, [{"type": "rename", "title": f"reload {revision}"}])
                revision = done.body["revision"]
                await asyncio.sleep(0.02)
        await until(lambda: {follower.offsets[-1] for follower in followers} == {revision})
        for follower in followers:
            assert follower.offsets == list(range(2, revision + 1))
