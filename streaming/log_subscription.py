"""A subscription to a log: events in order and without a gap, from memory or from the database (R, B1)."""

from collections.abc import Callable

from streaming import metrics
from streaming.context import RequestContext
from streaming.fanout.logs import Logs
from streaming.fanout.topics import Events, LogTopic
from streaming.flow import Flow
from streaming.protocol import Head, Lag, Outcome, Position, Recovery, Reset, ResetReason, SubscriptionRequest
from streaming.service import LogHead, LogService, Missed
from streaming.subscription import LAG_BYTES, Budget, Found, Subscription


class LogSubscription(Subscription):
    """`last` is the newest offset sent, of the history `epoch`; everything follows from it.

    Live events are sent as they come. In replay and lag they are not kept: the database has them, and when `last`
    has reached the topic's newest the subscription is live again, in one step of the loop. `replay` is called when
    the database has to be read; with True, the client need not be told when that is done.
    """

    __slots__ = ("_logs", "_replay", "epoch", "lagging", "last", "live", "name", "paused", "told_newest")

    service: LogService
    topic: LogTopic

    def __init__(
        self,
        flow: Flow,
        service: LogService,
        topic: LogTopic,
        logs: Logs,
        replay: Callable[["LogSubscription", bool], None],
    ) -> None:
        self.flow, self.service, self.topic, self._logs, self._replay = flow, service, topic, logs, replay
        self.key = topic.key
        self.name = (service.name, service.shown(topic.key[1]))
        self.epoch = ""
        self.last = 0
        self.live = False
        self.lagging = False
        self.paused = True  # until the outcome is told
        self.told_newest = -1

    def attach(self) -> None:
        self.topic.members.add(self)

    def detach(self) -> None:
        self.live, self.paused = False, True
        self._lag_over()
        self.topic.members.discard(self)

    # The outcome

    def outcome(self, request: SubscriptionRequest, found: Found, budget: Budget) -> Outcome | None:
        if not found.readable or found.head is None:
            return None
        same = self._logs.learned(self.topic, found.head)
        reason = reset_reason(request.position, found.head, found.missed, budget) if same else "epoch"
        if reason is not None:
            return self._refetch(request, found.head, reason)
        budget.spend(found.missed)
        return self._subscribed(request, found.head)

    def _refetch(self, request: SubscriptionRequest, head: LogHead, reason: ResetReason) -> Outcome:
        if request.position is not None:  # so that a client that asks again is told the same
            self.epoch, self.last = request.position.epoch, request.position.offset
        metrics.recoveries.labels(reason).inc()
        return Outcome(
            service=request.service,
            topic=request.topic,
            status="reset",
            mode="log",
            position=position_of(head),
            reason=reason,
            snapshot=self.service.snapshot(self.key[1]),
        )

    def _subscribed(self, request: SubscriptionRequest, head: LogHead) -> Outcome:
        wanted = request.position
        self.epoch, self.last = head.epoch, head.offset if wanted is None else wanted.offset
        self.paused = False
        recovery: Recovery = "fresh" if wanted is None else "exact" if wanted.offset == head.offset else "replay"
        metrics.recoveries.labels(recovery).inc()
        return Outcome(
            service=request.service,
            topic=request.topic,
            status="subscribed",
            mode="log",
            position=position_of(head),
            recovery=recovery,
        )

    def start(self, outcome: Outcome) -> None:
        if outcome.recovery == "replay" and not self.paused:
            self._replay(self, False)

    def go_on(self, context: RequestContext) -> None:
        if self.paused or self.live:
            return
        if self.last != self.topic.newest:
            self._replay(self, True)
        else:
            self.go_live()

    # Events

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
            self._replay(self, False)
        else:
            # It has read some of them from the database already.
            for frame in events.frames[self.last + 1 - events.first :]:
                self.last += 1
                flow.push(frame)

    def hold(self) -> None:
        self.live = False

    def go_live(self) -> None:
        """`last` has reached the topic's newest: events go out as they come."""
        self.live = True
        self._lag_over()

    def catch_up(self) -> None:
        """Nothing to do: the replay waits for room itself."""

    def forget_rights(self) -> None:
        """Nothing to do: a log takes no messages."""

    def leave(self, *, clean: bool) -> None:
        """Nothing to do, for the same reason."""

    def reset(self, reason: ResetReason, epoch: str, offset: int) -> None:
        """The log behind the offsets is another one now: the client must fetch the snapshot (R4). While it is paused
        the outcome that follows says so.
        """
        if self.paused:
            return
        self.live, self.paused = False, True
        self._lag_over()
        service, topic = self.name
        position, url = Position(epoch=epoch, offset=offset), self.service.snapshot(self.key[1])
        self.flow.send(Reset(service=service, topic=topic, reason=reason, position=position, snapshot=url))

    def newest_to_tell(self) -> Head | None:
        newest = self.topic.newest
        if not self.live or newest is None or newest == self.told_newest:
            return None
        self.told_newest = newest
        return Head(service=self.name[0], topic=self.name[1], offset=newest)

    def position(self) -> Position | None:
        return Position(epoch=self.epoch, offset=self.last) if self.epoch else None

    def _lag(self) -> None:
        self.live, self.lagging = False, True
        metrics.lagging.inc()
        service, topic = self.name
        self.flow.send(Lag(service=service, topic=topic, offset=self.last))
        self._replay(self, False)

    def _lag_over(self) -> None:
        if self.lagging:
            self.lagging = False
            metrics.lagging.dec()


def reset_reason(wanted: Position | None, head: LogHead, missed: Missed, budget: Budget) -> ResetReason | None:
    """Why a position cannot be recovered from, all or nothing (R3)."""
    if wanted is None:
        return None
    if wanted.epoch != head.epoch:
        return "epoch"
    if wanted.offset > head.offset:
        return "ahead"
    if missed.events < head.offset - wanted.offset:
        return "trimmed"
    return None if budget.allows(missed) else "behind"


def position_of(head: LogHead) -> Position:
    return Position(epoch=head.epoch, offset=head.offset)
