"""One worker's connections together hold a bounded number of bytes (B1): the slowest go, newcomers are told to wait."""

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack

import pytest

from tests.servers import PATIENT, Server
from tests.streaming.conftest import Frame, Site, Talk
from tests.streaming.test_flow import change
from tests.waiting import PATIENCE_SECONDS, patience

BUDGET_BYTES = 500_000
STUCK = 4  # each holds up to 256 KiB before it lags


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    # Looked at less often: what a newcomer meets meanwhile lasts long enough for a newcomer to come.
    altered, directory = {**PATIENT, "streaming.fanout.hub.TICK_SECONDS": 4.0}, tmp_path_factory.mktemp("pressure")
    running = Server(directory, workers=1, redis=None, altered=altered, STREAM_WORKER_BYTES=str(BUDGET_BYTES))
    yield running
    running.stop()
    assert "Traceback" not in running.log.read_text()


async def ending(talk: Talk) -> int:
    """Acknowledges nothing; the code it is sent away with."""
    while (frame := await talk.next(pings=True))["type"] != "bye":
        pass
    return int(frame["code"])


async def newcomer_is(site: Site, kind: str) -> Frame:
    """Newcomers, one after the other, until one is refused (`bye`) or let in (`welcome`): what it is told."""
    async with patience():
        while True:
            async with site.talk("ana") as talk:
                if (first := await talk.hello())["type"] == kind:
                    return first


async def test_b1_b4_the_slowest_of_a_worker_under_pressure_go(site: Site) -> None:
    thing = site.new_thing()
    topic = {"service": "things", "topic": thing}
    async with AsyncExitStack() as stack:
        stuck = [await stack.enter_async_context(site.talk("ana")) for _ in range(STUCK)]
        reader = await stack.enter_async_context(site.talk("jonas"))
        other = site.new_thing(visibility="public")
        for talk in stuck:
            await talk.hello(topic)
        await reader.hello({"service": "things", "topic": other})
        refused = asyncio.ensure_future(newcomer_is(site, "bye"))
        for _ in range(6):
            await asyncio.to_thread(change, site, thing)
        endings = [asyncio.ensure_future(ending(talk)) for talk in stuck]
        done, others = await asyncio.wait(endings, timeout=PATIENCE_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        assert {task.result() for task in done} == {4203}
        for task in others:
            task.cancel()
        assert (await refused)["code"] == 4201
        # Whoever reads was not touched.
        revision = await asyncio.to_thread(site.rename, other, "Still here")
        assert (await reader.until("event"))["offset"] == revision
        await newcomer_is(site, "welcome")
