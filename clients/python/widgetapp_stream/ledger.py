"""What one connection was asked, and for which topics the server holds a place on it.

Pure bookkeeping: it keeps an answer from being taken for a newer question's, and a topic from living on after its
owner let it go (S1, S2).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from widgetapp_stream.frames import Frame

if TYPE_CHECKING:
    from widgetapp_stream.topic import Topic


class Ledger:
    def __init__(self) -> None:
        self._requests: dict[int, Sequence[Topic]] = {}
        self._asked: dict[Topic, int] = {}  # the newest question about each topic that has no answer yet
        self._held: dict[Topic, None] = {}

    def __len__(self) -> int:
        """How many places are taken, or asked for."""
        return len(self._held)

    def __iter__(self) -> Iterator[Topic]:
        return iter(list(self._held))

    def __contains__(self, topic: object) -> bool:
        return topic in self._held

    def ask(self, id: int, topics: Sequence[Topic]) -> None:
        self._requests[id] = topics
        for topic in topics:
            self._asked[topic] = id
            self._held[topic] = None

    def release(self, topic: Topic) -> bool:
        """Whether there was a place."""
        self._asked.pop(topic, None)
        held = topic in self._held
        self._held.pop(topic, None)
        return held

    def answer(self, id: int, outcomes: Sequence[Frame]) -> Iterator[tuple[Topic, Frame]]:
        """The topics of a request with their outcomes, by order, but for those that were asked again since."""
        for topic, outcome in zip(self._requests.pop(id, ()), outcomes, strict=False):
            if self._asked.get(topic) == id:
                del self._asked[topic]
                if outcome["status"] == "refused":
                    self._held.pop(topic, None)
                yield topic, outcome

    def fail(self, id: int) -> list[Topic]:
        """The topics of a request that failed as a whole."""
        topics = [topic for topic in self._requests.pop(id, ()) if self._asked.get(topic) == id]
        for topic in topics:
            self.release(topic)
        return topics
