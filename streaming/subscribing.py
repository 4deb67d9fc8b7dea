"""How the topics of a connection begin and end (H4, S, R3): prepare, look up, decide, start.

The database is asked once for each service, not for each topic, and the services are asked side by side: one that
fails or hangs affects its own topics only (S4).
"""

import asyncio
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from streaming import metrics
from streaming.context import RequestContext, Scope
from streaming.database import log_failed, threads_of
from streaming.errors import Denied
from streaming.fanout.hub import Hub
from streaming.flow import Flow
from streaming.log_subscription import LogSubscription
from streaming.protocol import Outcome, SubscriptionRequest
from streaming.replay import Replay
from streaming.service import Key, LogService, Service, SharedState, StateService
from streaming.services.registry import service_named
from streaming.state_subscription import SharedSubscription, StateSubscription
from streaming.subscription import NOTHING, Budget, Found, Subscription

logger = logging.getLogger(__name__)

SERVICE_SECONDS = 5.0


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """A request whose subscription listens already. `again`: the connection had the topic before."""

    request: SubscriptionRequest
    subscription: Subscription
    again: bool

    @property
    def topic(self) -> str:
        return self.subscription.key[1]


# What a request came to; without a subscription where it was refused.
Decided = tuple[Outcome, Subscription | None]


class Subscribing:
    """The topics of one connection, in `subscriptions`; `connection` is its id."""

    def __init__(self, connection: str, flow: Flow, hub: Hub, replay: Replay) -> None:
        self._connection, self._flow, self._hub, self._replay = connection, flow, hub, replay
        self.subscriptions: dict[Key, Subscription] = {}

    async def decide(self, context: RequestContext, requests: Sequence[SubscriptionRequest]) -> list[Decided]:
        """One for each request, in order. Send the outcomes, then call `start`: no topic sends anything before."""
        prepared = [self._prepare(context, request) for request in requests]
        found = await look_up(context, [one for one in prepared if isinstance(one, Prepared)])
        budget = Budget(context.limits)
        return [
            self._decide(one, found.get(one), budget) if isinstance(one, Prepared) else (one, None) for one in prepared
        ]

    def _prepare(self, context: RequestContext, request: SubscriptionRequest) -> Prepared | Outcome:
        if Scope.READ not in context.scopes:
            return refused(request, "forbidden")
        try:
            service = service_named(request.service)
            key = (service.name, service.resolve(context, request.topic))
            again = key in self.subscriptions
            self.drop(key)
            self._require_room(context, service)
        except Denied as denied:
            return refused(request, denied.code)
        return Prepared(request, self._listen(service, key), again)

    def _require_room(self, context: RequestContext, service: Service) -> None:
        if sum(name == service.name for name, _ in self.subscriptions) >= service.most:
            raise Denied("limit", f"at most {service.most} topics of {service.name} on a connection")
        if len(self.subscriptions) >= context.limits.subscriptions:
            raise Denied("limit", f"at most {context.limits.subscriptions} subscriptions on a connection")

    def _listen(self, service: Service, key: Key) -> Subscription:
        """It listens before the database is read, so that nothing committed in between is lost."""
        subscription = self.subscriptions[key] = self._made(service, key[1])
        subscription.attach()
        metrics.subscriptions.labels(service.name).inc()
        return subscription

    def _made(self, service: Service, topic: str) -> Subscription:
        hub, flow = self._hub, self._flow
        match service:
            case LogService():
                return LogSubscription(flow, service, hub.log_topic(service, topic), hub.logs, self._replay.want)
            case SharedState():
                return SharedSubscription(flow, service, hub.state_topic(service, topic), self._connection)
            case StateService():
                return StateSubscription(flow, service, hub.state_topic(service, topic), self._connection)
        raise TypeError(f"{service.name}: expected a LogService or a StateService")

    def _decide(self, prepared: Prepared, found: Found | None, budget: Budget) -> Decided:
        request, key = prepared.request, prepared.subscription.key
        # Another one where the same frame asks twice; none where the right ended meanwhile.
        subscription = self.subscriptions.get(key)
        outcome = subscription.outcome(request, found, budget) if subscription and found else None
        if outcome is None:
            self.drop(key)
            return refused(request, "unavailable" if found is None else "forbidden"), None
        if prepared.again and outcome.recovery == "replay":
            metrics.gaps.labels("client").inc()
        return outcome, subscription

    def start(self, context: RequestContext, decided: Iterable[Decided]) -> None:
        """The outcomes have been told: let events flow."""
        for outcome, subscription in decided:
            if subscription is not None and outcome.status == "subscribed":
                subscription.start(outcome)
                self._go_on(context, subscription)

    def go_on(self, context: RequestContext) -> None:
        """The connection is held no longer."""
        for subscription in self.subscriptions.values():
            self._go_on(context, subscription)

    def _go_on(self, context: RequestContext, subscription: Subscription) -> None:
        if not self._replay.is_held and not self._replay.is_wanted(subscription):
            subscription.go_on(context)

    def drop(self, key: Key, *, clean: bool = True) -> None:
        """Forget a subscription; nothing of it is sent after this (S2)."""
        subscription = self.subscriptions.pop(key, None)
        if subscription is None:
            return
        subscription.leave(clean=clean)
        metrics.subscriptions.labels(key[0]).dec()
        subscription.detach()
        self._replay.drop(subscription)
        self._hub.left(subscription.topic)


def refused(request: SubscriptionRequest, code: str) -> Outcome:
    return Outcome(service=request.service, topic=request.topic, status="refused", code=code)


async def look_up(context: RequestContext, prepared: Sequence[Prepared]) -> dict[Prepared, Found]:
    """A request that is missing in the result belongs to a service that did not answer."""
    by_service: dict[Service, list[Prepared]] = {}
    for one in prepared:
        by_service.setdefault(one.subscription.service, []).append(one)
    answers = await asyncio.gather(*(_ask(context, service, ones) for service, ones in by_service.items()))
    return {one: found for answer in answers for one, found in answer.items()}


async def _ask(context: RequestContext, service: Service, prepared: Sequence[Prepared]) -> dict[Prepared, Found]:
    try:
        async with asyncio.timeout(SERVICE_SECONDS):
            return await threads_of(service.name)(_read, context, service, prepared)
    except TimeoutError:
        logger.warning("%s did not answer in time", service.name)
    except Exception as error:
        log_failed(f"subscribing to {service.name}", error)
    return {}


def _read(context: RequestContext, service: Service, prepared: Sequence[Prepared]) -> dict[Prepared, Found]:
    """Heads, rights and what was missed, on a database thread. The heads come first: a right that ends later has moved
    the access epoch that came with them, and is found by the sweep if its publication is lost.
    """
    topics = {one.topic for one in prepared}
    if not isinstance(service, LogService):
        readable = service.readable(context, topics)
        return {one: Found(one.topic in readable) for one in prepared}
    heads = service.heads(sorted(topics))
    readable = service.readable(context, topics)
    behind: Mapping[str, int] = {
        one.topic: position.offset
        for one in prepared
        if (position := one.request.position) is not None
        and one.topic in readable
        and (head := heads.get(one.topic)) is not None
        and position.offset < head.offset
    }
    missed = service.missed(behind) if behind else {}
    return {one: Found(one.topic in readable, heads.get(one.topic), missed.get(one.topic, NOTHING)) for one in prepared}
