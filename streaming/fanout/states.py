"""The state topics of a hub: gossip with the other processes, merged and flushed at most 30 times a second (T1, B5)."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Protocol

import msgspec

from streaming.fanout import publisher
from streaming.fanout.derived import Derivations, Follower
from streaming.fanout.publications import Gossip, StatePublication
from streaming.fanout.topics import FLUSH_SECONDS, LEASE_SECONDS, RETELL_SECONDS, LogTopic, StateTopic, encoded
from streaming.service import DerivedState, Key, LogService, Service, StateService, Values


class StatesOwner(Protocol):
    """What the state topics need of their hub."""

    @property
    def process(self) -> str: ...
    def job(self, work: Awaitable[None]) -> None: ...
    def log_topic(self, service: LogService, name: str) -> LogTopic: ...
    def left(self, topic: "LogTopic | StateTopic") -> None: ...


class Source:
    """What a process tells about itself, such as its live connections. `read` gives the values by key; nothing is told
    while nobody watches.
    """

    def __init__(self, key: Key, read: Callable[[], Values]) -> None:
        self.key, self.read = key, read
        self._until = float("-inf")
        self._ask_at = float("-inf")

    def watched(self, now: float) -> None:
        self._until = now + LEASE_SECONDS

    def is_watched(self, now: float) -> bool:
        return now < self._until

    def ask_again(self, now: float) -> bool:
        """Whether it is time to tell the other processes that somebody watches."""
        if now < self._ask_at:
            return False
        self._ask_at = now + RETELL_SECONDS
        return True


class States:
    """`made` is called with the key of every new topic."""

    def __init__(self, owner: StatesOwner, made: Callable[[Key], None]) -> None:
        self._owner, self._made = owner, made
        self.topics: dict[Key, StateTopic] = {}
        self._following: dict[Key, list[Follower]] = {}
        self._flushing: set[StateTopic] = set()
        self._derivations = Derivations(owner.job, self.topics)
        self._sources: dict[Key, Source] = {}

    def topic(self, service: StateService, name: str) -> StateTopic:
        key = (service.name, name)
        if key in self.topics:
            return self.topics[key]
        topic = self._make(key, derived=isinstance(service, DerivedState))
        followers = [self._follow(topic, other, followed) for other, followed in service.follows(name)]
        self._following[key] = followers
        if isinstance(service, DerivedState):
            self._derivations.want(topic, service, followers)
        else:
            self._ask(key)
        return topic

    def add_source(self, source: Source) -> None:
        """A topic whose values are about this process itself; told while anybody watches, here or elsewhere."""
        self._sources[source.key] = source
        self._made(source.key)

    def _make(self, key: Key, *, derived: bool = False) -> StateTopic:
        topic = self.topics[key] = StateTopic(*key, self._owner.process, self._flush_soon, derived=derived)
        if key not in self._sources:
            self._made(key)
        return topic

    def _follow(self, topic: StateTopic, service: Service, name: str) -> Follower:
        return Follower(self._followed(service, name), lambda: self._derivations.moved(topic))

    def _followed(self, service: Service, name: str) -> LogTopic | StateTopic:
        if isinstance(service, LogService):
            return self._owner.log_topic(service, name)
        assert isinstance(service, StateService)
        return self.topic(service, name)

    def forget(self, key: Key) -> None:
        """Nobody is there any more; what it followed is left too."""
        topic = self.topics.pop(key, None)
        if topic is None:
            return
        self._derivations.forget(topic)
        for follower in self._following.pop(topic.key, ()):
            follower.leave()
            self._owner.left(follower.followed)

    def replace(self, key: Key, old: str, user: str) -> None:
        """This person's connection `old` is gone for good, wherever it lived: every process ends its value (H4). For
        the key of a log there is nothing to do.
        """
        topic = self.topics.get(key)
        if topic is None or topic.is_derived:
            return
        topic.replace(old, user)
        publisher.publish_state(*key, encoded({"process": self._owner.process, "replaces": old, "user": user}))

    def is_source(self, key: Key) -> bool:
        return key in self._sources

    def take(self, message: StatePublication) -> None:
        """Gossip of another process."""
        key = (message["service"], message["topic"])
        state: Gossip = msgspec.json.decode(message["state"])
        if state["process"] == self._owner.process:
            return
        if state.get("ask") and (source := self._sources.get(key)) is not None:
            source.watched(time.monotonic())
            self._describe(source)
        if (topic := self.topics.get(key)) is None:
            return
        if state.get("ask"):
            publisher.publish_state(*key, topic.retell(time.monotonic()))
        elif "replaces" in state:
            topic.replace(state["replaces"], state["user"])
        else:
            topic.take(state)

    def tick(self, now: float) -> None:
        """About once a second: leases end, the whole is told again."""
        for source in self._sources.values():
            topic = self.topics.get(source.key)
            if topic is not None and topic.members and source.ask_again(now):
                source.watched(now)
                self._ask(source.key)
            self._describe(source)
        for topic in tuple(self.topics.values()):
            if (gossip := topic.tick(now)) is not None:
                publisher.publish_state(*topic.key, gossip)
            if topic.is_idle:
                self._owner.left(topic)

    def _describe(self, source: Source) -> None:
        topic = self.topics.get(source.key)
        if topic is None and not source.is_watched(time.monotonic()):
            return
        topic = topic or self._make(source.key)
        values = source.read() if topic.members or source.is_watched(time.monotonic()) else {}
        topic.replace_mine(values)

    def _ask(self, key: Key) -> None:
        publisher.publish_state(*key, encoded({"process": self._owner.process, "ask": True}))

    def _flush_soon(self, topic: StateTopic) -> None:
        if topic not in self._flushing:
            self._flushing.add(topic)
            asyncio.get_running_loop().call_later(FLUSH_SECONDS, self._flush, topic)

    def _flush(self, topic: StateTopic) -> None:
        self._flushing.discard(topic)
        if (gossip := topic.flush()) is not None:
            publisher.publish_state(*topic.key, gossip)
        self._owner.left(topic)
