"""Hostile frames by the hundred: an error or a close code each, and the server goes on for everybody else."""

import json
import random
from typing import Any

from websockets.exceptions import ConnectionClosed

from tests.spoiling import spoiled
from tests.streaming.conftest import Site, Talk

CLOSES = {4000, 4001, 4002, 4004, 4100, 4101}


def frames(thing: str) -> list[dict[str, Any]]:
    position = {"epoch": "k3x9", "offset": 1}
    return [
        {"type": "subscribe", "id": 2, "subscriptions": [{"service": "things", "topic": thing, "position": position}]},
        {"type": "unsubscribe", "id": 3, "service": "presence", "topic": thing},
        {"type": "message", "id": 4, "service": "presence", "topic": thing, "data": {"cursor": {"x": 1, "y": 2}}},
        {"type": "message", "id": 5, "service": "presence", "topic": thing, "data": {"preview": {"a": {"place": 1}}}},
        {"type": "pong", "n": 1, "lag_ms": 3},
        {"type": "authenticate", "id": 6, "ticket": "x"},
    ]


async def end_of(talk: Talk) -> int | None:
    """The code of the `bye`, or None when the conversation goes on."""
    await talk.send({"type": "subscribe", "id": 777, "subscriptions": []})
    try:
        while True:
            frame = await talk.next()
            if frame["type"] == "bye":
                return int(frame["code"])
            if frame.get("id") == 777:
                return None
    except ConnectionClosed:
        return talk.socket.close_code


async def test_spoiled_frames(site: Site) -> None:
    chance, thing = random.Random(11), site.new_thing(visibility="public")
    for _ in range(25):
        async with site.talk("ana") as talk:
            await talk.hello({"service": "presence", "topic": thing})
            for _ in range(12):
                await talk.send(json.dumps(spoiled(chance, chance.choice(frames(thing)))))
            assert await end_of(talk) in {None, *CLOSES}
    async with site.talk("ana") as talk:
        assert (await talk.hello({"service": "things", "topic": thing}))["type"] == "welcome"


async def test_spoiled_hellos(site: Site) -> None:
    chance, thing = random.Random(12), site.new_thing(visibility="public")
    position = {"epoch": "k3x9", "offset": 1}
    hello = {
        "type": "hello", "id": 1, "version": 1, "ticket": "x", "replaces": "s1",
        "subscriptions": [{"service": "things", "topic": thing, "position": position}],
    }  # fmt: skip
    for _ in range(80):
        async with site.talk("ana") as talk:
            await talk.send(json.dumps(spoiled(chance, hello)))
            answer = await talk.next()
            # On `bye` the client closes; that the server does after a second is tested elsewhere.
            assert answer["type"] == "welcome" or answer["code"] in CLOSES


async def test_bytes_that_are_no_json(site: Site) -> None:
    chance = random.Random(13)
    for _ in range(20):
        async with site.talk() as talk:
            await talk.hello()
            for _ in range(4):
                size = chance.choice([0, 1, 20, 3000])
                await talk.send(chance.choice([chance.randbytes(size), chance.randbytes(size).decode("latin-1")]))
            assert await end_of(talk) in {None, *CLOSES}
