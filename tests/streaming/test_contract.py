"""The wire contract as seen from outside, rule by rule."""

import asyncio
import json
from typing import Any

import pytest

from tests.streaming.conftest import Site
from tests.waiting import PATIENCE_SECONDS


def things(topic: str, **position: Any) -> dict[str, Any]:
    wanted: dict[str, Any] = {"service": "things", "topic": topic}
    return {**wanted, "position": position} if position else wanted


def presence(topic: str) -> dict[str, Any]:
    return {"service": "presence", "topic": topic}


async def test_h3_h4_welcome_tells_every_outcome_in_order(site: Site) -> None:
    thing = site.new_thing()
    async with site.talk("ana") as talk:
        welcome = await talk.hello(things(thing), presence(thing), things("nonsense"), {"service": "no", "topic": "x"})
    assert set(welcome) == {
        "type", "id", "version", "connection", "user", "server_time", "ping_interval", "limits", "services",
        "subscriptions",
    }  # fmt: skip
    assert (welcome["type"], welcome["id"], welcome["version"]) == ("welcome", 1, 1)
    assert set(welcome["user"]) == {"id", "name", "color"}
    assert welcome["limits"] == {
        "frame_bytes": 65536, "event_bytes": 262144, "subscriptions": 200, "requests_per_second": 20,
        "request_burst": 100, "messages_per_second": 40, "replay_events": 1000, "replay_bytes": 1048576,
    }  # fmt: skip
    assert welcome["services"] == {"things": "log", "presence": "state", "gallery": "state", "inbox": "log"}
    first, second, third, fourth = welcome["subscriptions"]
    assert first == {
        "service": "things", "topic": thing, "status": "subscribed", "mode": "log", "recovery": "fresh",
        "position": {"epoch": first["position"]["epoch"], "offset": 1},
    }  # fmt: skip
    assert second == {"service": "presence", "topic": thing, "status": "subscribed", "mode": "state"}
    assert third == {"service": "things", "topic": "nonsense", "status": "refused", "code": "forbidden"}
    assert fourth == {"service": "no", "topic": "x", "status": "refused", "code": "unknown_service"}


async def test_r1_r8_a_change_reaches_everybody_with_its_offset(site: Site) -> None:
    thing = site.new_thing()
    async with site.talk("ana") as talk:
        await talk.hello(things(thing))
        revision = site.rename(thing, "Live")
        event = await talk.next()
    assert set(event) == {"type", "service", "topic", "offset", "event", "data"}
    assert (event["service"], event["topic"], event["offset"], event["event"]) == ("things", thing, revision, "change")
    data = event["data"]
    assert set(data) == {
        "revision", "id", "actor", "via", "types", "effects", "undoes", "group", "digest", "created_at",
    }  # fmt: skip
    assert data["actor"]["name"] == "Ana Ruiz"
    assert data["effects"] == [{"op": "meta", "field": "title", "value": "Live"}]


async def test_r3_exact_replay_and_resets(site: Site) -> None:
    thing = site.new_thing()
    async with site.talk("ana") as talk:
        epoch = (await talk.hello(things(thing)))["subscriptions"][0]["position"]["epoch"]
    for number in range(3):
        site.rename(thing, f"T{number}")
    async with site.talk("ana") as talk:
        outcome = (await talk.hello(things(thing, epoch=epoch, offset=4)))["subscriptions"][0]
        assert (outcome["status"], outcome["recovery"]) == ("subscribed", "exact")
    async with site.talk("ana") as talk:
        outcome = (await talk.hello(things(thing, epoch=epoch, offset=1)))["subscriptions"][0]
        assert (outcome["recovery"], outcome["position"]["offset"]) == ("replay", 4)
        assert [(await talk.next())["offset"] for _ in range(3)] == [2, 3, 4]
        assert await talk.next() == {"type": "live", "service": "things", "topic": thing, "offset": 4}
        assert site.rename(thing, "after") == (await talk.next())["offset"] == 5
    for position, reason in (({"epoch": "other", "offset": 1}, "epoch"), ({"epoch": epoch, "offset": 99}, "ahead")):
        async with site.talk("ana") as talk:
            outcome = (await talk.hello(things(thing, **position)))["subscriptions"][0]
            assert outcome["status"] == "reset"
            assert (outcome["reason"], outcome["snapshot"]) == (reason, f"/api/things/{thing}/")
            # R4: paused until the client asks from the snapshot's position.
            site.rename(thing, f"paused {reason}")
            await talk.silence()


async def test_s1_s2_subscribe_and_unsubscribe(site: Site) -> None:
    thing = site.new_thing()
    async with site.talk("ana") as talk:
        await talk.hello()
        await talk.send(
            {"type": "subscribe", "id": 7, "subscriptions": [things(thing), things(site.new_thing("jonas"))]}
        )
        answer = await talk.next()
        assert (answer["type"], answer["id"]) == ("subscribed", 7)
        assert [outcome["status"] for outcome in answer["subscriptions"]] == ["subscribed", "refused"]
        await talk.send({"type": "unsubscribe", "id": 8, "service": "things", "topic": thing})
        assert await talk.next() == {"type": "unsubscribed", "id": 8, "service": "things", "topic": thing}
        site.rename(thing, "unheard")
        await talk.silence()


