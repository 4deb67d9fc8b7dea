"""R2, R6: what is lost of Redis costs time, never data, and nobody waits for it.

The server here would wait an hour for an answer of Redis: whatever happens while there is none did not wait for it.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from tests.servers import PATIENT, Redis, Server
from tests.streaming.conftest import Site, Talk

HOUR = 3600.0
ENDLESS = {"streaming.fanout.publisher.SEND_SECONDS": HOUR, "streaming.fanout.layer.CALL_SECONDS": HOUR}
TRIES = 60  # the kernel decides who takes a connection


@pytest.fixture(scope="module")
def server(redis: Redis, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = Server(tmp_path_factory.mktemp("layer"), workers=2, redis=redis, altered={**PATIENT, **ENDLESS})
    yield running
    redis.thaw()
    running.stop()
    assert "Traceback" not in running.log.read_text()


@asynccontextmanager
async def on_both_workers(site: Site, thing: str, name: str = "ana") -> AsyncIterator[dict[str, Talk]]:
    """A conversation on each worker, both following the Thing."""
    async with AsyncExitStack() as stack:
        talks: dict[str, Talk] = {}
        for _ in range(TRIES):
            talk = await stack.enter_async_context(site.talk(name))
            welcome = await talk.hello({"service": "things", "topic": thing})
            worker = welcome["connection"][1]
            if worker not in talks:
                talks[worker] = talk
            else:
                await talk.socket.close()
            if len(talks) == 2:
                break
        assert set(talks) == {"1", "2"}
        yield talks


async def told(talks: dict[str, Talk], revision: int) -> None:
    for talk in talks.values():
        event = await talk.until("event")
        assert event["offset"] == revision


async def test_r2_redis_restarted(site: Site, redis: Redis) -> None:
    thing = site.new_thing()
    async with on_both_workers(site, thing) as talks:
        redis.kill()
        for number in range(3):
            await told(talks, site.rename(thing, f"Without {number}"))
        assert site.http.get("/readyz").status_code == 200  # degraded, but serving
        redis.start()
        for number in range(3):
            await told(talks, site.rename(thing, f"Again {number}"))


async def test_r2_redis_frozen(site: Site, redis: Redis) -> None:
    """It accepts and never answers: the worst of its failures."""
    thing = site.new_thing()
    async with on_both_workers(site, thing) as talks:
        redis.freeze()
        try:
            for number in range(3):
                await told(talks, site.rename(thing, f"Frozen {number}"))
                async with site.talk("jonas") as late:
                    welcome = await late.hello({"service": "presence", "topic": site.new_thing("jonas")})
                assert welcome["subscriptions"][0]["status"] == "subscribed"
        finally:
            redis.thaw()
        await told(talks, site.rename(thing, "Thawed"))
