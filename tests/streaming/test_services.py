"""The services besides `things` and `presence`: gallery cards (T3), the inbox, the monitor (O); and the kick of A4."""

from typing import Any

import httpx

from tests.streaming.conftest import Frame, Site, Talk
from tests.waiting import patience


def people(site: Site, name: str) -> str:
    return str(site.http.get("/api/me/", headers=site.bearer(name)).json()["id"])


def share(site: Site, thing: str, name: str, role: str) -> None:
    asked = {"user": people(site, name), "role": role}
    answer = site.http.post(f"/api/things/{thing}/members/", json=asked, headers=site.bearer("ana"))
    assert answer.status_code == 201


def unshare(site: Site, thing: str, name: str) -> None:
    url = f"/api/things/{thing}/members/{people(site, name)}/"
    assert site.http.delete(url, headers=site.bearer("ana")).status_code == 204


async def state_where(talk: Talk, service: str, wanted: Any) -> Frame:
    while True:
        frame = await talk.until("state")
        if frame["service"] == service and wanted(frame):
            return frame


async def test_t3_a_card_shows_the_thing_and_who_is_inside(site: Site) -> None:
    thing = site.new_thing(title="Before")
    async with site.talk("ana") as gallery:
        outcome = (await gallery.hello({"service": "gallery", "topic": thing}))["subscriptions"][0]
        assert outcome == {"service": "gallery", "topic": thing, "status": "subscribed", "mode": "state"}
        first = await gallery.until("state")
        assert first["full"] is True
        card = first["set"]["card"]
        assert set(card) == {"title", "revision", "changed_at", "trashed", "people"}
        assert (card["title"], card["revision"], card["trashed"], card["people"]) == ("Before", 1, False, [])
        revision = site.rename(thing, "After")
        card = (await state_where(gallery, "gallery", lambda f: "card" in f.get("set", {})))["set"]["card"]
        assert (card["title"], card["revision"]) == ("After", revision)
        async with site.talk("ana") as inside:
            await inside.hello({"service": "presence", "topic": thing})
            cursor = {"cursor": {"x": 1, "y": 1}}
            await inside.send({"type": "message", "id": 2, "service": "presence", "topic": thing, "data": cursor})
            seen = await state_where(gallery, "gallery", lambda f: f["set"]["card"]["people"])
            assert [person["name"] for person in seen["set"]["card"]["people"]] == ["Ana Ruiz"]
            # A second window of the same person is no second person, and moving about is no news for a card.
            await inside.send({"type": "message", "id": 3, "service": "presence", "topic": thing, "data": cursor})
            await gallery.silence()
        gone = await state_where(gallery, "gallery", lambda f: not f["set"]["card"]["people"])
        assert gone["set"]["card"]["title"] == "After"
        await gallery.send({"type": "message", "id": 4, "service": "gallery", "topic": thing, "data": {"title": "x"}})
        assert (await gallery.until("error"))["code"] == "forbidden"


async def test_t3_a_card_of_what_is_not_shown_is_refused(site: Site) -> None:
    ids = [site.new_thing(visibility="public"), *(site.new_thing() for _ in range(3))]
    wanted = [{"service": "gallery", "topic": topic} for topic in ids]
    for name, expected in (("ana", ["subscribed"] * 4), ("mina", ["subscribed", *["refused"] * 3])):
        async with site.talk(name) as talk:
            told = (await talk.hello(*wanted))["subscriptions"]
            assert [outcome["status"] for outcome in told] == expected


async def subscribed(talk: Talk, *wanted: Frame) -> list[tuple[str, str | None]]:
    """The outcomes, and their codes."""
    await talk.send({"type": "subscribe", "id": 5, "subscriptions": list(wanted)})
    while (answer := await talk.next())["type"] != "subscribed":
        pass
    return [(outcome["status"], outcome.get("code")) for outcome in answer["subscriptions"]]


YES, FULL = ("subscribed", None), ("refused", "limit")


