"""What one worker says is heard on the other by Redis alone: here no sweep comes and no grace ends."""

from collections.abc import Iterator

import pytest

from tests.servers import PATIENT, Redis, Server
from tests.streaming.conftest import Site
from tests.streaming.test_layer import HOUR, on_both_workers, told

ROUNDS = 8  # the kernel decides who takes a connection
NEVER = {"streaming.fanout.hub.SWEEP_SECONDS": HOUR, "streaming.fanout.topics.GRACE_SECONDS": HOUR}
BY_REDIS_ALONE = {**PATIENT, **NEVER}


@pytest.fixture(scope="module")
def server(redis: Redis, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = Server(tmp_path_factory.mktemp("crossing"), workers=2, redis=redis, altered=BY_REDIS_ALONE)
    yield running
    running.stop()
    assert "Traceback" not in running.log.read_text()


async def test_w7_a_change_on_one_worker_is_seen_on_the_other(site: Site) -> None:
    thing = site.new_thing()
    async with on_both_workers(site, thing) as talks:
        for number in range(10):
            await told(talks, site.rename(thing, f"At once {number}"))


async def test_h4_a_replacement_ends_the_old_presence_on_whichever_worker(site: Site) -> None:
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
                while old not in (await observer.until("state")).get("remove", []):
                    pass
                crossed += old[1] != new[1]
    assert crossed
