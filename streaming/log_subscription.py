"""One topic of one connection: what the hub's topic calls with every event, and when to stop listening to it."""

from collections.abc import Callable
from typing import Any

from streaming import metrics
from streaming.fanout.frames import Frame
from streaming.fanout.topics import Events, LogTopic, StateTopic
from streaming.flow import Flow
from streaming.protocol import Head, Lag, Reset
from streaming.service import LogService, StateService

LAG_BYTES = 256 * 1024
LAG_OVER_BYTES = 64 * 1024


class LogSubscription:
    """`last` is the newest offset sent, of the history `epoch`; everything follows from it.

    Live events are sent as they come. In replay and lag they are not kept: the database has them, and when `last`
    has reached the topic's head the subscription is live again, in one step of the loop. `behind` is called when it
    has to be replayed.
    """

    __slots__ = (
        "behind", "epoch", "flow", "key", "lagging", "last", "live", "name", "paused", "service", "told_head", "topic",
    )  # fmt: skip

    def __init__(
        self, flow: Flow, service: LogService, topic: LogTopic, behind: Callable[["LogSubscription"], None]
    ) -> None:
        self.flow, self.service, self.topic, self.behind = flow, service, topic, behind
        self.key = topic.key
        self.name = (service.name, service.shown(topic.key[1]))
        self.epoch = ""
        self.last = 0
        self.live = False
        self.lagging = False
        self.paused = True  # until the outcome is told
        self.told_head = -1

    def attach(self) -> None:
        self.topic.members.add(self)

    def detach(self) -> None:
        self.live, self.paused = False, True
        self._lag_over()
        self.topic.members.discard(self)

    def learned(self) -> None:
        """Nothing to do: it starts from what it has read itself."""

    def deliver(self, events: Events) -> None:
        """The next events of the topic."""
        if not self.live:
            return
        flow = self.flow
        if flow.sent_bytes - flow.acknowledged_bytes > LAG_BYTES:
            self._lag()
        elif events.first == self.last + 1:
            self.last = events.last
            flow.push(events.frame)
        elif events.first > self.last:
            self.live = False
            self.behind(self)
        else:
            # It has read some of them from the database already.
            for frame in events.frames[self.last + 1 - events.first :]:
                self.last += 1
                flow.push(frame)

    def hold(self) -> None:
        """Events wait in the database until the connection is told to go on."""
        self.live = False

    def go_live(self) -> None:
        """`last` has reached the head."""
        self.live = True
        self._lag_over()

    def reset(self, reason: str, epoch: str, offset: int) -> None:
        """The log behind the offsets is another one now: the client must fetch the snapshot (R4). While it is paused
        the outcome that follows says so.
        """
        if self.paused:
            return
        self.live, self.paused = False, True
        self._lag_over()
        service, topic = self.name
        position, url = {"epoch": epoch, "offset": offset}, self.service.snapshot(self.key[1])
        frame = Reset(service=service, topic=topic, reason=reason, position=position, snapshot=url)  # type: ignore[arg-type]
        self.flow.send(frame)

    def head_to_tell(self) -> Head | None:
        """The topic's head, when it moved since it was told and the client should have it (R5)."""
        head = self.topic.head
        if not self.live or head is None or head == self.told_head:
            return None
        self.told_head = head
        return Head(service=self.name[0], topic=self.name[1], offset=head)

    def _lag(self) -> None:
        self.live, self.lagging = False, True
        metrics.lagging.inc()
        service, topic = self.name
        self.flow.send(Lag(service=service, topic=topic, offset=self.last))
        self.behind(self)

    def _lag_over(self) -> None:
        if self.lagging:
            self.lagging = False
            metrics.lagging.dec()


class StateSubscription:
    """`value` is what this connection says of itself; `rights` what it may say, believed until `rights_until`. When its
    outcome is told it is `started`.
    """

    __slots__ = ("behind", "flow", "key", "live", "rights", "rights_until", "service", "started", "topic", "value")

    def __init__(self, flow: Flow, service: StateService, topic: StateTopic) -> None:
        self.flow, self.service, self.topic = flow, service, topic
        self.key = topic.key
        self.live = self.started = False
        self.behind = True  # until it is told the whole
        self.value: dict[str, object] | None = None
        self.rights: object = None
        self.rights_until = 0.0

    def attach(self) -> None:
        """A member from here on: a topic without any would be forgotten before the outcome is told."""
        self.topic.members.add(self)

    def go_live(self) -> None:
        """The outcome is told: now the whole, then what changes."""
        self.live = True
        self.catch_up()

    def hold(self) -> None:
        """What is told until `go_live` is told whole then."""
        self.live = False

    def enter(self, connection: str, value: dict[str, Any]) -> None:
        """The same with a value of one's own, which may be there already."""
        if self.topic.holds(connection, value):
            self.go_live()
        else:
            self.live = True
            self.topic.enter(connection, value, self)

    def detach(self) -> None:
        self.live = False
        self.topic.members.discard(self)

    def deliver(self, frame: Frame) -> None:
        # State is the latest value: what a slow client does not get now is told whole when it has caught up.
        if not self.live or self.flow.outstanding_bytes > LAG_BYTES:
            self.behind = True
        elif not self.behind:
            self.flow.push(frame)

    def catch_up(self) -> None:
        """There is room again, or the values are known at last."""
        if self.behind and self.live and self.topic.is_told:
            self.behind = False
            self.flow.send(self.topic.whole())


Subscription = LogSubscription | StateSubscription