async def test_t3_at_most_a_hundred_cards(site: Site) -> None:
    """The hundred and first is refused, of a hello and of a subscribe; who leaves one may have another."""
    cards = [{"service": "gallery", "topic": site.new_thing()} for _ in range(102)]
    async with site.talk("ana") as talk:
        told = (await talk.hello(*cards[:101]))["subscriptions"]
        assert [(outcome["status"], outcome.get("code")) for outcome in told] == [YES] * 100 + [FULL]
        assert await subscribed(talk, cards[101], cards[0]) == [FULL, YES]  # the first is had already
        await talk.send({"type": "unsubscribe", "id": 6, **cards[7]})
        assert await subscribed(talk, *cards[100:]) == [YES, FULL]
        # The limit is of cards: there is room for other topics.
        assert await subscribed(talk, {**cards[101], "service": "things"}) == [YES]


async def test_s1_at_most_two_hundred_topics(site: Site) -> None:
    topics = [{"service": "things", "topic": site.new_thing()} for _ in range(101)]
    wanted = [{**topic, "service": service} for topic in topics for service in ("things", "presence")]
    async with site.talk("ana") as talk:
        welcome = await talk.hello(*wanted[:150])
        assert welcome["limits"]["subscriptions"] == 200
        assert {outcome["status"] for outcome in welcome["subscriptions"]} == {"subscribed"}
        assert await subscribed(talk, *wanted[150:]) == [YES] * 50 + [FULL] * 2
        await talk.send({"type": "unsubscribe", "id": 6, **wanted[0]})
        assert await subscribed(talk, *wanted[200:]) == [YES, FULL]


async def test_the_inbox_is_a_log_of_its_own(site: Site) -> None:
    thing = site.new_thing(title="Shared plan")
    mine = {"service": "inbox", "topic": "me"}
    async with site.talk("jonas") as talk, site.talk("jonas") as other, site.talk() as nobody:
        first = (await talk.hello(mine))["subscriptions"][0]
        assert (first["status"], first["topic"], first["mode"]) == ("subscribed", "me", "log")
        await other.hello(mine)
        assert (await nobody.hello(mine))["subscriptions"][0]["code"] == "forbidden"
        share(site, thing, "jonas", "editor")
        event = await talk.until("event")
        assert (event["service"], event["topic"], event["event"]) == ("inbox", "me", "notification")
        assert event["offset"] == first["position"]["offset"] + 1
        assert event["data"]["kind"] == "share"
        assert event["data"]["thing"] == {"id": thing, "title": "Shared plan"}
        assert event["data"]["actor"]["name"] == "Ana Ruiz"
        answer = site.http.get("/api/inbox/", headers=site.bearer("jonas"))
        position = first["position"]["epoch"], event["offset"]
        assert answer.headers["Stream-Position"] == f"inbox/me; epoch={position[0]}; offset={position[1]}"
        assert answer.json()["results"][0]["offset"] == event["offset"]
        assert answer.json()["unread"] == 1
        read = site.http.post("/api/inbox/", json={"through": event["offset"]}, headers=site.bearer("jonas"))
        assert read.json() == {"unread": 0}
        await other.until("event")
        told = await other.until("event")
        assert (told["event"], told["data"]["offsets"]) == ("read", [event["offset"]])
    async with site.talk("jonas") as again:
        told = (await again.hello({**mine, "position": first["position"]}))["subscriptions"][0]
        assert told["recovery"] == "replay"
        missed = [await again.next() for _ in range(3)]
        assert [frame["type"] for frame in missed] == ["event", "event", "live"]
        assert missed[0] == event
        assert (missed[2]["topic"], missed[2]["offset"]) == ("me", told["position"]["offset"])
        await again.send(
            {"type": "subscribe", "id": 5, "subscriptions": [{**mine, "position": {"epoch": "zzzz", "offset": 1}}]}
        )
        reset = (await again.next())["subscriptions"][0]
        assert (reset["status"], reset["reason"], reset["snapshot"]) == ("reset", "epoch", "/api/inbox/")


