"""The doors from the stream's event loop to the database: a few threads for itself, and for each service.

Never the thread that Channels and asgiref share: one slow query there stalls every socket. A thread keeps its
connection as long as Django's settings allow; no socket ever holds one. Whether a kept connection still works is not
asked before each visit: the head sweep alone would double its queries. What fails on a dead one is asked once more.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import ParamSpec, TypeVar

from django.db import InterfaceError, OperationalError, connections

P = ParamSpec("P")
T = TypeVar("T")

logger = logging.getLogger(__name__)

THREADS = 2
AWAY_LOGGED_SECONDS = 1.0


class Door:
    """`await door(function, …)` runs a synchronous function that reads the database, and gives its result."""

    def __init__(self, name: str) -> None:
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix=f"stream-{name}")

    async def __call__(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, lambda: visit(function, *args, **kwargs))


in_database = Door("database")
_logged_at = float("-inf")


def is_away(error: BaseException) -> bool:
    """Whether this says that the database cannot be reached, and nothing of the program that asked."""
    return isinstance(error, OperationalError | InterfaceError)


def log_failed(what: str, error: BaseException) -> None:
    """The stack of what broke, for whoever has to mend it; while the database is away there is nothing to mend."""
    if is_away(error):
        log_away(what, error)
    else:
        logger.error("%s failed", what, exc_info=error)


def log_away(what: str, error: BaseException) -> None:
    """One line a second however many ask in vain, without the stack."""
    global _logged_at
    now = time.monotonic()
    if now - _logged_at >= AWAY_LOGGED_SECONDS:
        _logged_at = now
        logger.error("the database is away: %s: %s", what, " ".join(str(error).split())[:300])


@cache
def door_of(service: str) -> Door:
    """Every service has threads of its own: those of one that hangs are not missed by the others (B3)."""
    return Door(service)


def visit(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    try:
        return function(*args, **kwargs)
    except (OperationalError, InterfaceError):
        if not _closed_dead():
            raise
        return function(*args, **kwargs)
    finally:
        _close_old()


def _closed_dead() -> bool:
    """Whether this thread's connection was lost; the next query opens another."""
    failed = [one for one in connections.all(initialized_only=True) if one.errors_occurred]
    for connection in failed:
        connection.close_if_unusable_or_obsolete()
    return any(connection.connection is None for connection in failed)


def _close_old() -> None:
    for connection in connections.all(initialized_only=True):
        if connection.errors_occurred or (connection.close_at is not None and time.monotonic() >= connection.close_at):
            connection.close_if_unusable_or_obsolete()
