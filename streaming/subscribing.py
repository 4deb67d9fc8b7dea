"""What becomes of subscriptions (H4, R3): the database is asked once for each service, not for each topic.

The services are asked side by side. One that fails or is silent harms the topics of no other (S4).
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from streaming.context import RequestContext
from streaming.database import door_of, log_failed
from streaming.protocol import Limits, Position, SubscriptionRequest
from streaming.service import LogHead, LogService, Missed, Service
from streaming.subscriptions import Subscription

logger = logging.getLogger(__name__)

SERVICE_SECONDS = 5.0
HELLO_REPLAY_BYTES = 4 * 1024 * 1024
NOTHING = Missed(events=0, bytes=0)


@dataclass(frozen=True, slots=True)
class Asked:
    """A subscription that listens already and waits for its outcome. `again`: the connection had the topic before."""

    request: SubscriptionRequest
    service: Service
    subscription: Subscription
    again: bool

    @property
    def topic(self) -> str:
        return self.subscription.key[1]


@dataclass(frozen=True, slots=True)
class Found:
    """`head` is None for state, and for a log that does not exist."""

    readable: bool
    head: LogHead | None = None
    missed: Missed = NOTHING


class Budget:
    """What one hello, or one subscribe, may still have replayed (R7)."""

    __slots__ = ("left_bytes",)

    def __init__(self) -> None:
        self.left_bytes = HELLO_REPLAY_BYTES


async def look_up(context: RequestContext, asked: Sequence[Asked]) -> dict[int, Found]:
    """By index. What is missing belongs to a service that did not answer."""
    by_service: dict[Service, dict[int, Asked]] = {}
    for index, one in enumerate(asked):
        by_service.setdefault(one.service, {})[index] = one
    answers = await asyncio.gather(*(_ask(context, service, ones) for service, ones in by_service.items()))
    return {index: found for answer in answers for index, found in answer.items()}


async def _ask(context: RequestContext, service: Service, asked: Mapping[int, Asked]) -> dict[int, Found]:
    try:
        async with asyncio.timeout(SERVICE_SECONDS):
            return await door_of(service.name)(_read, context, service, asked)
    except TimeoutError:
        logger.warning("%s did not answer in time", service.name)
    except Exception as error:
        log_failed(f"subscribing to {service.name}", error)
    return {}


def _read(context: RequestContext, service: Service, asked: Mapping[int, Asked]) -> dict[int, Found]:
    """Heads, rights and what was missed, on a database thread. The heads come first: a right that ends later has moved
    the access epoch that came with them, and is found by the sweep if the word of it is lost.
    """
    topics = {one.topic for one in asked.values()}
    heads = service.heads(sorted(topics)) if isinstance(service, LogService) else {}
    readable = service.readable(context, topics)
    if not isinstance(service, LogService):
        return {index: Found(one.topic in readable) for index, one in asked.items()}
    behind = {
        one.topic: position.offset
        for one in asked.values()
        if (position := one.request.position) is not None
        and one.topic in readable
        and (head := heads.get(one.topic)) is not None
        and position.offset < head.offset
    }
    missed = service.missed(behind) if behind else {}
    return {
        index: Found(one.topic in readable, heads.get(one.topic), missed.get(one.topic, NOTHING))
        for index, one in asked.items()
    }


def reset_reason(wanted: Position | None, head: LogHead, missed: Missed, limits: Limits, budget: Budget) -> str | None:
    """Why a position cannot be recovered from, all or nothing (R3)."""
    if wanted is None:
        return None
    if wanted.epoch != head.epoch:
        return "epoch"
    if wanted.offset > head.offset:
        return "ahead"
    if missed.events < head.offset - wanted.offset:
        return "trimmed"
    too_much = missed.events > limits.replay_events or missed.bytes > min(limits.replay_bytes, budget.left_bytes)
    return "behind" if too_much else None
