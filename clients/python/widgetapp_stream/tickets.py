"""The ticket of a `hello`, which is waited for only so long (A3)."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

from widgetapp_stream.environment import Timers
from widgetapp_stream.timer import Timer

TICKET_SECONDS = 15.0

FetchTicket = Callable[[], Awaitable[str | None]]


async def fetched(ticket: FetchTicket, timers: Timers) -> str | None:
    """Raises TimeoutError, and cancels the fetching, when it takes longer than 15 s."""
    late = Timer(timers)
    try:
        async with asyncio.timeout(None) as limit:
            late.set(TICKET_SECONDS, partial(limit.reschedule, 0))  # the clock is the timers'; 0 is long ago
            return await ticket()
    finally:
        late.clear()
