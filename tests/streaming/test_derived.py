"""State that is computed (T3), when the database does not answer."""

import asyncio
import threading
from collections.abc import Sequence
from typing import Any

import pytest

from streaming.context import RequestContext
from streaming.fanout import derived
from streaming.fanout.derived import Derivations
from streaming.fanout.topics import StateTopic
from streaming.service import DerivedState, Followed, Key
from tests.waiting import PATIENCE_SECONDS, patience


class Failing(DerivedState):
    name = "failing"

    def __init__(self) -> None:
        self.asked, self.answer = threading.Event(), threading.Event()

    def may_read(self, context: RequestContext, topic: str) -> bool:
        return True

    def read(self, topics: Sequence[str], followed: Followed) -> dict[str, dict[str, Any]]:
        self.asked.set()
        assert self.answer.wait(PATIENCE_SECONDS)
        raise OSError("on purpose")


async def test_t3_what_is_forgotten_while_its_reading_fails_is_not_asked_for_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(derived, "FAILED_SECONDS", 0.01)
    jobs: list[asyncio.Task[None]] = []
    topic, reader = StateTopic("failing", "t", "process", lambda topic: None, derived=True), Failing()
    topics: dict[Key, StateTopic] = {topic.key: topic}
    derivations = Derivations(lambda work: jobs.append(asyncio.ensure_future(work)), topics)
    derivations.want(topic, reader, [])
    await asyncio.to_thread(reader.asked.wait, PATIENCE_SECONDS)
    derivations.forget(topics.pop(topic.key))
    reader.answer.set()
    async with patience():
        await jobs[0]
    assert len(jobs) == 1
