"""A subscription to state: the whole, then what changes; and what the connection says of itself (T1, T2)."""

import time
from typing import Any

from streaming.context import RequestContext
from streaming.database import threads_of
from streaming.fanout.prepared import PreparedFrame
from streaming.fanout.topics import StateTopic
from streaming.flow import Flow
from streaming.protocol import Outcome, SubscriptionRequest
from streaming.service import SharedState, StateService
from streaming.subscription import LAG_BYTES, Budget, Found, Subscription

RIGHTS_SECONDS = 2.0


class StateSubscription(Subscription):
    """`connection`: the id, which is the key of what the connection says of itself."""

    __slots__ = ("_behind", "connection", "live", "started")

    service: StateService
    topic: StateTopic

    def __init__(self, flow: Flow, service: StateService, topic: StateTopic, connection: str) -> None:
        self.flow, self.service, self.topic, self.connection = flow, service, topic, connection
        self.key = topic.key
        self.live = self.started = False
        self._behind = True  # until it is told the whole

    def attach(self) -> None:
        self.topic.members.add(self)

    def detach(self) -> None:
        self.live = False
        self.topic.members.discard(self)

    def outcome(self, request: SubscriptionRequest, found: Found, budget: Budget) -> Outcome | None:
        if not found.readable:
            return None
        return Outcome(service=request.service, topic=request.topic, status="subscribed", mode="state")

    def start(self, outcome: Outcome) -> None:
        self.started = True

    def go_on(self, context: RequestContext) -> None:
        if self.started:
            self.go_live()

    def go_live(self) -> None:
        """Send the whole, from then on what changes."""
        self.live = True
        self.catch_up()

    def hold(self) -> None:
        self.live = False

    def deliver(self, frame: PreparedFrame) -> None:
        # State is the latest value: what a slow client does not get now is told whole when it has caught up.
        if not self.live or self.flow.outstanding_bytes > LAG_BYTES:
            self._behind = True
        elif not self._behind:
            self.flow.push(frame)

    def catch_up(self) -> None:
        """Send the whole if something was missed, as soon as the values are known and may be told."""
        if self._behind and self.live and self.topic.is_told:
            self._behind = False
            self.flow.send(self.topic.whole())

    def forget_rights(self) -> None:
        """Nothing to do: the service takes no messages."""

    def leave(self, *, clean: bool) -> None:
        if clean:
            self.topic.leave(self.connection)
        else:
            self.topic.leave_later(self.connection)


class SharedSubscription(StateSubscription):
    """`value` is what this connection says of itself; `rights` what it may say, believed until `rights_until`."""

    __slots__ = ("rights", "rights_until", "value")

    service: SharedState

    def __init__(self, flow: Flow, service: SharedState, topic: StateTopic, connection: str) -> None:
        super().__init__(flow, service, topic, connection)
        self.value: dict[str, Any] | None = None
        self.rights: object = None
        self.rights_until = 0.0

    def go_on(self, context: RequestContext) -> None:
        """The whole includes its own value, which it may have sent even before the outcome."""
        if not self.started:
            return
        if self.value is None:
            self.value = self.service.enter(context, self.key[1])
        if self.value is None or self.topic.holds(self.connection, self.value):
            self.go_live()
        else:
            self.live = True
            self.topic.enter(self.connection, self.value, self)

    async def say(self, context: RequestContext, data: dict[str, Any]) -> None:
        """A value that was sent before the outcome is passed on after it."""
        topic, now = self.key[1], time.monotonic()
        if now > self.rights_until:
            self.rights = await threads_of(self.service.name)(self.service.rights, context, topic)
            self.rights_until = now + RIGHTS_SECONDS
        self.value = self.service.merge(context, topic, self.rights, self.value, data)
        if self.live:
            self.topic.put(self.connection, self.value)

    def forget_rights(self) -> None:
        self.rights_until = 0.0
