"""Backpressure by acknowledgement (B1), windowed replay (R7), flushes (B5), the small print of frames and hellos."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from uuid6 import uuid7
from websockets.asyncio.client import connect

from streaming.errors import Denied
from streaming.intake import FrameQueue
from streaming.protocol import Message
from streaming.replay import WINDOW_BYTES
from tests.streaming.conftest import Frame, Site, Talk
from tests.waiting import PATIENCE_SECONDS, until

NOTES = 100  # of one change: about 60 KB
MOVES = 60


def change(site: Site, thing: str) -> int:
    """A large change; its revision."""
    notes = [{"id": str(uuid7()), "kind": "note", "place": {"x": n, "y": n}, "name": "n" * 180} for n in range(NOTES)]
    url = f"/api/things/{thing}/actions/"
    answer = site.http.post(url, json={"actions": [{"type": "add", "widgets": notes}]}, headers=site.bearer("ana"))
    assert answer.status_code == 200, answer.text
    return int(answer.json()["revision"])


async def held_back(talk: Talk, over: Callable[[list[Frame]], bool]) -> list[Frame]:
    """What comes while nothing is acknowledged: until it is over, and for a moment more."""
    frames: list[Frame] = []
    while not over(frames):
        frames.append(await talk.next(pings=True))
    return [*frames, *await talk.moment(pings=True)]


def size_of(frames: list[Frame]) -> int:
    return sum(len(json.dumps(frame)) for frame in frames)


def offsets(frames: list[Frame]) -> list[int]:
    return [frame["offset"] for frame in frames if frame["type"] == "event"]


async def test_b1_a_client_that_acknowledges_nothing_lags_and_loses_nothing(site: Site) -> None:
    thing = site.new_thing()
    async with site.talk("ana") as slow, site.talk("ana") as other:
        await slow.hello({"service": "things", "topic": thing})
        await other.hello({"service": "things", "topic": thing})
        last = 0
        for _ in range(12):
            last = await asyncio.to_thread(change, site, thing)
            # Nobody else notices.
            assert (await other.until("event"))["offset"] == last
        held = await held_back(slow, lambda frames: any(frame["type"] == "lag" for frame in frames))
        lag = next(frame for frame in held if frame["type"] == "lag")
        assert lag["offset"] == offsets(held)[-1] < last
        # A lagging topic is not among the heads (R5).
        pings = [frame for frame in held if frame["type"] == "ping"]
        await slow.send({"type": "pong", "n": pings[-1]["n"]})
        rest = []
        while (frame := await slow.next())["type"] != "live":
            rest.append(frame)
        assert frame["offset"] == last
        assert offsets(held) + offsets(rest) == list(range(2, last + 1))


async def test_r7_replay_waits_for_the_acknowledgement(site: Site) -> None:
    thing = site.new_thing()
    epoch = site.http.get(f"/api/things/{thing}/", headers=site.bearer("ana")).json()["epoch"]
    last = [change(site, thing) for _ in range(8)][-1]
    async with site.talk("ana") as talk:
        position = {"epoch": epoch, "offset": 1}
        await talk.hello({"service": "things", "topic": thing, "position": position})
        first = await held_back(talk, lambda frames: size_of(frames) > WINDOW_BYTES and frames[-1]["type"] == "ping")
        assert size_of(first) < WINDOW_BYTES + 2 * 80 * 1024
        assert not any(frame["type"] == "lag" for frame in first)
        await talk.send({"type": "pong", "n": [frame for frame in first if frame["type"] == "ping"][-1]["n"]})
        rest = []
        while (frame := await talk.next())["type"] != "live":
            rest.append(frame)
        assert offsets(first) + offsets(rest) == list(range(2, last + 1))


async def test_b5_t1_presence_that_moves_is_merged(site: Site) -> None:
    """How often is flushed: tests/streaming/test_gossip.py."""
    thing = site.new_thing()
    async with site.talk("ana") as mover, site.talk("ana") as watcher:
        for talk in (mover, watcher):
            await talk.hello({"service": "presence", "topic": thing})
            await talk.until("state")
        for number in range(MOVES):
            data = {"cursor": {"x": number, "y": 0}}
            await mover.send({"type": "message", "service": "presence", "topic": thing, "data": data})
        seen = [await watcher.until("state")]
        while next(iter(seen[-1]["set"].values()))["cursor"]["x"] < MOVES - 1:
            seen.append(await watcher.until("state"))
        assert len(seen) < MOVES


async def test_r6_a_change_that_was_never_published_is_found(site: Site) -> None:
    """Another process without a channel layer writes: as if it had died between commit and publish."""
    thing = site.new_thing()
    code = (
        "from things import editing; from things.models import Thing, Via;"
        f"thing = Thing.objects.get(pk='{thing}');"
        "editing.perform(thing.pk, thing.owner, {'actions': [{'type': 'rename', 'title': 'X'}]}, via=Via.COMMAND)"
    )
    async with site.talk("ana") as talk:
        await talk.hello({"service": "things", "topic": thing})
        writing = asyncio.ensure_future(asyncio.to_thread(site.server.manage, "shell", "-v0", "-c", code))
        event = await talk.until("event")
        assert (event["offset"], event["data"]["via"]) == (2, "command")
        await writing


async def test_f1_f3_f4_one_event_in_the_same_bytes_for_all(site: Site) -> None:
    thing = site.new_thing()
    async with site.talk("ana") as one, site.talk("ana") as other:
        for talk in (one, other):
            await talk.hello({"service": "things", "topic": thing})
            await talk.send({"type": "subscribe", "id": 987654, "subscriptions": []})
            assert await talk.next() == {"type": "subscribed", "id": 987654, "subscriptions": []}
        site.rename(thing, "Same")
        assert await one.socket.recv() == await other.socket.recv()


async def test_f7_no_compression_is_agreed(site: Site) -> None:
    url = site.server.url.replace("http", "ws") + "/_stream"
    async with connect(url, compression="deflate", open_timeout=PATIENCE_SECONDS) as socket:
        assert "Sec-WebSocket-Extensions" not in socket.response.headers  # type: ignore[union-attr]


async def test_s4_s6_exact_topics_and_a_failure_is_that_topic_s_alone(site: Site) -> None:
    thing = site.new_thing()
    async with site.talk("ana") as talk:
        other_spellings = (thing.upper(), f"{thing.replace('-', '')}----")
        topics = ("*", f"{thing[:8]}*", "", *other_spellings, thing)
        told = (await talk.hello(*({"service": "things", "topic": topic} for topic in topics)))["subscriptions"]
        assert [outcome["status"] for outcome in told] == [*["refused"] * 5, "subscribed"]
        site.rename(thing, "On")
        assert (await talk.until("event"))["offset"] == 2


async def test_s7_a_message_is_answered_only_on_error(site: Site) -> None:
    thing = site.new_thing()
    async with site.talk("ana") as talk:
        await talk.hello()
        message: dict[str, Any] = {"type": "message", "id": 5, "service": "presence", "topic": thing, "data": {}}
        await talk.send(message)
        assert (await talk.until("error"))["code"] == "forbidden"  # not subscribed
        await talk.send({**message, "service": "weather"})
        assert (await talk.until("error"))["code"] == "unknown_service"


async def test_s7_a_message_right_behind_its_subscription_is_heard(site: Site) -> None:
    thing = site.new_thing()
    wanted = {"service": "presence", "topic": thing}
    message = {"type": "message", "id": 3, **wanted, "data": {"cursor": {"x": 1, "y": 1}}}
    async with site.talk("ana") as talk:
        connection = (await talk.hello(wanted))["connection"]
        await talk.send(message)
        while connection not in (await talk.until("state"))["set"]:
            pass
        await talk.send({"type": "unsubscribe", "id": 4, **wanted})
        assert (await talk.until("unsubscribed"))["id"] == 4
        await talk.send({"type": "subscribe", "id": 2, "subscriptions": [wanted]})
        await talk.send(message)  # in a queue of its own, it may be quicker
        assert (await talk.until("subscribed"))["id"] == 2
        while connection not in (await talk.until("state"))["set"]:
            pass


async def test_b3_a_service_that_breaks_or_is_slow_is_its_own_affair() -> None:
    crashed: list[Any] = []
    released = asyncio.Event()

    async def handle(frame: Any) -> None:
        if frame.data.get("break"):
            raise RuntimeError("on purpose")
        await released.wait()

    def frame(**data: Any) -> Message:
        return Message(service="presence", topic="t", data=data)

    queue = FrameQueue(handle, crashed.append)
    queue.put(frame(**{"break": True}))
    await until(lambda: crashed, "the crash is told")
    # It begins again with the next message, and tells when it is behind.
    for _ in range(128):
        queue.put(frame())
    with pytest.raises(Denied, match="busy"):
        queue.put(frame())
    released.set()
    queue.close()
