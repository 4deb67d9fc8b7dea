"""R2, R6: Redis carries changes between workers sooner; what is lost of it costs time, never data, and nobody waits."""

import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from tests.servers import Redis, Server
from tests.streaming.conftest import Site, Talk

SWEEP_SECONDS = 2.0
ROUNDS = 8  # the kernel decides who takes a connection
AT_ONCE_SECONDS = 1.0  # of a busy machine; the socket timeout of the layer alone is longer


@pytest.fixture(scope="module")
def server(redis: Redis, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = Server(tmp_path_factory.mktemp("layer"), workers=2, redis=redis)
    yield running
    redis.thaw()
    running.stop()
    assert "Traceback" not in running.log.read_text()


@asynccontextmanager
async def on_both_workers(site: Site, thing: str) -> AsyncIterator[dict[str, Talk]]:
    """A conversation on each worker, both following the Thing. The kernel decides who takes a connection."""
    async with AsyncExitStack() as stack:
        talks: dict[str, Talk] = {}
        for _ in range(60):
            talk = await stack.enter_async_context(site.talk("ana"))
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


async def told(talks: dict[str, Talk], revision: int, seconds: float) -> None:
    for talk in talks.values():
        event = await talk.until("event", seconds)
        assert event["offset"] == revision


async def test_w7_a_change_on_one_worker_is_seen_on_the_other(site: Site) -> None:
    thing = site.new_thing()
    async with on_both_workers(site, thing) as talks:
        for number in range(10):
            revision = site.rename(thing, f"At once {number}")
            began = time.monotonic()
            await told(talks, revision, AT_ONCE_SECONDS)
            assert time.monotonic() - began < AT_ONCE_SECONDS


async def test_h4_a_replacement_ends_the_old_presence_at_once_on_whichever_worker(site: Site) -> None:
    thing = site.new_thing(visibility="public")
    topic, crossed = {"service": "presence", "topic": thing}, 0
    async with site.talk("ana") as observer:
        await observer.hello(topic)
        for _ in range(ROUNDS):
            async with site.talk("jonas") as lost, site.talk("jonas") as other:
                old = (await lost.hello(topic))["connection"]
                await lost.send({"type": "message", "id": 2, **topic, "data": {"cursor": {"x": 1, "y": 1}}})
                while old not in (await observer.until("state"))["set"]:
                    pass
                lost.socket.transport.abort()
                new = (await other.hello(topic, replaces=old))["connection"]
                began = time.monotonic()
                while old not in (await observer.until("state")).get("remove", []):
                    pass
                assert time.monotonic() - began < AT_ONCE_SECONDS  # not after ten seconds of grace
                crossed += old[1] != new[1]
    assert crossed


async def test_r2_redis_restarted(site: Site, redis: Redis) -> None:
    thing = site.new_thing()
    async with on_both_workers(site, thing) as talks:
        redis.kill()
        for number in range(3):
            began = time.monotonic()
            revision = site.rename(thing, f"Without {number}")
            assert time.monotonic() - began < AT_ONCE_SECONDS
            await told(talks, revision, SWEEP_SECONDS + AT_ONCE_SECONDS)
        assert site.http.get("/readyz").status_code == 200  # degraded, but serving
        redis.start()
        for number in range(3):
            await told(talks, site.rename(thing, f"Again {number}"), SWEEP_SECONDS + AT_ONCE_SECONDS)


async def test_r2_redis_frozen(site: Site, redis: Redis) -> None:
    """It accepts and never answers: the worst of its failures."""
    thing = site.new_thing()
    async with on_both_workers(site, thing) as talks:
        redis.freeze()
        try:
            for number in range(4):
                began = time.monotonic()
                revision = site.rename(thing, f"Frozen {number}")
                assert time.monotonic() - began < AT_ONCE_SECONDS
                await told(talks, revision, SWEEP_SECONDS + AT_ONCE_SECONDS)
                began = time.monotonic()
                async with site.talk("jonas") as late:
                    welcome = await late.hello({"service": "presence", "topic": site.new_thing("jonas")})
                assert welcome["subscriptions"][0]["status"] == "subscribed"
                assert time.monotonic() - began < 2 * AT_ONCE_SECONDS
        finally:
            redis.thaw()
        await told(talks, site.rename(thing, "Thawed"), SWEEP_SECONDS + AT_ONCE_SECONDS)
