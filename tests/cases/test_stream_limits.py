# ruff: noqa: F811 — the fixtures are asked for by their names
"""Limits of connections, tried with several workers and from behind one address."""

from collections.abc import Iterator
from contextlib import AsyncExitStack

import pytest

from tests.servers import PATIENT, Redis, Server
from tests.sockets import connected
from tests.streaming.conftest import Site, Talk, site  # noqa: F401
from tests.waiting import patience

MOST = 10


@pytest.fixture(scope="module")
def server(redis: Redis, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    # A hello that nobody says is waited for longer than a test lasts: what ends it is not the clock.
    settings = {"STREAM_CONNECTIONS_PER_USER": str(MOST), "STREAM_WAITING_PER_ADDRESS": "5"}
    altered = {**PATIENT, "streaming.accept.HELLO_SECONDS": 3600.0}
    running = Server(tmp_path_factory.mktemp("limits"), workers=2, redis=redis, altered=altered, **settings)
    yield running
    running.stop()
    assert "Traceback" not in running.log.read_text()


async def is_refused(site: Site) -> bool:
    async with site.talk("ana") as talk:
        frame = await talk.hello()
    assert frame["type"] == "welcome" or frame["code"] == 4202
    return bool(frame["type"] == "bye")


async def test_b4_a_person_holds_so_many_streams_over_all_workers(site: Site) -> None:
    """Each worker counted for itself, so that N workers allowed N times as many."""
    async with AsyncExitStack() as stack:
        held: dict[str, list[Talk]] = {"1": [], "2": []}
        while sum(map(len, held.values())) < MOST:
            talk = await stack.enter_async_context(site.talk("ana"))
            held[(await talk.hello())["connection"][1]].append(talk)
            if len(talks := held["1"] or held["2"]) == MOST:  # all on one worker: the kernel decides
                await talks.pop().socket.close()
        in_a_row = 0
        while in_a_row < 8:  # on both workers, when they have heard of each other
            in_a_row = in_a_row + 1 if await is_refused(site) else 0
        for talks in held.values():
            for talk in talks:
                await talk.socket.close()
    while await is_refused(site):
        pass


async def test_v4_sockets_without_hello_lock_nobody_out_behind_the_same_address(site: Site) -> None:
    """Twenty that said nothing kept everybody behind their NAT out, for ten seconds at a time."""
    idle = [await connected(site.server.url, address="127.0.0.1") for _ in range(25)]
    for _ in range(4):
        async with site.talk("jonas") as talk:
            assert (await talk.hello())["type"] == "welcome"
    async with patience():
        for wire in idle[:5]:
            assert await wire.ended == 4202  # the oldest went
    for wire in idle:
        wire.cut()
