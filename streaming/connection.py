"""One connection's heart: its subscriptions, and the one stream they share, whatever carries it (S, R3)."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress

from django.conf import settings

from streaming import metrics
from streaming.asgi_types import Send
from streaming.context import RequestContext, Scope
from streaming.database import threads_of
from streaming.errors import Denied, Forbidden, Refused
from streaming.fanout.connections import Described
from streaming.fanout.hub import Hub
from streaming.flow import PING_SECONDS, Flow, Line
from streaming.protocol import (
    Error,
    Head,
    Hello,
    Message,
    Outcome,
    ServerFrame,
    StreamUser,
    Subscribe,
    Subscribed,
    Unsubscribe,
    Unsubscribed,
    Welcome,
    now_text,
)
from streaming.renewal import Renewal, renewed
from streaming.replay import Replay
from streaming.service import Key, Service
from streaming.services.registry import SERVICES, service_named
from streaming.subscribing import Subscribing
from streaming.subscription import LAG_OVER_BYTES


class Connection:
    """Everything about a connection except reading from its socket. Lives on the hub's loop."""

    transport = "websocket"

    def __init__(
        self, context: RequestContext, send: Send, hub: Hub, line: Line | None = None, flow: type[Flow] = Flow
    ) -> None:
        self.context, self.hub = context, hub
        self.began = time.monotonic()
        self.since = now_text()
        self.ended: asyncio.Future[Refused] = asyncio.get_running_loop().create_future()
        self.flow = flow(send, self._newest, self.end, line)
        self.renewal = Renewal(self.send, self.end)
        self.replay = Replay(context, self.flow, forbidden=self.expel, end=self.end)
        self.subscribing = Subscribing(context.connection, self.flow, hub, self.replay)
        self.subscriptions = self.subscribing.subscriptions
        # What happens before the welcome is told after it (H3); None once it was said.
        self._held: list[ServerFrame] | None = []

    async def open(self, hello: Hello) -> None:
        """The welcome: the first frame, with the outcome of every subscription of the hello, in order (H3, H4)."""
        decided = await self.subscribing.decide(self.context, hello.subscriptions)
        held, self._held = self._held, None
        for frame in (self._welcome(hello, [outcome for outcome, _ in decided]), *(held or ())):
            self.send(frame)
        metrics.hello_seconds.observe(time.monotonic() - self.began)
        if hello.replaces:
            self._replace(hello.replaces)
        self.subscribing.start(self.context, decided)

    def _welcome(self, hello: Hello, outcomes: list[Outcome]) -> Welcome:
        user = self.context.user
        return Welcome(
            id=hello.id,
            connection=self.context.connection,
            user=StreamUser(id=str(user.pk), name=user.name, color=user.color) if user else None,
            server_time=now_text("milliseconds"),
            ping_interval=PING_SECONDS,
            limits=self.context.limits,
            services={name: service.mode for name, service in SERVICES.items() if service.is_offered(self.context)},
            subscriptions=outcomes,
        )

    # What the client asks

    async def subscribe(self, frame: Subscribe) -> None:
        decided = await self.subscribing.decide(self.context, frame.subscriptions)
        self.send(Subscribed(id=frame.id, subscriptions=[outcome for outcome, _ in decided]))
        self.subscribing.start(self.context, decided)

    def unsubscribe(self, frame: Unsubscribe) -> None:
        """A topic that does not exist gets the same answer as one that was subscribed (S3). Raises `Denied`."""
        with suppress(Forbidden):
            self.subscribing.drop(self._key(frame.service, frame.topic))
        self.send(Unsubscribed(id=frame.id, service=frame.service, topic=frame.topic))

    async def say(self, message: Message) -> None:
        """A message for one of the topics. Raises `Denied`."""
        subscription = self.subscriptions.get(self._key(message.service, message.topic))
        if subscription is None:
            raise Forbidden
        await subscription.say(self.context, message.data)

    def _key(self, service: str, topic: str) -> Key:
        return service, service_named(service).resolve(self.context, topic)

    async def authenticate(self, ticket: str) -> None:
        """The same person continues with a new credential (A5); rights are checked. Raises `Denied`, `Refused`."""
        self.context = self.replay.context = await renewed(self.context, ticket)
        for subscription in self.subscriptions.values():
            subscription.forget_rights()
        if Scope.READ not in self.context.scopes:
            await self.recheck()

    def acknowledge(self, n: int) -> bool:
        """A pong: there may be room again for what was held back. False where no ping of that number is open."""
        if not self.flow.acknowledge(n):
            return False
        if self.outstanding_bytes < LAG_OVER_BYTES:
            for subscription in self.subscriptions.values():
                subscription.catch_up()
        return True

    # What it is told

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

    @property
    def outstanding_bytes(self) -> int:
        return self.flow.outstanding_bytes

    def _newest(self) -> list[Head]:
        told = (subscription.newest_to_tell() for subscription in self.subscriptions.values())
        return [head for head in told if head is not None]

    def tick(self, now: float) -> None:
        """Called by the hub about once a second."""
        if self._held is None:
            self.flow.tick(now)
            self.renewal.tick(self.context)

    # Rights

    def service_of(self, key: Key) -> Service | None:
        subscription = self.subscriptions.get(key)
        return subscription.service if subscription is not None else None

    def hold(self) -> None:
        """It is being checked whether this person may still be here: no topic sends anything until `release` (A4)."""
        self.replay.hold()
        for subscription in self.subscriptions.values():
            subscription.hold()

    def release(self) -> None:
        self.replay.release()
        self.subscribing.go_on(self.context)

    async def recheck(self) -> None:
        """What this person may see may have changed: ask again about everything subscribed (A4)."""
        by_service: dict[Service, list[str]] = {}
        for subscription in self.subscriptions.values():
            by_service.setdefault(subscription.service, []).append(subscription.key[1])
        await asyncio.gather(*(self._recheck(service, topics) for service, topics in by_service.items()))

    async def _recheck(self, service: Service, topics: Sequence[str]) -> None:
        # A renewal may have brought a token of less scope.
        may = Scope.READ in self.context.scopes
        readable = await threads_of(service.name)(service.readable, self.context, topics) if may else set()
        for topic in topics:
            self.rights_asked((service.name, topic), readable=topic in readable)

    def rights_asked(self, key: Key, *, readable: bool) -> None:
        """Rights were checked: the topic ends, or what may be said there is checked with the next message."""
        if not readable:
            self.expel(key)
        elif (subscription := self.subscriptions.get(key)) is not None:
            subscription.forget_rights()

    def expel(self, key: Key) -> None:
        """The server ends a topic, because rights ended (S5)."""
        if (service := self.service_of(key)) is not None:
            self.subscribing.drop(key)
            self.send(Unsubscribed(service=key[0], topic=service.shown(key[1]), code="forbidden", purge=True))

    # The end

    def end(self, refused: Refused) -> None:
        """Close with `bye`, which is done by the task that reads the socket: it finds the reason in `ended`."""
        if not self.ended.done():
            refused.welcomed = self._held is None
            self.ended.set_result(refused)

    def _replace(self, old: str) -> None:
        """The same person's earlier connection is gone for good: end its presence at once (H4)."""
        if (user := self.context.user) is not None:
            for key in self.subscriptions:
                self.hub.states.replace(key, old, str(user.pk))

    def close(self, *, clean: bool) -> None:
        """The socket is gone. A lost connection keeps its presence for a while, a clean close does not (T2)."""
        self.replay.close()
        for key in tuple(self.subscriptions):
            self.subscribing.drop(key, clean=clean)
        self.flow.close()

    def described(self) -> Described:
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
            "lagging": sum(subscription.lagging for subscription in self.subscriptions.values()),
            "outstanding_bytes": self.flow.outstanding_bytes,
            "waiting_bytes": self.flow.waiting_bytes,
        }
