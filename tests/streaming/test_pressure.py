"""One worker's connections together hold a bounded number of bytes (B1): the slowest go, newcomers are told to wait."""

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack

import pytest

from tests.servers import Server
from tests.streaming.conftest import Site, Talk
from tests.streaming.test_flow import change

BUDGET_BYTES = 500_000
STUCK = 4  # each holds up to 256 KiB before it lags


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = Server(tmp_path_factory.mktemp("pressure"), workers=1, redis=None, STREAM_WORKER_BYTES=str(BUDGET_BYTES))
    yield running
    running.stop()
    assert "Traceback" not in running.log.read_text()


async def ending(talk: Talk) -> int:
    """Acknowledges nothing; the code it is sent away with, 0 where it is not."""
    try:
        while (frame := await talk.next(4, pings=True))["type"] != "bye":
            pass
    except TimeoutError:
        return 0
    return int(frame["code"])


async def until_refused(site: Site) -> int:
    """Newcomers, one after the other: the code of the first that is refused."""
    while True:
        async with site.talk("ana") as talk:
            if (first := await talk.hello())["type"] == "bye":
                return int(first["code"])


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
        refused = asyncio.ensure_future(until_refused(site))
        for _ in range(6):
            await asyncio.to_thread(change, site, thing)
        codes = await asyncio.gather(*(ending(talk) for talk in stuck))
        assert 4203 in codes
        assert set(codes) <= {0, 4203}
        async with asyncio.timeout(5):
            assert await refused == 4201
        # Whoever reads was not touched.
        revision = await asyncio.to_thread(site.rename, other, "Still here")
        assert (await reader.until("event"))["offset"] == revision
        async with site.talk("ana") as newcomer:
            assert (await newcomer.hello())["type"] == "welcome"
