"""A5: a credential that ends soon is renewed on the same connection; one that is not ends it."""

from collections.abc import Iterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from streaming import renewal
from streaming.context import RequestContext
from streaming.renewal import ASK_SECONDS, Renewal
from tests.servers import PATIENT, Server
from tests.streaming.conftest import Site, Talk

HOUR = 3600


@pytest.fixture(scope="module", params=[1, 0], ids=["uvicorn", "daphne"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Asks those whose credential ends within two hours, so that there is time to answer."""
    directory, altered = tmp_path_factory.mktemp("renewal"), {**PATIENT, "streaming.renewal.ASK_SECONDS": 2.0 * HOUR}
    running = Server(directory, workers=request.param, redis=None, altered=altered)
    yield running
    running.stop()
    assert "Traceback" not in running.log.read_text()


def token(site: Site, seconds: int) -> dict[str, str]:
    expires_at = (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()
    wanted = {"name": "Short", "scopes": ["read"], "expires_at": expires_at}
    made = site.http.post("/api/tokens/", json=wanted, headers=site.bearer("ana"))
    return {"Authorization": f"Bearer {made.json()['token']}"}


def ticket(site: Site, name: str) -> str:
    return str(site.http.post("/api/stream/tickets/", headers=site.bearer(name)).json()["ticket"])


async def welcomed_for_a_while(site: Site, stack: AsyncExitStack) -> Talk:
    """By a token that ends soon; where it ended before it was used, by one that lasts longer."""
    for seconds in (4, 8, 16, 32):
        talk = await stack.enter_async_context(site.talk(**token(site, seconds)))
        if (await talk.hello())["type"] == "welcome":
            return talk
    raise AssertionError("no token lasts long enough")


async def test_a5_what_is_not_renewed_ends(site: Site) -> None:
    async with AsyncExitStack() as stack:
        talk = await welcomed_for_a_while(site, stack)
        await talk.until("authenticate")
        assert (await talk.until("bye"))["code"] == 4102


async def test_a5_what_is_renewed_goes_on(site: Site) -> None:
    """The same connection, the same positions."""
    thing = site.new_thing()
    async with site.talk(**token(site, HOUR)) as talk:
        await talk.hello({"service": "things", "topic": thing})
        assert 0 < (await talk.until("authenticate"))["within"] <= HOUR
        await talk.send({"type": "authenticate", "id": 12, "ticket": ticket(site, "ana")})
        assert await talk.next() == {"type": "authenticated", "id": 12}
        offset = site.rename(thing, "Renewed")
        assert (await talk.until("event"))["offset"] == offset


def test_a5_it_is_asked_for_once_a_minute_before_and_ends_at_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, sent, ended = SimpleNamespace(now=1000.0), list[Any](), list[Any]()
    monkeypatch.setattr(renewal, "time", SimpleNamespace(time=lambda: clock.now))
    watched, context = Renewal(sent.append, ended.append), RequestContext(expires_at=2000.0)
    told = []
    for clock.now in (1999.0 - ASK_SECONDS, 2000.0 - ASK_SECONDS, 1999.0, 2000.0):
        watched.tick(context)
        told.append(([frame.within for frame in sent], [int(refused.code) for refused in ended]))
    assert told == [([], []), ([60], []), ([60], []), ([60], [4102])]
    # Another credential is asked for anew.
    watched.tick(RequestContext(expires_at=2030.0))
    assert [frame.within for frame in sent] == [60, 30]


async def test_a5_a_bad_ticket_changes_nothing(site: Site) -> None:
    async with site.talk("ana") as talk:
        await talk.hello()
        used = ticket(site, "ana")
        for id, answer in ((2, "authenticated"), (3, "error")):
            await talk.send({"type": "authenticate", "id": id, "ticket": used})
            frame = await talk.next()
            assert (frame["type"], frame["id"]) == (answer, id)
        assert frame["code"] == "forbidden"
        await talk.send({"type": "subscribe", "id": 4, "subscriptions": []})
        assert (await talk.next())["type"] == "subscribed"


async def test_a4_another_person_is_4103(site: Site) -> None:
    async with site.talk("ana") as talk, site.talk() as anonymous:
        for one in (talk, anonymous):
            await one.hello()
            await one.send({"type": "authenticate", "id": 2, "ticket": ticket(site, "mina")})
            assert (await one.until("bye"))["code"] == 4103