async def test_f2_what_cannot_be_read_is_an_error_and_the_stream_goes_on(site: Site) -> None:
    async with site.talk("ana") as talk:
        await talk.hello()
        for text, code, id in (
            ('{"type":"fly","id":3}', "unknown_type", 3),
            ('{"type":"subscribe","id":4,"subscriptions":5}', "malformed", 4),
            ("not json", "malformed", None),
            ('{"type":"pong","n":NaN}', "malformed", None),
            ('{"a":1,"a":2}', "malformed", None),
            ('{"type":"message","service":"no","topic":"x","data":{},"id":9}', "unknown_service", 9),
        ):
            await talk.send(text)
            error = await talk.next()
            assert (error["type"], error["code"], error.get("id")) == ("error", code, id), text
        await talk.send({"type": "subscribe", "id": 5, "subscriptions": [], "unknown": True})
        assert (await talk.next())["type"] == "subscribed"


async def test_f2_a_client_of_another_version_may_say_what_is_not_known_again_and_again(site: Site) -> None:
    async with site.talk("ana") as talk:
        await talk.hello()
        for number in range(30):  # malformed ones would end it at the twentieth (B4)
            await talk.send({"type": "dance", "id": number})
            assert (await talk.next())["code"] == "unknown_type"
        await talk.send({"type": "subscribe", "id": 5, "subscriptions": []})
        assert (await talk.next())["type"] == "subscribed"


async def test_f5_a_frame_too_big_is_4002(site: Site) -> None:
    async with site.talk("ana") as talk:
        await talk.hello()
        await talk.send(json.dumps({"type": "x", "text": "x" * 70_000}))
        bye = await talk.until("bye")
        assert (bye["code"], await talk.closed()) == (4002, 4002)


@pytest.mark.parametrize(
    ("first", "code"),
    [("[]", 4000), ('{"type":"pong","n":1}', 4000), ('{"type":"hello","id":1,"version":2}', 4001)],
)
async def test_h2_a_refusal_is_bye_and_then_the_code(site: Site, first: str, code: int) -> None:
    async with site.talk("ana") as talk:
        await talk.send(first)
        bye = await talk.next()
        assert (bye["type"], bye["code"], await talk.closed()) == ("bye", code, code)


async def test_f6_the_subprotocol_is_spoken_when_offered(site: Site) -> None:
    from websockets.asyncio.client import connect

    url = site.server.url.replace("http", "ws") + "/_stream"
    offered: Any = ["widgetapp.stream.v1"]
    async with connect(url, subprotocols=offered, compression="deflate", open_timeout=PATIENCE_SECONDS) as socket:
        assert socket.subprotocol == "widgetapp.stream.v1"
        assert "permessage-deflate" not in str(socket.response.headers if socket.response else "")  # F7


async def test_a3_the_four_ways_in(site: Site) -> None:
    cookie, own = site.cookie("ana"), site.server.url
    async with site.talk(Cookie=cookie, Origin=own) as talk:
        assert (await talk.hello())["user"]["name"] == "Ana Ruiz"
    async with site.talk(Cookie=cookie) as talk:  # no origin: the cookie is ignored
        assert (await talk.hello())["user"] is None
    for origin in (
        "https://evil.example",
        "null",
        "http://127.0.0.1:1",
        "http://127.0.0.1",
    ):
        async with site.talk(Cookie=cookie, Origin=origin) as talk:
            bye = await talk.hello()
            assert (bye["type"], bye["code"], await talk.closed()) == ("bye", 4003, 4003)
    async with site.talk(Authorization="Bearer wap_wrong") as talk:
        assert (await talk.hello())["code"] == 4101
    ticket = site.http.post("/api/stream/tickets/", headers=site.bearer("jonas")).json()["ticket"]
    async with site.talk(Origin="https://other.example") as talk:
        assert (await talk.hello(ticket=ticket))["user"]["name"] == "Jonas Weber"
    async with site.talk(Cookie=cookie, Origin=own) as talk:  # used: never falls back to the cookie
        assert (await talk.hello(ticket=ticket))["code"] == 4101


async def test_a3_one_of_many_wins_a_ticket(site: Site) -> None:
    ticket = site.http.post("/api/stream/tickets/", headers=site.bearer("jonas")).json()["ticket"]

    async def attempt() -> str:
        async with site.talk() as talk:
            return str((await talk.hello(ticket=ticket))["type"])

    answers = await asyncio.gather(*[attempt() for _ in range(12)])
    assert sorted(answers) == ["bye"] * 11 + ["welcome"]


async def test_s3_anonymous_people_see_what_is_public(site: Site) -> None:
    public, private = site.new_thing(visibility="public"), site.new_thing()
    async with site.talk() as talk:
        outcomes = (await talk.hello(things(public), things(private)))["subscriptions"]
        assert [outcome["status"] for outcome in outcomes] == ["subscribed", "refused"]


