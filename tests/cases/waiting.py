"""How a test of the loop waits: for a state, with one generous deadline."""

import asyncio
from collections.abc import Callable

DEADLINE_SECONDS = 60


async def until(is_so: Callable[[], object]) -> None:
    async with asyncio.timeout(DEADLINE_SECONDS):
        while not is_so():  # noqa: ASYNC110 — the state is another thread's
            await asyncio.sleep(0.005)
