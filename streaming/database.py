"""The doors from the stream's event loop to the database: a few threads for itself, and for each service.

Never the thread that Channels and asgiref share: one slow query there stalls every socket. A thread keeps its
connection as long as Django's settings allow; no socket ever holds one. Whether a kept connection still works is not
asked before each visit: the head sweep alone would double its queries. What fails on a dead one is asked once more.
"""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import ParamSpec, TypeVar

from django.db import InterfaceError, OperationalError, connections

P = ParamSpec("P")
T = TypeVar("T")

THREADS = 2


class Door:
    """`await door(function, …)` runs a synchronous function that reads the database, and gives its result."""

    def __init__(self, name: str) -> None:
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix=f"stream-{name}")

    async def __call__(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, lambda: visit(function, *args, **kwargs))


in_database = Door("database")


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
