"""State topics of several processes that tell each other (T1): nobody ends what another one keeps."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from streaming.fanout import states, topics
from streaming.fanout.topics import LEASE_SECONDS, StateTopic

HERE = {"here": True}


class Clock:
    now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(topics, "time", clock)
    return clock


def process(name: str) -> StateTopic:
    return StateTopic("presence", "t", name, lambda topic: None)


def tell(told: str | None, *others: StateTopic) -> None:
    assert told is not None
    for other in others:
        other.take(msgspec.json.decode(told))


def test_t1_an_end_is_told_by_the_process_where_it_was_and_by_no_other() -> None:
    one, other = process("one"), process("other")
    one.put("a", HERE)
    tell(one.flush(), other)
    other.flush()
    one.leave("a")
    tell(one.flush(), other)
    assert other.values() == {}
    # Told on, it would come back when the key may be there again.
    assert other.flush() is None


def test_t1_who_heard_nothing_for_a_while_does_not_end_what_lives_elsewhere(clock: Clock) -> None:
    one, deaf = process("one"), process("deaf")
    one.put("a", HERE)
    tell(one.flush(), deaf)
    deaf.flush()
    clock.now += LEASE_SECONDS + 1
    deaf.tick(clock.now)
    assert deaf.values() == {}
    assert deaf.flush() is None
    tell(one.retell(clock.now), deaf)
    assert one.values() == deaf.values() == {"a": HERE}


def test_h4_a_connection_that_was_replaced_on_another_process_ends_everywhere() -> None:
    one, other, third = process("one"), process("other"), process("third")
    one.put("a", HERE)
    tell(one.flush(), other, third)
    other.flush()
    other.leave("a")
    tell(other.flush(), one, third)
    assert one.values() == other.values() == third.values() == {}


class Loop:
    """Keeps what is to be called later, and when."""

    def __init__(self) -> None:
        self.later: list[tuple[float, Callable[[], None]]] = []

    def call_later(self, seconds: float, callback: Callable[..., None], *arguments: Any) -> None:
        self.later.append((seconds, lambda: callback(*arguments)))


class Watcher:
    def __init__(self) -> None:
        self.frames: list[Any] = []

    def deliver(self, frame: Any) -> None:
        self.frames.append(msgspec.json.decode(frame.payload))

    def catch_up(self) -> None: ...


def test_b5_t1_a_topic_is_flushed_at_most_thirty_times_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    loop, watcher = Loop(), Watcher()
    monkeypatch.setattr(states, "asyncio", SimpleNamespace(get_running_loop=lambda: loop))
    owner: Any = SimpleNamespace(process="p", left=lambda topic: None, job=lambda work: None)
    service: Any = SimpleNamespace(name="presence", follows=lambda name: [])
    topic = states.States(owner, lambda key: None).topic(service, "t")
    topic.members.add(watcher)
    for turn in range(3):
        for number in range(100):
            topic.put("a", {"turn": turn, "x": number})
        assert [seconds for seconds, _ in loop.later] == [1 / 30]
        assert len(watcher.frames) == turn
        loop.later.pop()[1]()
        assert watcher.frames[-1]["set"] == {"a": {"turn": turn, "x": 99}}
