"""All topics of a stream: who is subscribed, to be told what, on which connection (S, H4).

Asks made in one turn of the event loop go in one frame; more topics than the server allows wait for a place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from widgetapp_stream.acknowledging import Acknowledgement
from widgetapp_stream.connection import Connection
from widgetapp_stream.environment import Environment
from widgetapp_stream.frames import SUBSCRIPTIONS, Frame, Key, key_of
from widgetapp_stream.log import Log
from widgetapp_stream.outbox import Outbox
from widgetapp_stream.state import State
from widgetapp_stream.timer import Timer
from widgetapp_stream.topic import Topic

AnyTopic = TypeVar("AnyTopic", bound=Topic)


class Subscriptions:
    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self._topics: dict[Key, Topic] = {}
        self._asks: dict[Topic, None] = {}
        self._soon = Timer(environment.timers)
        self._connection: Connection | None = None
        self._limit = SUBSCRIPTIONS
        self._outbox = Outbox(environment.timers)

    def add(self, topic: AnyTopic) -> AnyTopic:
        if topic.key in self._topics:
            raise ValueError(f"expected one subscription of {'/'.join(topic.key)}, got a second")
        self._topics[topic.key] = topic
        self.ask(topic)
        return topic

    def ask(self, topic: Topic) -> None:
        if self._connection is None:
            topic.lost()
            return
        self._asks[topic] = None
        if not self._soon.pending:
            self._soon.set(0.0, self._flush)

    def drop(self, topic: Topic) -> None:
        self.leave(topic)
        self.forget(topic)

    def leave(self, topic: Topic) -> None:
        """The server shall send nothing more of it; it stays ours."""
        if self._connection is not None and self._connection.ledger.release(topic):
            self._leave(self._connection, topic)

    def forget(self, topic: Topic) -> None:
        if self._has(topic):
            del self._topics[topic.key]
        if self._connection is not None:
            self._connection.ledger.release(topic)
        self._refill()

    def queue(self, state: State) -> None:
        self._outbox.add(state)

    def hello(self, connection: Connection, id: int) -> list[Frame]:
        """The subscriptions of a `hello`, with the positions of now (H4)."""
        asked, requests = self._placed(connection, self._topics.values())
        connection.ledger.ask(id, asked)
        return requests

    def welcomed(self, connection: Connection, welcome: Frame) -> None:
        """`connection` is the one that counts from now on."""
        self._connection = connection
        self._limit = welcome.get("limits", {}).get("subscriptions", self._limit)
        self._outbox.connect(connection)
        for topic in connection.ledger:
            if not self._has(topic):  # unsubscribed while the connection was being made: no ghosts
                connection.ledger.release(topic)
                self._leave(connection, topic)
        self._asks.clear()
        self._settle(connection, welcome["id"], welcome["subscriptions"])
        self._refill()

    def lost(self) -> None:
        """The connection is gone, and there is no other yet."""
        self._connection = None
        self._outbox.connect(None)
        self._asks.clear()
        for topic in self._topics.values():
            topic.lost()

    def halt(self) -> None:
        """The stream stopped: no topic does anything until `resume`."""
        for topic in self._topics.values():
            topic.halt()

    def resume(self) -> None:
        for topic in self._topics.values():
            topic.resume()

    def end(self) -> None:
        """No topic goes on; whoever iterates comes to the end."""
        for topic in list(self._topics.values()):
            topic.unsubscribe()

    def when_taken(self, answer: Callable[[], None]) -> None:
        """Calls when what came until now was taken by those who iterate, within 5 s (B1)."""
        logs = [topic for topic in self._topics.values() if isinstance(topic, Log) and topic.unread]
        Acknowledgement(self.environment.timers, logs, answer)

    def fail(self, error: Exception | None) -> None:
        """The stream ended for good: whoever iterates is told. None: it was started again."""
        for topic in self._topics.values():
            topic.fail(error)

    def frame(self, connection: Connection, frame: Frame) -> bool:
        """Whether the frame was understood here."""
        match frame.get("type"):
            case "event" | "live" | "lag" | "reset" | "state":
                if (topic := self._topics.get(key_of(frame))) is not None:
                    topic.frame(frame)
            case "subscribed":
                self._settle(connection, frame["id"], frame["subscriptions"])
            case "unsubscribed":
                self._unsubscribed(frame)
            case "ping":
                self._heads(frame)
            case "error":
                return self._failed(connection, frame)
            case _:
                return False
        return True

    def _flush(self) -> None:
        asks, self._asks = self._asks, {}
        if self._connection is None:
            return
        asked, requests = self._placed(self._connection, asks)
        if asked:
            self._connection.ledger.ask(self._connection.request("subscribe", subscriptions=requests), asked)

    def _placed(self, connection: Connection, topics: Iterable[Topic]) -> tuple[list[Topic], list[Frame]]:
        """Those topics that may be asked for and find a place, with their requests."""
        asked: list[Topic] = []
        requests: list[Frame] = []
        places = self._limit - len(connection.ledger)
        for topic in topics:
            request = topic.request() if self._has(topic) else None
            if request is None or (topic not in connection.ledger and places <= 0):
                continue
            places -= topic not in connection.ledger
            if topic.status == "waiting":
                topic.status = "subscribing"
            asked.append(topic)
            requests.append(request)
        return asked, requests

    def _refill(self) -> None:
        """Asks for those that have no place on the connection yet, as far as there are any."""
        if self._connection is not None:
            for topic in self._topics.values():
                if topic not in self._connection.ledger:
                    self.ask(topic)

    def _settle(self, connection: Connection, id: int, outcomes: list[Frame]) -> None:
        for topic, outcome in list(connection.ledger.answer(id, outcomes)):
            # What the application does meanwhile may end a topic, or all.
            if connection is self._connection and self._has(topic):
                topic.settle(outcome)

    def _unsubscribed(self, frame: Frame) -> None:
        # With an id it answers us, and we are done with the topic already.
        if frame.get("id") is None and (topic := self._topics.get(key_of(frame))) is not None:
            topic.end(frame.get("code", ""), frame.get("purge", False))

    def _heads(self, ping: Frame) -> None:
        for head in ping.get("heads", ()):
            if (topic := self._topics.get(key_of(head))) is not None:
                topic.head(head["offset"])

    def _failed(self, connection: Connection, error: Frame) -> bool:
        topics = connection.ledger.fail(error["id"]) if error.get("id") is not None else []
        for topic in topics:
            if self._has(topic):
                topic.refuse(error["code"], error.get("retry_after"))
        return bool(topics) or self._outbox.failed(error)

    def _leave(self, connection: Connection, topic: Topic) -> None:
        connection.request("unsubscribe", service=topic.service, topic=topic.topic)

    def _has(self, topic: Topic) -> bool:
        return self._topics.get(topic.key) is topic
