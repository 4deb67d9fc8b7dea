"""The stream's threads for the database: a connection that died is replaced without anybody noticing."""

from collections.abc import Iterator

import pytest

from tests.servers import Postgres, Server
from tests.streaming.conftest import Site


@pytest.fixture(scope="module")
def server(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = Server(tmp_path_factory.mktemp("database"), workers=1, redis=None, postgres=postgres)
    yield running
    running.stop()


async def test_s4_a_restarted_database_is_found_again_at_the_first_question(site: Site, postgres: Postgres) -> None:
    things = [site.new_thing() for _ in range(8)]
    topics = [{"service": service, "topic": thing} for thing in things for service in ("things", "gallery")]
    async with site.talk("ana") as talk:
        await talk.hello(*topics)
        for number in range(6):  # so that every database thread has a connection
            await talk.send({"type": "subscribe", "id": number, "subscriptions": topics[:1]})
            await talk.until("subscribed")
        postgres.stop()
        postgres.start()
        for number in range(6):
            await talk.send({"type": "subscribe", "id": number, "subscriptions": topics})
            told = await talk.until("subscribed")
            assert {outcome["status"] for outcome in told["subscriptions"]} == {"subscribed"}
        revision = site.rename(things[0], "After")
        assert (await talk.until("event"))["offset"] == revision
