"""The Python client when something is wrong: in the application, in a frame, between two events at once."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from widgetapp_stream import End, Position, Problem, Stopped, Stream
from widgetapp_stream.sockets import stream_url

from tests.contract.talking import Talk, event, subscribed
from tests.contract.world import World, settle


@pytest.fixture
async def world() -> AsyncIterator[World]:
    world = World()
    yield world
    await world.tasks.close()


@pytest.fixture
async def talk(world: World) -> AsyncIterator[Talk]:
    stream = Stream("ws://test/_stream", environment=world.environment)
    yield Talk(world, stream)
    await stream.close()


async def test_a_frame_that_is_not_as_it_should_be_harms_no_other(talk: Talk) -> None:
    """F1: the rest of its batch is read, and the ping answered."""
    log = talk.stream.log("things", "a", position=Position("k3x9", 1))
    await talk.welcome(subscribed("things/a", 1))
    broken: Any = [{"type": "event", "service": "things", "topic": "a"}, 7, {"type": "move"}, {"type": "ping"}]
    await talk.say(*broken, event(2), {"type": "ping", "n": 7, "heads": []})
    assert (await anext(aiter(log))).offset == 2
    assert talk.sent() == [{"type": "pong", "n": 7, "lag_ms": 0}]
    assert [type(error) for error in talk.world.reports] == [KeyError, ValueError, KeyError, KeyError]


async def test_a_coroutine_function_as_handler_is_reported(talk: Talk) -> None:
    """It would never run."""

    async def on_event(event: object) -> None: ...

    talk.stream.log("things", "a", position=Position("k3x9", 1), on_event=on_event)  # type: ignore[arg-type]
    await talk.welcome(subscribed("things/a", 1))
    await talk.say(event(2))
    assert [str(error)[:32] for error in talk.world.reports] == ["expected a plain function, got a"]


@pytest.mark.parametrize(
    "data", [{"cursor": datetime.now(UTC)}, {"cursor": float("nan")}, {"cursor": "\ud800"}, {"cursor": "x" * 70_000}]
)
async def test_what_cannot_be_sent_is_refused_at_once(talk: Talk, data: dict[str, Any]) -> None:
    """F2, F5: else it would break the stream later, at every reconnect, or end it for good."""
    presence = talk.stream.state("presence", "a")
    await talk.welcome(subscribed("presence/a"))
    presence.send({"viewport": {"x": 1}})
    with pytest.raises((TypeError, ValueError)):
        presence.send(data)
    assert [frame["data"] for frame in talk.sent()] == [{"viewport": {"x": 1}}]


async def test_s7_what_the_server_refused_is_not_said_again(talk: Talk) -> None:
    """Else the good would be refused along with it after every reconnect."""
    presence = talk.stream.state("presence", "a")
    await talk.welcome(subscribed("presence/a"))
    presence.send({"cursor": {"x": 1, "y": 2}})
    await talk.advance(1)
    presence.send({"mood": "good"})
    assert [frame["id"] for frame in talk.sent()] == [2, 3]
    await talk.say({"type": "error", "id": 3, "service": "presence", "code": "malformed", "message": "no such key"})
    await talk.drop(4200)
    await talk.advance(1)
    await talk.welcome(subscribed("presence/a"))
    assert [frame["data"] for frame in talk.sent()] == [{"cursor": {"x": 1, "y": 2}}]


async def test_d1_a_log_without_position_added_during_a_move_skips_nothing(talk: Talk) -> None:
    """The new connection was asked before the old one told where the log stands: its `fresh` may be further on."""
    await talk.welcome()
    talk.stream.log("things", "a", on_event=lambda event: offsets.append(event.offset))
    offsets: list[int] = []
    await talk.say({"type": "move", "within": 0})
    await talk.advance(0)
    talk.socket(1).owner.opened()
    assert "position" not in talk.sent(1)[0]["subscriptions"][0]
    await talk.say({"type": "subscribed", "id": 2, "subscriptions": [subscribed("things/a", 5, "fresh")]}, on=0)
    await talk.say(event(6), on=0)
    await talk.welcomed(subscribed("things/a", 8, "fresh"))
    await talk.advance(0)
    assert talk.sent(1)[-1]["subscriptions"][0]["position"]["offset"] == 6
    await talk.say({"type": "subscribed", "id": 2, "subscriptions": [subscribed("things/a", 8, "replay")]})
    await talk.say(event(7), event(8), {"type": "live", "service": "things", "topic": "a", "offset": 8})
    assert offsets == [6, 7, 8]


async def test_c_a_credential_that_comes_after_a_new_start_opens_nothing(world: World) -> None:
    asked: list[asyncio.Future[bool]] = []

    async def on_credential(end: End) -> bool:
        asked.append(asyncio.get_running_loop().create_future())
        return await asked[-1]

    talk = Talk(world, Stream("ws://test/_stream", environment=world.environment, on_credential=on_credential))
    for _ in range(2):
        talk.stream.connect()
        await talk.advance(1)
        await talk.drop(4101)
    assert len(asked) == 1
    talk.stream.stop()
    talk.stream.connect()
    await settle()
    await talk.drop(4200)  # reconnecting, as when it was asked
    await talk.advance(1)
    asked[0].set_result(True)
    await talk.advance(1)
    assert len(world.sockets) == 4
    await talk.stream.close()


async def test_c_a_ticket_that_is_refused_counts_as_not_signed_in(world: World) -> None:
    """Not tried for ever: after three times the stream stops."""
    tries: list[int] = []

    async def ticket() -> str:
        tries.append(1)
        raise Problem(401, {"code": "not_authenticated"}, {})

    talk = Talk(world, Stream("ws://test/_stream", environment=world.environment, ticket=ticket))
    talk.stream.connect()
    await talk.advance(60)
    assert (talk.stream.status, len(tries), len(world.sockets)) == ("stopped", 3, 0)
    with pytest.raises(Stopped, match="not_authenticated"):
        await talk.stream.welcomed()


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("https://site.example/", "wss://site.example/_stream"),
        ("http://127.0.0.1:8000/app", "ws://127.0.0.1:8000/app/_stream"),
        ("wss://site.example/_stream", "wss://site.example/_stream"),
    ],
)
def test_the_address(given: str, url: str) -> None:
    assert stream_url(given) == url


@pytest.mark.parametrize("given", ["site.example", "ftp://site.example", ""])
def test_an_address_that_is_none_is_refused_at_once(given: str) -> None:
    with pytest.raises(ValueError, match="expected the address"):
        Stream(given)


async def test_nothing_is_kept_of_a_closed_stream(talk: Talk) -> None:
    talk.stream.log("things", "a", position=Position("k3x9", 1))
    talk.stream.state("presence", "a").send({"cursor": None})
    await talk.welcome(subscribed("things/a", 1), subscribed("presence/a"))
    await talk.say(event(2), {"type": "ping", "n": 1, "heads": []}, {"type": "authenticate", "within": 60})
    await talk.stream.close()
    await settle()
    assert talk.world.timers.pending == 0
    assert json.dumps([socket.closed for socket in talk.world.sockets]) == "[1000]"
