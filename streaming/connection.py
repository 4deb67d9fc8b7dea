"""One connection's heart: its subscriptions, replay joined to live, lag and acknowledgement (R, B)."""

import asyncio
import logging
import random
import time
from collections.abc import Iterable

from streaming import metrics
from streaming.asgi_types import Message, Send
from streaming.close_codes import CloseCode
from streaming.context import RequestContext
from streaming.database import in_database
from streaming.errors import Denied, Forbidden, Refused
from streaming.fanout.hub import Hub
from streaming.fanout.outbox import Outbox, text_message
from streaming.fanout.topics import Key, LogTopic, StateTopic
from streaming.protocol import (
    Error,
    Head,
    Lag,
    Live,
    Outcome,
    Ping,
    Reset,
    ServerFrame,
    SubscriptionRequest,
    Unsubscribed,
    encode,
)
from streaming.services.base import LogHead, LogService, Missed, StateService, service_named

logger = logging.getLogger(__name__)

PING_SECONDS = 25.0
PING_BYTES = 32 * 1024
PONG_SECONDS = 10.0
PONG_SECONDS_OUTSTANDING = 15.0
LAG_BYTES = 256 * 1024
LAG_OVER_BYTES = 64 * 1024
OUTSTANDING_BYTES = 1024 * 1024
REPLAY_WINDOW_BYTES = 128 * 1024
REPLAY_PAGE_BYTES = 32 * 1024
HELLO_REPLAY_BYTES = 4 * 1024 * 1024
SUBSCRIBE_SECONDS = 5.0


class LogSubscription:
    """One log topic of one connection. `last` is the newest offset sent; everything follows from it.

    Live events are sent as they come. In replay and lag they are not kept: the database has them, and when `last`
    has reached the topic's head the subscription is live again, in one step of the loop.
    """

    __slots__ = ("connection", "key", "last", "live", "paused", "service", "told_head", "topic")

    def __init__(self, connection: "Connection", service: LogService, topic: LogTopic) -> None:
        self.connection, self.service, self.topic = connection, service, topic
        self.key = topic.key
        self.last = 0
        self.live = False
        self.paused = True  # until the outcome is told
        self.told_head = -1

    def deliver(self, offset: int, message: Message, size: int) -> None:
        if not self.live:
            return
        if offset == self.last + 1:
            connection = self.connection
            if connection.outstanding_bytes > LAG_BYTES:
                self.lag()
                return
            self.last = offset
            connection.push(message, size)
        elif offset > self.last:
            self.live = False
            self.connection.wants_replay(self)

    def lag(self) -> None:
        self.live = False
        metrics.lagging.inc()
        service, topic = self.key
        self.connection.send(Lag(service=service, topic=topic, offset=self.last))
        self.connection.wants_replay(self, lagging=True)

    def reset(self, reason: str, epoch: str, offset: int) -> None:
        """The log behind the offsets is another one now: the client must fetch the snapshot (R4)."""
        self.live, self.paused = False, True
        service, topic = self.key
        position, url = {"epoch": epoch, "offset": offset}, self.service.snapshot(topic)
        frame = Reset(service=service, topic=topic, reason=reason, position=position, snapshot=url)  # type: ignore[arg-type]
        self.connection.send(frame)

    def detach(self) -> None:
        self.live, self.paused = False, True
        self.topic.members.discard(self)


class StateSubscription:
    """One state topic of one connection."""

    __slots__ = ("connection", "key", "live", "rights", "rights_until", "service", "topic", "value")

    def __init__(self, connection: "Connection", service: StateService, topic: StateTopic) -> None:
        self.connection, self.service, self.topic = connection, service, topic
        self.key = topic.key
        self.live = False
        self.value: dict[str, object] | None = None
        self.rights: object = None
        self.rights_until = 0.0

    def deliver(self, message: Message, size: int) -> None:
        # State is the latest value: what a slow client does not get now is told whole when it has caught up.
        if self.connection.outstanding_bytes > LAG_BYTES:
            self.connection.behind_state.add(self)
        elif self not in self.connection.behind_state:
            self.connection.push(message, size)

    def detach(self) -> None:
        self.live = False
        self.topic.members.discard(self)


Subscription = LogSubscription | StateSubscription


