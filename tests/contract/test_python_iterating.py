"""What an iterator adds to the Python client: backpressure up to the server, and how the iteration ends."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from widgetapp_stream import Log, LogEvent, Position, Stopped, Stream, TopicRefused, TopicReset

from tests.contract.talking import Talk, event, subscribed
from tests.contract.world import World, settle

AT = Position("k3x9", 1)


@pytest.fixture
async def talk() -> AsyncIterator[Talk]:
    world = World()
    stream = Stream("ws://test/_stream", environment=world.environment)
    yield Talk(world, stream)
    assert world.reports == []
    await stream.close()
    await world.tasks.close()


async def following(talk: Talk) -> Log:
    log = talk.stream.log("things", "a", position=AT)
    await talk.welcome(subscribed("things/a", 1))
    return log


async def taken(log: Log, count: int) -> list[int]:
    return [(await anext(log.__aiter__())).offset for _ in range(count)]


async def test_b1_the_pong_follows_whoever_iterates(talk: Talk) -> None:
    log = await following(talk)
    await talk.say(event(2), event(3), {"type": "ping", "n": 7, "heads": []})
    await talk.advance(2)
    assert talk.sent() == []
    assert await taken(log, 1) == [2]
    assert talk.sent() == []
    await talk.say(event(4), {"type": "ping", "n": 8, "heads": []})
    assert await taken(log, 1) == [3]
    assert talk.sent() == [{"type": "pong", "n": 7, "lag_ms": 2000}]
    assert await taken(log, 1) == [4]
    assert talk.sent() == [{"type": "pong", "n": 8, "lag_ms": 0}]


async def test_b2_a_consumer_that_needs_long_is_held_back_and_the_heart_beats(talk: Talk) -> None:
    """After 5 s: the server is told to send no more of that topic, and the others go on."""
    log = talk.stream.log("things", "a", position=AT)
    presence = talk.stream.state("presence", "a")
    await talk.welcome(subscribed("things/a", 1), subscribed("presence/a"))
    await talk.say(*map(event, range(2, 6)), {"type": "ping", "n": 7, "heads": []})
    await talk.advance(4.9)
    assert talk.sent() == []
    await talk.advance(0.2)
    left = {"type": "unsubscribe", "id": 2, "service": "things", "topic": "a"}
    assert talk.sent() == [left, {"type": "pong", "n": 7, "lag_ms": 5000}]
    # What was on its way is not taken in, and the others' heart beats on.
    await talk.say(event(6), {"type": "ping", "n": 8, "heads": []})
    await talk.say({"type": "state", "service": "presence", "topic": "a", "full": True, "set": {"s9": {}}})
    assert talk.sent() == [{"type": "pong", "n": 8, "lag_ms": 0}]
    assert presence.values == {"s9": {}}
    # Half of it taken: the rest is asked for, from what was handed over.
    assert await taken(log, 1) == [2]
    assert await taken(log, 1) == [3]
    await talk.advance(0)
    asked = {"service": "things", "topic": "a", "position": {"epoch": "k3x9", "offset": 5}}
    assert talk.sent() == [{"type": "subscribe", "id": 3, "subscriptions": [asked]}]
    await talk.say({"type": "subscribed", "id": 3, "subscriptions": [subscribed("things/a", 6, "replay")]}, event(6))
    assert await taken(log, 3) == [4, 5, 6]


async def test_a_log_holds_a_thousand_events_and_asks_for_the_rest_later(talk: Talk) -> None:
    log = await following(talk)
    await talk.say(*map(event, range(2, 1502)))
    assert [frame["type"] for frame in talk.sent()] == ["unsubscribe"]
    assert await taken(log, 1000) == list(range(2, 1002))
    await talk.advance(0)
    assert talk.sent()[0]["subscriptions"][0]["position"]["offset"] == 1001


async def test_a_held_topic_stays_out_of_a_reconnect_until_it_is_read(talk: Talk) -> None:
    log = await following(talk)
    await talk.say(*map(event, range(2, 1502)))
    talk.sent()
    await talk.drop(4200)
    await talk.advance(1)
    talk.socket(-1).owner.opened()
    assert talk.sent()[0]["subscriptions"] == []
    await talk.welcomed()
    await taken(log, 1000)
    await talk.advance(0)
    assert talk.sent()[0]["subscriptions"][0]["position"]["offset"] == 1001


async def test_what_is_in_hand_knows_its_own_position(talk: Talk) -> None:
    """A reset meanwhile must not give it the new epoch."""

    async def on_reset(reason: str, snapshot: str | None) -> Position:
        return Position("zzzz", 40)

    log = talk.stream.log("things", "a", position=AT, on_reset=on_reset)
    await talk.welcome(subscribed("things/a", 1))
    await talk.say(event(2))
    in_hand: LogEvent = await anext(log.__aiter__())
    await talk.say({"type": "reset", "service": "things", "topic": "a", "reason": "ahead"})
    await talk.advance(0)
    assert log.position == Position("zzzz", 40)
    assert in_hand.position == Position("k3x9", 2)


async def test_r4_without_on_reset_the_iteration_says_so(talk: Talk) -> None:
    """Never silently from now on; and the topic may be followed again at once."""
    log = await following(talk)
    await talk.say(event(2), {"type": "reset", "service": "things", "topic": "a", "reason": "behind", "snapshot": "/s"})
    assert await taken(log, 1) == [2]
    with pytest.raises(TopicReset, match="things/a: behind") as raised:
        await taken(log, 1)
    assert raised.value.snapshot == "/s"
    again = talk.stream.log("things", "a", position=Position("k3x9", 9))
    await talk.advance(0)
    assert [frame["type"] for frame in talk.sent()] == ["unsubscribe", "subscribe"]
    await talk.say({"type": "subscribed", "id": 3, "subscriptions": [subscribed("things/a", 9)]}, event(10))
    assert await taken(again, 1) == [10]


async def test_s5_the_iteration_tells_that_the_server_ended_it(talk: Talk) -> None:
    log, presence = talk.stream.log("things", "a", position=AT), talk.stream.state("presence", "a")
    await talk.welcome(subscribed("things/a", 1), subscribed("presence/a"))
    for service in ("things", "presence"):
        await talk.say({"type": "unsubscribed", "service": service, "topic": "a", "code": "forbidden", "purge": True})
    for topic in (log, presence):
        with pytest.raises(TopicRefused, match="forbidden"):
            await anext(aiter(topic))


async def test_stopped_ends_every_iteration_and_connect_takes_it_up_again(talk: Talk) -> None:
    """C: a 40xx. Those that wait are told, and those that come later."""
    log, presence = talk.stream.log("things", "a", position=AT), talk.stream.state("presence", "a")
    await talk.welcome(subscribed("things/a", 1), subscribed("presence/a"))
    waiting = [asyncio.ensure_future(anext(topic)) for topic in (aiter(log), aiter(presence))]
    await talk.drop(4004)
    late = talk.stream.log("things", "b", position=AT)
    for topic in (*waiting, anext(aiter(late))):
        with pytest.raises(Stopped, match="too many errors"):
            await topic
    assert await talk.stream.stopped() == "too many errors"
    late.unsubscribe()
    await talk.welcome(subscribed("things/a", 1), subscribed("presence/a"))
    await talk.say(event(2), {"type": "state", "service": "presence", "topic": "a", "full": True, "set": {"s1": 1}})
    assert await taken(log, 1) == [2]
    assert await anext(aiter(presence)) == {"s1": 1}


async def test_unsubscribe_and_close_end_an_iteration_without_an_error(talk: Talk) -> None:
    log, presence = talk.stream.log("things", "a", position=AT), talk.stream.state("presence", "a")
    await talk.welcome(subscribed("things/a", 1), subscribed("presence/a"))
    log.unsubscribe()
    await talk.stream.close()
    assert [event async for event in log] == []
    assert [values async for values in presence] == []


async def test_t1_a_state_hands_over_the_newest_and_skips_what_was_overwritten(talk: Talk) -> None:
    presence = talk.stream.state("presence", "a")
    await talk.welcome(subscribed("presence/a"))
    for name in ("one", "two", "three"):
        await talk.say({"type": "state", "service": "presence", "topic": "a", "set": {name: 1}})
    assert await anext(aiter(presence)) == {"one": 1, "two": 1, "three": 1}
    waiting = asyncio.ensure_future(anext(aiter(presence)))
    await settle()
    assert not waiting.done()
    await talk.say({"type": "state", "service": "presence", "topic": "a", "remove": ["one", "two"]})
    assert await waiting == {"three": 1}


async def test_cancelling_a_wait_loses_nothing(talk: Talk) -> None:
    log = await following(talk)
    waiting = asyncio.ensure_future(anext(aiter(log)))
    await settle()
    waiting.cancel()
    await talk.say(event(2))
    assert waiting.cancelled()
    assert await taken(log, 1) == [2]
