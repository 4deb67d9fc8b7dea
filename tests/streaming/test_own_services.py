"""Services of an app of one's own: the article's works as it stands there, and a bad one harms no other (B3, S4)."""

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.servers import PATIENT, Server
from tests.streaming.conftest import Site

HELLOS = 6  # more than a service has threads


@pytest.fixture(scope="module", params=[1, 0], ids=["uvicorn", "daphne"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    directory = tmp_path_factory.mktemp("own")
    settings = {"DJANGO_SETTINGS_MODULE": "tests.streaming.own.settings", "SILENT_UNTIL": str(directory / "answer")}
    altered = {**PATIENT, "streaming.subscribing.SERVICE_SECONDS": 5.0}
    running = Server(directory, workers=request.param, redis=None, altered=altered, **settings)
    yield running
    running.stop()


def topic(service: str, name: str = "table") -> dict[str, str]:
    return {"service": service, "topic": name}


async def test_the_article_s_service(site: Site) -> None:
    async with site.talk("ana") as ana, site.talk("jonas") as jonas:
        welcome = await ana.hello(topic("dice"))
        assert welcome["services"]["dice"] == "state"
        assert welcome["subscriptions"] == [{**topic("dice"), "status": "subscribed", "mode": "state"}]
        await jonas.hello(topic("dice"))
        await jonas.until("state")
        await ana.send({"type": "message", "id": 2, **topic("dice"), "data": {"thrown": 6}})
        told = await jonas.until("state")
        assert told["set"][welcome["connection"]]["thrown"] == 6
        await ana.send({"type": "message", "id": 3, **topic("dice"), "data": {"thrown": "six"}})
        assert (await ana.until("error"))["code"] == "malformed"
    async with site.talk() as visitor:
        await visitor.hello(topic("dice"))
        await visitor.send({"type": "message", "id": 4, **topic("dice"), "data": {"thrown": 5}})
        assert (await visitor.until("error"))["code"] == "forbidden"


async def test_s4_b3_a_service_that_fails_or_hangs_is_refused_alone(site: Site) -> None:
    """The silent one answers when all the rest is done."""
    thing, answer = site.new_thing(), Path(site.server.environment["SILENT_UNTIL"])
    async with AsyncExitStack() as stack:
        stack.callback(answer.touch)
        talks = [await stack.enter_async_context(site.talk("ana")) for _ in range(HELLOS)]
        wanted = [topic("silent"), topic("broken"), topic("things", thing), topic("presence", thing)]
        welcomes = await asyncio.gather(*(talk.hello(*wanted) for talk in talks))
        for welcome in welcomes:
            outcomes = {one["service"]: one.get("code", one["status"]) for one in welcome["subscriptions"]}
            assert outcomes == {
                "silent": "unavailable", "broken": "unavailable", "things": "subscribed", "presence": "subscribed",
            }  # fmt: skip
        # The threads of the silent one are still taken; nobody else's are.
        revision = await asyncio.to_thread(site.rename, thing, "On")
        for talk in talks:
            assert (await talk.until("event"))["offset"] == revision
        async with site.talk("ana") as newcomer:
            welcome = await newcomer.hello({**topic("things", thing), "position": None})
            assert welcome["subscriptions"][0]["status"] == "subscribed"


async def test_b3_a_service_that_fails_goes_on_with_the_next_message(site: Site) -> None:
    async with site.talk("ana") as talk:
        connection = (await talk.hello(topic("clumsy"), topic("dice")))["connection"]
        for number in (2, 0, 4):
            await talk.send({"type": "message", "id": number, **topic("clumsy"), "data": {"number": number}})
        failed = await talk.until("error")
        assert (failed["id"], failed["service"], failed["code"]) == (0, "clumsy", "internal")
        while (state := await talk.until("state"))["set"].get(connection) != {"inverse": 0.25}:
            pass
        assert state["service"] == "clumsy"
