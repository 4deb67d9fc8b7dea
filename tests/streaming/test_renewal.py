"""A5: a credential that ends soon is renewed on the same connection; one that is not ends it."""

from datetime import UTC, datetime, timedelta

from tests.streaming.conftest import Site, Talk

SECONDS = 5.0


def short_token(site: Site, seconds: float = SECONDS) -> dict[str, str]:
    expires_at = (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()
    wanted = {"name": "Short", "scopes": ["read"], "expires_at": expires_at}
    made = site.http.post("/api/tokens/", json=wanted, headers=site.bearer("ana"))
    return {"Authorization": f"Bearer {made.json()['token']}"}


def ticket(site: Site, name: str) -> str:
    return str(site.http.post("/api/stream/tickets/", headers=site.bearer(name)).json()["ticket"])


async def asked(talk: Talk) -> None:
    assert 0 < (await talk.until("authenticate"))["within"] <= SECONDS


async def test_a5_renewed_or_ended(site: Site) -> None:
    thing = site.new_thing()
    wanted = {"service": "things", "topic": thing}
    async with site.talk(**short_token(site)) as ends, site.talk(**short_token(site)) as stays:
        await ends.hello()
        connection = (await stays.hello(wanted))["connection"]
        await asked(ends)
        await asked(stays)
        await stays.send({"type": "authenticate", "id": 12, "ticket": ticket(site, "ana")})
        assert await stays.next() == {"type": "authenticated", "id": 12}
        assert (await ends.until("bye", SECONDS + 2))["code"] == 4102
        # The same connection, the same positions.
        offset = site.rename(thing, "Renewed")
        event = await stays.until("event")
        assert event["offset"] == offset
        assert connection


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