async def test_a4_s5_a_topic_ends_with_the_right_to_read_it(site: Site) -> None:
    thing = site.new_thing(visibility="public")
    async with site.talk("jonas") as talk:
        await talk.hello(things(thing))
        url = f"/api/things/{thing}/"
        site.http.patch(url, json={"visibility": "private"}, headers=site.bearer("ana"))
        ended = await talk.until("unsubscribed")
        assert ended == {
            "type": "unsubscribed", "service": "things", "topic": thing, "code": "forbidden", "purge": True,
        }  # fmt: skip
        site.rename(thing, "secret")
        await talk.silence()


async def test_t1_t2_presence_comes_and_goes(site: Site) -> None:
    thing = site.new_thing(visibility="public")
    async with site.talk("ana") as ana:
        welcome = await ana.hello(presence(thing))
        whole = await ana.next()
        assert (whole["full"], list(whole["set"])) == (True, [welcome["connection"]])
        async with site.talk("jonas") as jonas:
            connection = (await jonas.hello(presence(thing)))["connection"]
            while connection not in (told := (await ana.until("state"))["set"]):
                pass
            assert told[connection] == {
                "user": {"id": told[connection]["user"]["id"], "name": "Jonas Weber", "color": 2}
            }
            message = {"type": "message", "id": 3, "service": "presence", "topic": thing}
            await jonas.send({**message, "data": {"cursor": {"x": 1, "y": 2.5}}})
            value = (await ana.until("state"))["set"][connection]
            assert (value["cursor"], value["user"]["name"]) == ({"x": 1, "y": 2.5}, "Jonas Weber")
            await jonas.send({**message, "data": {"cursor": None, "selection": []}})
            assert set((await ana.until("state"))["set"][connection]) == {"user", "selection"}
            # Who may only look shows no edits in motion.
            await jonas.send({**message, "data": {"preview": {}}})
            assert (await jonas.until("error"))["code"] == "forbidden"
            await jonas.send({**message, "data": {"user": {"name": "Ana"}}})
            assert (await jonas.until("error"))["code"] == "malformed"
        assert (await ana.until("state"))["remove"] == [connection]
        assert welcome["connection"] != connection


async def test_h4_a_replacement_takes_the_old_ones_place_at_once(site: Site) -> None:
    thing = site.new_thing()
    async with site.talk("ana") as watcher, site.talk("ana") as new:
        await watcher.hello(presence(thing))
        async with site.talk("ana") as old:
            first = (await old.hello(presence(thing)))["connection"]
            data = {"selection": []}
            await old.send({"type": "message", "service": "presence", "topic": thing, "data": data})
            while first not in (await watcher.until("state")).get("set", {}):
                pass
            await new.hello(presence(thing), replaces=first)
            assert (await watcher.until("state"))["remove"] == [first]


async def test_b2_r5_pings_name_the_heads_that_moved(site: Site) -> None:
    thing = site.new_thing()
    async with site.talk("ana") as talk:
        await talk.hello(things(thing))
        # Past 32 KiB a ping comes, to be acknowledged.
        for number in range(12):
            url = f"/api/things/{thing}/actions/"
            widgets = [{"id": f"00000000-0000-7000-8000-{number:04}0000{n:04}", "kind": "note"} for n in range(10)]
            body = {"actions": [{"type": "add", "widgets": [{**w, "place": {"x": 1, "y": 1}} for w in widgets]}]}
            assert site.http.post(url, json=body, headers=site.bearer("ana")).status_code == 200
        while (frame := await talk.next(pings=True))["type"] != "ping":
            pass
        assert frame["n"] >= 1
        assert frame["heads"][0]["topic"] == thing
        await talk.send({"type": "pong", "n": frame["n"], "lag_ms": 1.5})


async def test_b4_too_many_requests_are_told_when_to_come_back(site: Site) -> None:
    async with site.talk("ana") as talk:
        await talk.hello()
        for number in range(130):
            await talk.send({"type": "subscribe", "id": number, "subscriptions": []})
        error = await talk.until("error")
        assert error["code"] in ("rate_limited", "busy")


async def test_b4_too_many_malformed_frames_end_it(site: Site) -> None:
    async with site.talk("ana") as talk:
        await talk.hello()
        for _ in range(25):
            await talk.send("{")
        assert (await talk.until("bye"))["code"] == 4004


async def test_fuzzed_frames_get_documented_answers(site: Site) -> None:
    import random

    chance = random.Random(7)
    good = json.dumps({"type": "message", "id": 1, "service": "presence", "topic": "x", "data": {"a": [1, {"b": 2}]}})
    codes = set()
    for _ in range(12):
        async with site.talk("ana") as talk:
            await talk.hello()
            for _ in range(18):
                text = list(good)
                for _ in range(chance.randint(1, 6)):
                    text[chance.randrange(len(text))] = chr(chance.choice([34, 44, 91, 92, 123, 125, 0x20AC, 0x1F600]))
                await talk.send("".join(text))
                codes.add((await talk.next())["code"])
    assert codes <= {"malformed", "unknown_type", "unknown_service", "forbidden", "busy", "rate_limited"}
