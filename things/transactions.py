"""The two ways to be inside a transaction: the one that writes, and a reading of one moment."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from django.db import connection, transaction

_one_writer = threading.Lock()


@contextmanager
def one_writer() -> Iterator[None]:
    """A transaction that writes. SQLite takes one writer and lets the others poll with growing sleeps (1.8 s at the
    99th percentile of eight); threads of one process wait here instead. Inside another transaction nobody waits twice.
    """
    queue = connection.vendor == "sqlite" and not connection.in_atomic_block
    with _one_writer if queue else nullcontext(), transaction.atomic():
        yield


@contextmanager
def snapshot() -> Iterator[None]:
    """One consistent read: what is read inside belongs to one moment, so body and position agree (P1)."""
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "sqlite":
        # atomic() would be IMMEDIATE here and make readers queue behind writers.
        with connection.cursor() as cursor:
            cursor.execute("BEGIN DEFERRED")
            try:
                yield
            finally:
                cursor.execute("COMMIT")
    else:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield
