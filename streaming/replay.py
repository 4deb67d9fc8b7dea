"""Replay of one connection's logs from the database: topics in turn, windowed by acknowledgement (R7)."""

import asyncio
from collections.abc import Callable, Sequence

from streaming import failpoints
from streaming.close_codes import CloseCode
from streaming.context import RequestContext
from streaming.database import threads_of
from streaming.errors import Refused, refusal_of
from streaming.fanout.prepared import PreparedFrame
from streaming.flow import Flow
from streaming.log_subscription import LogSubscription
from streaming.protocol import Live
from streaming.service import Key, LogService
from streaming.subscription import LAG_OVER_BYTES, Subscription

WINDOW_BYTES = 128 * 1024
PAGE_BYTES = 32 * 1024


class Replay:
    """`forbidden` is called with a topic that may no longer be read, `end` when the connection has to be closed."""

    def __init__(
        self,
        context: RequestContext,
        flow: Flow,
        *,
        forbidden: Callable[[Key], None],
        end: Callable[[Refused], None],
    ) -> None:
        self.context, self._flow = context, flow
        self._forbidden, self._end = forbidden, end
        self._wanted: dict[LogSubscription, bool] = {}
        self._held: asyncio.Future[None] | None = None
        self.task: asyncio.Task[None] | None = None

    def want(self, subscription: LogSubscription, silent: bool) -> None:
        """Bring it from `last` to the newest event. `silent`: the client needs no `live` after it."""
        self._wanted[subscription] = silent
        if self.task is None:
            self.task = asyncio.ensure_future(self._run())

    @property
    def is_held(self) -> bool:
        return self._held is not None

    def hold(self) -> None:
        """Nothing is sent until `release`; a page that was being read is read again."""
        if self._held is None:
            self._held = asyncio.get_running_loop().create_future()

    def release(self) -> None:
        if self._held is not None:
            self._held.set_result(None)
            self._held = None

    def is_wanted(self, subscription: Subscription) -> bool:
        return subscription in self._wanted

    def drop(self, subscription: Subscription) -> None:
        self._wanted.pop(subscription, None)  # type: ignore[call-overload]

    def close(self) -> None:
        if self.task is not None:
            self.task.cancel()

    async def _run(self) -> None:
        """One page of each topic in turn, and each page only when the client has acknowledged enough."""
        try:
            while self._wanted:
                for subscription in list(self._wanted):
                    await self._flow.room(LAG_OVER_BYTES if any(one.lagging for one in self._wanted) else WINDOW_BYTES)
                    if self._held is not None:
                        await asyncio.shield(self._held)
                    await self._page(subscription)
        except Exception as error:
            self._end(refusal_of(error, "a replay"))
        finally:
            self.task = None

    async def _page(self, subscription: LogSubscription) -> None:
        service, topic, known = subscription.service, subscription.key[1], subscription.topic.newest
        allowed, events = await threads_of(service.name)(_read_page, service, self.context, topic, subscription.last)
        if subscription not in self._wanted or self._held is not None:
            return
        if subscription.paused:  # reset meanwhile: the client starts from a snapshot
            self.drop(subscription)
        elif not allowed:
            self._forbidden(subscription.key)
        else:
            self._pass_on(subscription, events)
            newest = subscription.topic.newest
            if newest is None or subscription.last >= newest:
                self._go_live(subscription)
            # What came while the page was read is in the next one.
            elif not events and known is not None and subscription.last < known:
                raise Refused(CloseCode.INTERNAL_ERROR, "the log has a hole")

    def _pass_on(self, subscription: LogSubscription, events: Sequence[tuple[int, str]]) -> None:
        for offset, frame in events:
            failpoints.hit("catch_up")
            if offset == subscription.last + 1:
                subscription.last = offset
                self._flow.push(PreparedFrame(frame.encode()))

    def _go_live(self, subscription: LogSubscription) -> None:
        silent = self._wanted.pop(subscription)
        subscription.go_live()
        if not silent:
            service, topic = subscription.name
            self._flow.send(Live(service=service, topic=topic, offset=subscription.last))


def _read_page(
    service: LogService, context: RequestContext, topic: str, offset: int
) -> tuple[bool, list[tuple[int, str]]]:
    """The right to read is checked for every page (S3), after the page was read: it holds nothing from after the right
    ended.
    """
    events = service.page(topic, offset, max_bytes=PAGE_BYTES)
    return service.may_read(context, topic), events
