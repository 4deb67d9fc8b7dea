"""How tests wait: for a state, with one generous deadline. What a test asserts is order, counts and bytes, never time.

The deadline only ends what would hang. A machine that is busy with other things needs many times as long as a quiet
one, and a red run holds up everybody.
"""

import asyncio
import inspect
import time
from collections.abc import Callable

PATIENCE_SECONDS = 60.0
LOOK_SECONDS = 0.02


def eventually(check: Callable[[], object], what: str = "") -> None:
    """Poll until true: what other processes do has no event to wait for."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not _holds(check):
        if time.monotonic() > deadline:
            raise AssertionError(f"never: {what}")
        time.sleep(LOOK_SECONDS)


def _holds(check: Callable[[], object]) -> bool:
    try:
        return bool(check())
    except OSError:
        return False


def patience() -> asyncio.Timeout:
    """`async with patience():` around whatever is waited for in a loop."""
    return asyncio.timeout(PATIENCE_SECONDS)


async def until(check: Callable[[], object], what: str = "") -> None:
    """`eventually` on an event loop; `check` may be a coroutine function."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (await found if inspect.isawaitable(found := check()) else found):
        if time.monotonic() > deadline:
            raise AssertionError(f"never: {what}")
        await asyncio.sleep(LOOK_SECONDS)
