"""SQL of one's own, said through the driver itself (decision 20).

What Django's cursor adds to a statement costs twice what SQLite needs to answer it. Kept of it: errors are Django's, a
connection is opened when it is needed, a broken transaction takes no more, and whoever watches statements sees these.
"""

import sqlite3
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper

Row = Sequence[Any]
Values = list[UUID] | list[int]

# Words in braces, as each database says them. {uuids} and {numbers} are a table of the values of one `parameter`; its
# one column is `value`.
DIALECTS = {
    "sqlite": {"uuids": "json_each(%s)", "numbers": "json_each(%s)", "for_update": "", "as_text": ""},
    "postgresql": {
        "uuids": "unnest(%s::uuid[]) AS listed(value)",
        "numbers": "unnest(%s::bigint[]) AS listed(value)",
        "for_update": " FOR UPDATE",
        "as_text": "::text",
    },
}


def parameter(values: Values, connection: BaseDatabaseWrapper) -> str | Values:
    """Many values as one parameter of a statement."""
    if connection.vendor == "sqlite":
        return _encode([value.hex if isinstance(value, UUID) else value for value in values]).decode()
    return values


_encode = msgspec.json.Encoder().encode


class Statement:
    """A statement with `%s` for each parameter; the words of `DIALECTS` in braces."""

    __slots__ = ("_bare", "_django", "_sql")

    def __init__(self, sql: str) -> None:
        self._sql = sql
        self._django = self._bare = ""

    def one(self, parameters: Row) -> Any:
        """The first row, or None."""
        connection = connections[DEFAULT_DB_ALIAS]
        with _open(connection).wrap_database_errors:
            return self._run(connection, parameters).fetchone()

    def every(self, parameters: Row) -> list[Any]:
        """All rows, in memory."""
        connection = connections[DEFAULT_DB_ALIAS]
        with _open(connection).wrap_database_errors:
            return list(self._run(connection, parameters).fetchall())

    def run(self, parameters: Row) -> int:
        """How many rows it wrote."""
        connection = connections[DEFAULT_DB_ALIAS]
        with _open(connection).wrap_database_errors:
            return int(self._run(connection, parameters).rowcount)

    def each(self, rows: Sequence[Row]) -> int:
        """Once for each of these parameters: how many rows that wrote."""
        connection = connections[DEFAULT_DB_ALIAS]
        with _open(connection).wrap_database_errors:
            cursor, sql = self._cursor(connection)
            cursor.executemany(sql, rows)
            return int(cursor.rowcount)

    def _run(self, connection: BaseDatabaseWrapper, parameters: Row) -> Any:
        cursor, sql = self._cursor(connection)
        cursor.execute(sql, parameters)
        return cursor

    def _cursor(self, connection: BaseDatabaseWrapper) -> tuple[Any, str]:
        if not self._bare:
            self._django = self._sql.format(**DIALECTS[connection.vendor])
            self._bare = self._django.replace("%s", "?") if connection.vendor == "sqlite" else self._django
        if connection.execute_wrappers or connection.queries_logged:
            return connection.cursor(), self._django
        if connection.vendor == "sqlite":
            return sqlite3.Cursor(connection.connection), self._bare
        return connection.create_cursor(), self._bare


def _open(connection: BaseDatabaseWrapper) -> BaseDatabaseWrapper:
    connection.ensure_connection()
    connection.validate_no_broken_transaction()
    return connection
