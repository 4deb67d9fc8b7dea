"""One connection's heart: its subscriptions, their outcomes, and the one stream they share (S, R3)."""

import asyncio
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.conf import settings

from streaming import metrics
from streaming.asgi_types import Send
from streaming.context import RequestContext, Scope
from streaming.database import door_of
from streaming.errors import Denied, Refused
from streaming.fanout.hub import Hub
from streaming.flow import PING_SECONDS, Flow, Line
from streaming.outcomes import Asked, Budget, Found, look_up, reset_reason
from streaming.protocol import (
    Error,
    Head,
    Hello,
    Outcome,
    Position,
    ServerFrame,
    StreamUser,
    SubscriptionRequest,
    Unsubscribed,
    Welcome,
    now_text,
)
from streaming.renewal import Renewal, renewed
from streaming.replay import Replay
from streaming.service import Key, LogHead, LogService, Missed, Service, SharedState, StateService
from streaming.services.registry import SERVICES, service_named
from streaming.subscriptions import LAG_OVER_BYTES, LogSubscription, StateSubscription, Subscription


class Connection:
    """Everything of one connection that is not reading from its socket. Lives on the hub's loop."""

    transport = "websocket"

    def __init__(
        self, context: RequestContext, send: Send, hub: Hub, line: Line | None = None, flow: type[Flow] = Flow
    ) -> None:
        self.context, self.hub = context, hub
        self.began = time.monotonic()
        self.since = now_text()
        self.ended: asyncio.Future[Refused] = asyncio.get_running_loop().create_future()
        self.flow = flow(send, self._heads, self.end, line)
        self.renewal = Renewal(self.send, self.end)
        self.replay = Replay(context, self.flow, forbidden=self.expel, end=self.end)
        self.subscriptions: dict[Key, Subscription] = {}
        self.is_held = False
        # What happens before the welcome is told after it (H3); None once it was said.
        self._held: list[ServerFrame] | None = []

    async def open(self, hello: Hello) -> None:
        """The welcome: the first frame, with the outcome of every subscription of the hello, in order (H3, H4)."""
        outcomes = await self.subscribe(hello.subscriptions)
        user = self.context.user
        welcome = Welcome(
            id=hello.id,
            connection=self.context.connection,
            user=StreamUser(id=str(user.pk), name=user.name, color=user.color) if user else None,
            server_time=now_text("milliseconds"),
            ping_interval=PING_SECONDS,
            limits=self.context.limits,
            services={name: service.mode for name, service in SERVICES.items() if service.is_offered(self.context)},
            subscriptions=outcomes,
        )
        held, self._held = self._held, None
        for waiting in (welcome, *(held or ())):
            self.send(waiting)
        metrics.hello_seconds.observe(time.monotonic() - self.began)
        if hello.replaces:
            self.replace(hello.replaces)
        self.start(outcomes)

    @property
    def outstanding_bytes(self) -> int:
        return self.flow.outstanding_bytes

    def service_of(self, key: Key) -> Service | None:
        subscription = self.subscriptions.get(key)
        return subscription.service if subscription is not None else None

    def send(self, frame: ServerFrame) -> None:
        if self._held is None:
            self.flow.send(frame)
        else:
            self._held.append(frame)

    def error(
        self, denied: Denied, *, id: int | None = None, service: str | None = None, retry_after: float | None = None
    ) -> None:
        # A client may ask for services of any name: a label for each would grow without bound.
        metrics.errors.labels(service if service in SERVICES else "", denied.code).inc()
        self.send(Error(code=denied.code, message=denied.message, id=id, service=service, retry_after=retry_after))

    def end(self, refused: Refused) -> None:
        """Close with `bye`: whoever reads the socket finds it in `ended`."""
        if not self.ended.done():
            refused.welcomed = self._held is None
            self.ended.set_result(refused)

    @contextmanager
    def interrupting(self) -> Iterator[None]:
        """While the caller's task waits in here, `end` interrupts it with what ended the connection."""
        task, waiting = asyncio.current_task(), True
        assert task is not None

        def interrupt(_: object) -> None:
            if waiting:
                task.cancel()

        self.ended.add_done_callback(interrupt)
        try:
            with metrics.welcomed(self.transport):
                yield
        except asyncio.CancelledError:
            if not self.ended.done():
                raise
            task.uncancel()
            raise self.ended.result() from None
        finally:
            waiting = False

    def hold(self) -> None:
        """Whether this person may still be here is being asked: nothing of any topic is sent until `release` (A4)."""
        self.is_held = True
        self.replay.hold()
        for subscription in self.subscriptions.values():
            subscription.hold()

    def release(self) -> None:
        self.is_held = False
        self.replay.release()
        for subscription in self.subscriptions.values():
            if isinstance(subscription, StateSubscription):
                if subscription.started:
                    self._start_state(subscription)
            elif not (subscription.paused or subscription.live or self.replay.is_wanted(subscription)):
                self._start_log(subscription, replay=False)

    def tick(self, now: float) -> None:
        """Called by the hub about once a second."""
        if self._held is None:
            self.flow.tick(now)
            self.renewal.tick(self.context)

    async def authenticate(self, ticket: str) -> None:
        """The same person goes on by a new credential (A5); what it may do is asked anew."""
        self.context = self.replay.context = await renewed(self.context, ticket)
        for subscription in self.subscriptions.values():
            if isinstance(subscription, StateSubscription):
                subscription.rights_until = 0.0
        if Scope.READ not in self.context.scopes:
            await self.recheck()

    def acknowledge(self, n: int) -> bool:
        """A pong; False for one that nothing asked for. State that was held back is told when there is room again."""
        if not self.flow.acknowledge(n):
            return False
        if self.flow.outstanding_bytes < LAG_OVER_BYTES:
            for subscription in self.subscriptions.values():
                if isinstance(subscription, StateSubscription):
                    subscription.catch_up()
        return True

    def _heads(self) -> list[Head]:
        logs = (entry for entry in self.subscriptions.values() if isinstance(entry, LogSubscription))
        return [head for log in logs if (head := log.head_to_tell()) is not None]

    async def subscribe(self, requests: Sequence[SubscriptionRequest]) -> list[Outcome]:
        """One outcome each, in order. Nothing of a topic is sent before `start`."""
        prepared = [self._prepare(request) for request in requests]
        asked = [one for one in prepared if isinstance(one, Asked)]
        found, budget = await look_up(self.context, asked), Budget()
        outcomes = iter([self._outcome(one, found.get(index), budget) for index, one in enumerate(asked)])
        return [next(outcomes) if isinstance(one, Asked) else one for one in prepared]

    def _prepare(self, request: SubscriptionRequest) -> Asked | Outcome:
        """It listens from here on, before the database is read: what commits meanwhile reaches its topic."""
        if Scope.READ not in self.context.scopes:
            return refused(request, "forbidden")
        try:
            service = service_named(request.service)
            key = (service.name, service.resolve(self.context, request.topic))
            again = key in self.subscriptions
            self.drop(key)
            self._require_room(service)
        except Denied as denied:
            return refused(request, denied.code)
        subscription: Subscription
        if isinstance(service, LogService):
            subscription = LogSubscription(self.flow, service, self.hub.log_topic(service, key[1]), self.replay.want)
        else:
            assert isinstance(service, StateService)
            subscription = StateSubscription(self.flow, service, self.hub.state_topic(service, key[1]))
        subscription.attach()
        self.subscriptions[key] = subscription
        metrics.subscriptions.labels(service.name).inc()
        return Asked(request, service, subscription, again)

    def _require_room(self, service: Service) -> None:
        if sum(name == service.name for name, _ in self.subscriptions) >= service.most:
            raise Denied("limit", f"at most {service.most} topics of {service.name} on a connection")
        if len(self.subscriptions) >= self.context.limits.subscriptions:
            raise Denied("limit", f"at most {self.context.limits.subscriptions} subscriptions on a connection")

    def _outcome(self, asked: Asked, found: Found | None, budget: Budget) -> Outcome:
        request, key = asked.request, asked.subscription.key
        # Another one where the same frame asks twice; none where the right ended meanwhile.
        subscription = self.subscriptions.get(key)
        if found is None:
            self.drop(key)
            return refused(request, "unavailable")
        if found.readable and isinstance(subscription, StateSubscription):
            return Outcome(service=request.service, topic=request.topic, status="subscribed", mode="state")
        if found.readable and found.head is not None and isinstance(subscription, LogSubscription):
            outcome = self._log_outcome(subscription, request, found.head, found.missed, budget)
            if asked.again and outcome.recovery == "replay":
                metrics.gaps.labels("client").inc()
            return outcome
        self.drop(key)
        return refused(request, "forbidden")

    def _log_outcome(
        self,
        subscription: LogSubscription,
        request: SubscriptionRequest,
        head: LogHead,
        missed: Missed,
        budget: Budget,
    ) -> Outcome:
        same, wanted = self.hub.logs.learned(subscription.topic, head), request.position
        position = Position(epoch=head.epoch, offset=head.offset)
        told = {"service": request.service, "topic": request.topic, "mode": "log", "position": position}
        reason = reset_reason(wanted, head, missed, self.context.limits, budget) if same else "epoch"
        if reason is not None:
            if wanted is not None:  # whoever asks again is told the same
                subscription.epoch, subscription.last = wanted.epoch, wanted.offset
            metrics.recoveries.labels(reason).inc()
            snapshot = subscription.service.snapshot(subscription.key[1])
            return Outcome(**told, status="reset", reason=reason, snapshot=snapshot)  # type: ignore[arg-type]
        budget.left_bytes -= missed.bytes
        subscription.epoch, subscription.last = head.epoch, head.offset if wanted is None else wanted.offset
        subscription.paused = False
        recovery = "fresh" if wanted is None else "exact" if wanted.offset == head.offset else "replay"
        metrics.recoveries.labels(recovery).inc()
        return Outcome(**told, status="subscribed", recovery=recovery)  # type: ignore[arg-type]

    def start(self, outcomes: Iterable[Outcome]) -> None:
        """The outcomes have been told: let events flow."""
        for outcome in outcomes:
            if outcome.status != "subscribed":
                continue
            service = outcome.service
            subscription = self.subscriptions.get(
                (service, service_named(service).resolve(self.context, outcome.topic))
            )
            if isinstance(subscription, StateSubscription):
                self._start_state(subscription)
            elif isinstance(subscription, LogSubscription) and not subscription.paused:
                self._start_log(subscription, replay=outcome.recovery == "replay")

    def _start_state(self, subscription: StateSubscription) -> None:
        """What it says of itself is told with the whole. It may have said something before its outcome."""
        subscription.started = True
        if self.is_held:
            return
        service = subscription.service
        if subscription.value is None and isinstance(service, SharedState):
            subscription.value = service.enter(self.context, subscription.key[1])
        if subscription.value is None:
            subscription.go_live()
        else:
            subscription.enter(self.context.connection, subscription.value)

    def say(self, subscription: StateSubscription, value: dict[str, Any]) -> None:
        """What this connection says of itself. Who did not wait for the outcome is heard after it."""
        subscription.value = value
        if subscription.live:
            subscription.topic.put(self.context.connection, value)

    def _start_log(self, subscription: LogSubscription, *, replay: bool) -> None:
        if self.is_held and not replay:
            return
        if replay or subscription.last != subscription.topic.head:
            self.replay.want(subscription, silent=not replay)
        else:
            subscription.go_live()

    def drop(self, key: Key) -> None:
        """Forget a subscription; nothing of it is sent after this (S2)."""
        subscription = self.subscriptions.get(key)
        if isinstance(subscription, StateSubscription):
            subscription.topic.leave(self.context.connection)
        self._forget(key)

    def _forget(self, key: Key) -> None:
        subscription = self.subscriptions.pop(key, None)
        if subscription is None:
            return
        metrics.subscriptions.labels(key[0]).dec()
        subscription.detach()
        if isinstance(subscription, LogSubscription):
            self.replay.drop(subscription)
        self.hub.left(subscription.topic)

    def expel(self, key: Key) -> None:
        """The server ends a topic, because rights ended (S5)."""
        if key in self.subscriptions:
            self.drop(key)
            shown = service_named(key[0]).shown(key[1])
            self.send(Unsubscribed(service=key[0], topic=shown, code="forbidden", purge=True))

    def replace(self, old: str) -> None:
        """The same person's earlier connection is gone for good: end its presence at once (H4)."""
        user = self.context.user
        for subscription in self.subscriptions.values():
            if isinstance(subscription, StateSubscription) and user is not None:
                self.hub.states.replace(subscription.topic, old, str(user.pk))

    async def recheck(self) -> None:
        """What this person may see may be another: ask again about everything subscribed (A4)."""
        by_service: dict[Service, list[str]] = {}
        for subscription in self.subscriptions.values():
            by_service.setdefault(subscription.service, []).append(subscription.key[1])
        await asyncio.gather(*(self._recheck(service, topics) for service, topics in by_service.items()))

    async def _recheck(self, service: Service, topics: list[str]) -> None:
        # A renewal may have brought a token of less scope.
        may = Scope.READ in self.context.scopes
        readable = await door_of(service.name)(service.readable, self.context, topics) if may else set()
        for topic in topics:
            self.rights_asked((service.name, topic), readable=topic in readable)

    def rights_asked(self, key: Key, *, readable: bool) -> None:
        """The rights of now are known: the topic ends, or what it may say is asked when it says something."""
        if not readable:
            self.expel(key)
        elif isinstance(subscription := self.subscriptions.get(key), StateSubscription):
            subscription.rights_until = 0.0

    def described(self) -> dict[str, Any]:
        """What an operator sees of this connection (O)."""
        context, user = self.context, self.context.user
        return {
            "user": {"id": str(user.pk), "name": user.name} if user is not None else None,
            "address": context.address,
            "country": context.country,
            "ray": context.ray,
            "transport": self.transport,
            "worker": settings.WORKER,
            "since": self.since,
            "subscriptions": [{"service": service, "topic": topic} for service, topic in self.subscriptions],
            "lagging": sum(getattr(one, "lagging", False) for one in self.subscriptions.values()),
            "outstanding_bytes": self.flow.outstanding_bytes,
            "waiting_bytes": self.flow.waiting_bytes,
        }

    def close(self, *, clean: bool) -> None:
        """The socket is gone. A lost connection keeps its presence for a while, a clean close does not (T2)."""
        self.replay.close()
        for key, subscription in list(self.subscriptions.items()):
            if isinstance(subscription, StateSubscription) and not clean:
                subscription.topic.leave_later(self.context.connection)
                self._forget(key)
            else:
                self.drop(key)
        self.flow.close()


def refused(request: SubscriptionRequest, code: str) -> Outcome:
    return Outcome(service=request.service, topic=request.topic, status="refused", code=code)
