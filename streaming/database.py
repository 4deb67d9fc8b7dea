"""The one door from the stream's event loop to the database: a few threads of its own.

Never the thread that Channels and asgiref share: one slow query there stalls every socket. A thread keeps its
connection as long as Django's settings allow; no socket ever holds one.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from django.db import close_old_connections

P = ParamSpec("P")
T = TypeVar("T")

THREADS = 3

_executor = ThreadPoolExecutor(THREADS, thread_name_prefix="stream-database")


async def in_database(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a synchronous function that reads the database and await its result."""

    def call() -> T:
        close_old_connections()
        try:
            return function(*args, **kwargs)
        finally:
            close_old_connections()

    return await asyncio.get_running_loop().run_in_executor(_executor, call)
