"""The one door from the stream's event loop to the database: a few threads of its own.

Never the thread that Channels and asgiref share: one slow query there stalls every socket. A thread keeps its
connection as long as Django's settings allow; no socket ever holds one. Whether a kept connection still works is not
asked before each visit: the head sweep alone would double its queries. What fails on a dead one is asked once more.
"""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from django.db import InterfaceError, OperationalError, connections

P = ParamSpec("P")
T = TypeVar("T")

THREADS = 3

_executor = ThreadPoolExecutor(THREADS, thread_name_prefix="stream-database")


async def in_database(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a synchronous function that reads the database, and await its result."""

    def call() -> T:
        try:
            return function(*args, **kwargs)
        except (OperationalError, InterfaceError):
            if not _closed_dead():
                raise
            return function(*args, **kwargs)
        finally:
            _close_old()

    return await asyncio.get_running_loop().run_in_executor(_executor, call)


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