async def test_a4_s5_a_role_taken_away_ends_every_topic_of_the_thing(site: Site) -> None:
    thing = site.new_thing()
    share(site, thing, "mina", "viewer")
    wanted = [{"service": service, "topic": thing} for service in ("things", "presence", "gallery")]
    async with site.talk("mina") as talk:
        told = (await talk.hello(*wanted))["subscriptions"]
        assert {outcome["status"] for outcome in told} == {"subscribed"}
        unshare(site, thing, "mina")
        ended = [await talk.until("unsubscribed") for _ in wanted]
        assert {frame["service"] for frame in ended} == {"things", "presence", "gallery"}
        assert all(frame["code"] == "forbidden" and frame["purge"] for frame in ended)
        site.rename(thing, "Not for her")
        await talk.silence()


async def test_a4_t2_edits_in_motion_end_with_the_right_to_make_them(site: Site) -> None:
    thing = site.new_thing()
    share(site, thing, "mina", "editor")
    wanted = {"service": "presence", "topic": thing}
    async with site.talk("ana") as ana, site.talk("mina") as mina:
        await ana.hello(wanted)
        connection = (await mina.hello(wanted))["connection"]
        message = {"type": "message", "id": 2, **wanted}
        await mina.send({**message, "data": {"editing": thing, "preview": {thing: {"rotation": 5}}}})
        seen = await state_where(ana, "presence", lambda f: "editing" in f["set"].get(connection, {}))
        assert set(seen["set"][connection]) == {"user", "editing", "preview"}
        share(site, thing, "mina", "viewer")

        async def shown_after_a_move() -> set[str]:
            await mina.send({**message, "data": {"cursor": {"x": 1, "y": 1}}})
            seen = await state_where(ana, "presence", lambda f: connection in f["set"])
            return set(seen["set"][connection])

        async with patience():
            while await shown_after_a_move() != {"user", "cursor"}:
                pass


async def test_o_the_monitor_is_for_staff(site: Site) -> None:
    wanted = {"service": "monitor", "topic": "connections"}
    session = {"Cookie": site.cookie("admin"), "Origin": site.server.url}
    async with site.talk("mina") as talk, site.talk("admin") as program, site.talk(**session) as staff:
        # A token is for programs, whoever made it.
        for refused in (talk, program):
            assert (await refused.hello(wanted))["subscriptions"][0]["code"] == "forbidden"
        connection = (await staff.hello(wanted))["connection"]
        seen = await state_where(staff, "monitor", lambda f: len(f["set"]) >= 4)
        mine = seen["set"][connection]
        assert (mine["user"]["name"], mine["transport"]) == ("Ada Admin", "websocket")
        assert mine["subscriptions"] == [wanted]
        workers = [value for key, value in seen["set"].items() if key.startswith("worker:")]
        assert workers[0]["connections"] == 3


async def test_members_over_http(site: Site) -> None:
    thing = site.new_thing()
    url = f"/api/things/{thing}/members/"
    assert site.http.get(url, headers=site.bearer("mina")).status_code == 404
    share(site, thing, "mina", "viewer")
    listed = site.http.get(url, headers=site.bearer("mina")).json()["results"]
    assert next((entry["user"]["name"], entry["role"]) for entry in listed) == ("Ana Ruiz", "owner")
    assert site.http.post(url, json={}, headers=site.bearer("mina")).status_code == 403
    for body in ({"user": "x", "role": "viewer"}, {"email": "nobody", "role": "viewer"}, {"role": "king"}):
        answer: httpx.Response = site.http.post(url, json=body, headers=site.bearer("ana"))
        assert answer.status_code == 422
    assert site.http.delete(f"{url}{people(site, 'mina')}/", headers=site.bearer("mina")).status_code == 204
    assert site.http.get(url, headers=site.bearer("mina")).status_code == 404
