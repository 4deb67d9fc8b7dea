"""The threads on which the stream reads the database: a few of its own, and a few for each service.

The thread that Channels and asgiref share is never used: one slow query there stalls every socket. A thread keeps its
database connection as long as Django's settings allow; a socket never holds one. Nobody checks whether a kept
connection still works before using it, since for the head sweep alone that would double the queries. Instead, a call
that fails on a dead connection is made once more on a new one.
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


class DatabaseThreads:
    """`await threads(function, …)` runs a synchronous function that reads the database, and returns its result."""

    def __init__(self, name: str) -> None:
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix=f"stream-{name}")

    async def __call__(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await asyncio.get_running_loop().run_in_executor(
            self._threads, lambda: _called(function, *args, **kwargs)
        )


in_database = DatabaseThreads("database")
_logged_at = float("-inf")


def is_away(error: BaseException) -> bool:
    """Whether this error means that the database cannot be reached, rather than a mistake in the program."""
    return isinstance(error, OperationalError | InterfaceError)


def log_failed(what: str, error: BaseException) -> None:
    """With the traceback, for whoever has to mend it; not while the database is away, when there is nothing to mend."""
    if is_away(error):
        log_away(what, error)
    else:
        logger.error("%s failed", what, exc_info=error)


def log_away(what: str, error: BaseException) -> None:
    """At most one line a second, without a traceback, however many queries fail."""
    global _logged_at
    now = time.monotonic()
    if now - _logged_at >= AWAY_LOGGED_SECONDS:
        _logged_at = now
        logger.error("the database is away: %s: %s", what, " ".join(str(error).split())[:300])


@cache
def threads_of(service: str) -> DatabaseThreads:
    """Every service has threads of its own, so one that hangs does not block the others (B3)."""
    return DatabaseThreads(service)


def _called(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
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
