"""A stream of the Python client in the world of the transcripts, up to its welcome; the server's side is the test."""

import json
from typing import Any

from widgetapp_stream import Stream

from tests.contract.world import FakeSocket, World, settle

Json = dict[str, Any]

LIMITS = {"subscriptions": 200}


def subscribed(topic: str, offset: int | None = None, recovery: str = "exact", epoch: str = "k3x9") -> Json:
    service, _, name = topic.partition("/")
    outcome: Json = {"service": service, "topic": name, "status": "subscribed", "mode": "log" if offset else "state"}
    return {**outcome, "position": {"epoch": epoch, "offset": offset}, "recovery": recovery} if offset else outcome


def event(offset: int, topic: str = "a") -> Json:
    data = {"revision": offset}
    return {"type": "event", "service": "things", "topic": topic, "offset": offset, "event": "change", "data": data}


class Talk:
    def __init__(self, world: World, stream: Stream) -> None:
        self.world, self.stream = world, stream
        self.connections = 0

    async def welcome(self, *outcomes: Json) -> Json:
        """Connects unless that is under way; returns the hello."""
        self.stream.connect()
        await settle()
        self.world.socket().owner.opened()
        hello = self.sent()[0]
        await self.welcomed(*outcomes)
        return hello

    async def welcomed(self, *outcomes: Json) -> None:
        self.connections += 1
        name = f"s{self.connections}"
        welcome = {"type": "welcome", "id": 1, "connection": name, "user": None, "ping_interval": 25, "limits": LIMITS}
        await self.say({**welcome, "subscriptions": list(outcomes)})

    async def say(self, *frames: Json, on: int = -1) -> None:
        self.socket(on).owner.received(json.dumps(frames), 0.0)
        await settle()

    async def drop(self, code: int, on: int = -1) -> None:
        self.socket(on).owner.closed(code, "")
        await settle()

    def sent(self, on: int = -1) -> list[Json]:
        """What the client said since it was last asked."""
        sent, self.socket(on).sent[:] = list(self.socket(on).sent), []
        return sent

    def socket(self, index: int) -> FakeSocket:
        return self.world.socket(index)

    async def advance(self, seconds: float) -> None:
        await self.world.timers.advance(seconds)