class Connection:
    """Everything of one connection that is not reading from its socket. Lives on the hub's loop."""

    def __init__(self, context: RequestContext, send: Send, hub: Hub) -> None:
        self.context, self.hub = context, hub
        self.outbox = Outbox(send, self._broken)
        self.subscriptions: dict[Key, Subscription] = {}
        self.behind_state: set[StateSubscription] = set()
        self.ended: asyncio.Future[Refused] = asyncio.get_running_loop().create_future()
        self._replays: dict[LogSubscription, bool] = {}
        self._replaying: asyncio.Task[None] | None = None
        self._acknowledged = asyncio.Event()
        self._acknowledged_bytes = 0
        self._pings: dict[int, tuple[int, float]] = {}
        self._ping_number = 0
        self._pinged_bytes = 0
        self._next_ping = time.monotonic() + PING_SECONDS * random.random()

    # Sending

    @property
    def outstanding_bytes(self) -> int:
        """Sent, or waiting to be, and not acknowledged by a pong."""
        return self.outbox.sent_bytes - self._acknowledged_bytes

    def push(self, message: Message, size: int) -> None:
        outbox = self.outbox
        outbox.push(message, size)
        if outbox.sent_bytes - self._pinged_bytes > PING_BYTES:
            self._ping()

    def send(self, frame: ServerFrame) -> None:
        text = encode(frame).decode()
        self.push(text_message(text), len(text))

    def error(self, denied: Denied, *, id: int | None = None, service: str | None = None) -> None:
        metrics.errors.labels(service or "", denied.code).inc()
        self.send(Error(code=denied.code, message=denied.message, id=id, service=service))

    def rate_limited(self, seconds: float, *, id: int | None, service: str | None) -> None:
        metrics.errors.labels(service or "", "rate_limited").inc()
        message = "too many frames"
        retry_after = round(seconds, 2)
        self.send(Error(code="rate_limited", message=message, id=id, service=service, retry_after=retry_after))

    def end(self, refused: Refused) -> None:
        """Close with `bye`: whoever reads the socket finds it in `ended`."""
        if not self.ended.done():
            self.ended.set_result(refused)

    def _broken(self) -> None:
        self.end(Refused(CloseCode.TOO_SLOW))

    # Heartbeat and acknowledgement (B1, B2, R5)

    def _ping(self) -> None:
        self._ping_number += 1
        self._pinged_bytes = self.outbox.sent_bytes
        frame = Ping(n=self._ping_number, heads=self._heads())
        text = encode(frame).decode()
        self._pings[self._ping_number] = (self.outbox.sent_bytes + len(text), time.monotonic())
        self._next_ping = time.monotonic() + PING_SECONDS * random.uniform(0.8, 1.2)
        self.outbox.push(text_message(text), len(text))
        self._pinged_bytes = self.outbox.sent_bytes

    def _heads(self) -> list[Head]:
        heads = []
        for subscription in self.subscriptions.values():
            if isinstance(subscription, LogSubscription) and subscription.live:
                head = subscription.topic.head
                if head is not None and head != subscription.told_head:
                    subscription.told_head = head
                    heads.append(Head(service=subscription.key[0], topic=subscription.key[1], offset=head))
        return heads

    def acknowledge(self, n: int) -> None:
        """A pong: everything sent before that ping has been read."""
        if n not in self._pings:
            return
        self._acknowledged_bytes = max(self._acknowledged_bytes, self._pings[n][0])
        for number in [number for number in self._pings if number <= n]:
            del self._pings[number]
        self._acknowledged.set()
        if self.outstanding_bytes < LAG_OVER_BYTES:
            for subscription in self.behind_state:
                if subscription.live:
                    self.send(subscription.topic.whole())
            self.behind_state.clear()

    def tick(self, now: float) -> None:
        """Called by the hub about once a second."""
        if self._pings:
            asked = next(iter(self._pings.values()))
            idle = self.outstanding_bytes <= asked[0] - self._acknowledged_bytes and asked[0] < PING_BYTES
            if now - asked[1] > (PONG_SECONDS if idle else PONG_SECONDS_OUTSTANDING):
                self.end(Refused(CloseCode.NO_PONG if idle else CloseCode.TOO_SLOW))
                return
        if self.outstanding_bytes > OUTSTANDING_BYTES:
            self.end(Refused(CloseCode.TOO_SLOW))
        elif now >= self._next_ping:
            self._ping()

    # Subscriptions (S, R3)

    async def subscribe(self, requests: Iterable[SubscriptionRequest]) -> list[Outcome]:
        """One outcome each, in order. Nothing of a topic is sent before `start`."""
        budget = [HELLO_REPLAY_BYTES]
        return [await self._outcome(request, budget) for request in requests]

    async def _outcome(self, request: SubscriptionRequest, budget: list[int]) -> Outcome:
        name, topic = request.service, request.topic
        try:
            async with asyncio.timeout(SUBSCRIBE_SECONDS):
                return await self._subscribe(request, budget)
        except Denied as denied:
            code = denied.code
        except TimeoutError:
            code = "unavailable"
        except Exception:
            logger.exception("subscribing to %s failed", name)
            code = "unavailable"
        self.drop((name, topic))
        return Outcome(service=name, topic=topic, status="refused", code=code)

    async def _subscribe(self, request: SubscriptionRequest, budget: list[int]) -> Outcome:
        service = service_named(request.service)
        key = (service.name, service.resolve(self.context, request.topic))
        self.drop(key)
        if len(self.subscriptions) >= self.context.limits.subscriptions:
            raise Denied("limit", f"at most {self.context.limits.subscriptions} subscriptions on a connection")
        if isinstance(service, LogService):
            return await self._subscribe_log(service, key, request, budget)
        assert isinstance(service, StateService)
        if not await in_database(service.may_read, self.context, key[1]):
            raise Forbidden
        state = StateSubscription(self, service, self.hub.state_topic(service, key[1]))
        self.subscriptions[key] = state
        metrics.subscriptions.labels(service.name).inc()
        return Outcome(service=service.name, topic=request.topic, status="subscribed", mode="state")

    async def _subscribe_log(
        self, service: LogService, key: Key, request: SubscriptionRequest, budget: list[int]
    ) -> Outcome:
        # Attached before the database is read: what commits from here on reaches the hub's topic.
        subscription = LogSubscription(self, service, self.hub.log_topic(service, key[1]))
        subscription.topic.members.add(subscription)
        self.subscriptions[key] = subscription
        metrics.subscriptions.labels(service.name).inc()
        wanted = request.position
        offset = wanted.offset if wanted else None
        allowed, head, missed = await in_database(_read_log, service, self.context, key[1], offset)
        if not allowed or head is None:
            raise Forbidden
        self.hub.learned(subscription.topic, head)
        where = {"epoch": head.epoch, "offset": head.offset}
        told = {"service": key[0], "topic": request.topic, "mode": "log", "position": where}
        reason = None
        if wanted is not None:
            limits = self.context.limits
            if wanted.epoch != head.epoch:
                reason = "epoch"
            elif wanted.offset > head.offset:
                reason = "ahead"
            elif missed.events < head.offset - wanted.offset:
                reason = "trimmed"
            elif missed.events > limits.replay_events or missed.bytes > min(limits.replay_bytes, budget[0]):
                reason = "behind"
        if reason is not None:
            metrics.recoveries.labels(reason).inc()
            return Outcome(**told, status="reset", reason=reason, snapshot=service.snapshot(key[1]))  # type: ignore[arg-type]
        subscription.last = head.offset if wanted is None else wanted.offset
        subscription.paused = False
        budget[0] -= missed.bytes if wanted else 0
        recovery = "fresh" if wanted is None else "exact" if wanted.offset == head.offset else "replay"
        metrics.recoveries.labels(recovery).inc()
        return Outcome(**told, status="subscribed", recovery=recovery)  # type: ignore[arg-type]

    def start(self, outcomes: Iterable[Outcome]) -> None:
        """The outcomes have been told: let events flow."""
        for outcome in outcomes:
            service = outcome.service
            if outcome.status != "subscribed":
                continue
            key = (service, service_named(service).resolve(self.context, outcome.topic))
            subscription = self.subscriptions.get(key)
            if isinstance(subscription, StateSubscription):
                subscription.live = True
                subscription.topic.members.add(subscription)
                self.send(subscription.topic.whole())
            elif isinstance(subscription, LogSubscription) and not subscription.paused:
                if outcome.recovery == "replay" or subscription.last != subscription.topic.head:
                    self.wants_replay(subscription, silent=outcome.recovery != "replay")
                else:
                    subscription.live = True

    def drop(self, key: Key) -> None:
        """Forget a subscription; nothing of it is sent after this (S2)."""
        subscription = self.subscriptions.pop(key, None)
        if subscription is None:
            return
        metrics.subscriptions.labels(key[0]).dec()
        subscription.detach()
        if isinstance(subscription, LogSubscription):
            self._replays.pop(subscription, None)
        else:
            self.behind_state.discard(subscription)
            subscription.topic.leave(self.context.connection)
        self.hub.left(subscription.topic)

    def expel(self, key: Key) -> None:
        """The server ends a topic, because rights ended (S5)."""
        if key in self.subscriptions:
            self.drop(key)
            self.send(Unsubscribed(service=key[0], topic=key[1], code="forbidden", purge=True))

    def replace(self, old: str) -> None:
        """The same person's earlier connection is gone for good: end its presence at once (H4)."""
        user = self.context.user
        for subscription in self.subscriptions.values():
            if isinstance(subscription, StateSubscription) and user is not None:
                value = subscription.topic.owner_of(old)
                if isinstance(value, dict) and value.get("user", {}).get("id") == str(user.pk):
                    subscription.topic.leave(old)

    async def recheck(self, key: Key) -> None:
        """Rights may have changed: ask again (A4)."""
        subscription = self.subscriptions.get(key)
        if subscription is None:
            return
        if not await in_database(subscription.service.may_read, self.context, key[1]):
            self.expel(key)
        elif isinstance(subscription, StateSubscription):
            subscription.rights_until = 0.0

    # Replay (R7)

    def wants_replay(self, subscription: LogSubscription, *, lagging: bool = False, silent: bool = False) -> None:
        """`silent`: the client was told a position and needs no `live` after it."""
        self._replays[subscription] = silent
        if self._replaying is None:
            self._replaying = asyncio.ensure_future(self._replay(lagging))

    async def _replay(self, lagging: bool) -> None:
        """Topics in turn, a page each, while the client acknowledges."""
        try:
            while self._replays:
                await self._wait_for_room(LAG_OVER_BYTES if lagging else REPLAY_WINDOW_BYTES)
                for subscription in list(self._replays):
                    await self._replay_page(subscription)
        except Refused as refused:
            self.end(refused)
        except Exception:
            logger.exception("replay broke")
            self.end(Refused(CloseCode.INTERNAL_ERROR))
        finally:
            self._replaying = None

    async def _wait_for_room(self, window: int) -> None:
        while self.outstanding_bytes > window:
            if self.outbox.sent_bytes > self._pinged_bytes:
                self._ping()
            self._acknowledged.clear()
            await self._acknowledged.wait()

    async def _replay_page(self, subscription: LogSubscription) -> None:
        service, (_, topic) = subscription.service, subscription.key
        allowed, events = await in_database(_read_page, service, self.context, topic, subscription.last)
        if self._replays.get(subscription) is None:
            return
        if not allowed:
            self.expel(subscription.key)
            return
        for offset, frame in events:
            if offset == subscription.last + 1:
                subscription.last = offset
                self.push(text_message(frame), len(frame))
        head = subscription.topic.head
        if head is None or subscription.last >= head:
            silent = self._replays.pop(subscription)
            subscription.live = True
            if not silent:
                name, topic = subscription.key
                self.send(Live(service=name, topic=topic, offset=subscription.last))
        elif not events:
            raise Refused(CloseCode.INTERNAL_ERROR, "the log has a hole")

    def close(self, *, clean: bool) -> None:
        """The socket is gone. A lost connection keeps its presence for a while, a clean close does not (T2)."""
        if self._replaying is not None:
            self._replaying.cancel()
        for key, subscription in list(self.subscriptions.items()):
            if isinstance(subscription, StateSubscription) and not clean:
                subscription.topic.leave_later(self.context.connection)
                subscription.value = None
                self.subscriptions.pop(key)
                metrics.subscriptions.labels(key[0]).dec()
                subscription.detach()
                self.hub.left(subscription.topic)
            else:
                self.drop(key)
        self.outbox.close()


def _read_log(
    service: LogService, context: RequestContext, topic: str, offset: int | None
) -> tuple[bool, LogHead | None, Missed]:
    """Rights, head and what was missed, on a database thread."""
    head = service.heads([topic]).get(topic)
    if head is None or not service.may_read(context, topic):
        return False, None, Missed(events=0, bytes=0)
    if offset is None or offset >= head.offset:
        return True, head, Missed(events=0, bytes=0)
    missed = service.missed(topic, offset)
    return True, head, missed


def _read_page(
    service: LogService, context: RequestContext, topic: str, offset: int
) -> tuple[bool, list[tuple[int, str]]]:
    """The rights of now are asked before every page (S3)."""
    if not service.may_read(context, topic):
        return False, []
    return True, service.page(topic, offset, max_bytes=REPLAY_PAGE_BYTES)
