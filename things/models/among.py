"""`field__among=values`: one of many values, in one parameter, so that thousands are one statement."""

import json
from typing import Any
from uuid import UUID

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BigIntegerField, Lookup, UUIDField


def parameter(values: list[Any], connection: BaseDatabaseWrapper) -> Any:
    """Many values as one parameter of a statement."""
    if connection.vendor == "sqlite":
        return json.dumps([value.hex if isinstance(value, UUID) else value for value in values])
    return values


def listed(connection: BaseDatabaseWrapper, type: str = "uuid") -> str:
    """SQL of a table of the values of such a parameter; its one column is `value`."""
    if connection.vendor == "sqlite":
        return "json_each(%s)"
    return f"unnest(%s::{type}[]) AS listed(value)"


class Among(Lookup[Any]):
    lookup_name = "among"
    prepare_rhs = False
    type = "uuid"

    def as_sql(self, compiler: Any, connection: BaseDatabaseWrapper) -> tuple[str, tuple[Any, ...]]:
        column, before = self.process_lhs(compiler, connection)
        sql = f"{column} IN (SELECT value FROM {listed(connection, self.type)})"  # noqa: S608
        return sql, (*before, parameter(list(self.rhs), connection))

    def get_db_prep_lookup(self, value: Any, connection: BaseDatabaseWrapper) -> tuple[str, tuple[Any, ...]]:
        return "%s", (value,)


@UUIDField.register_lookup
class AmongIds(Among):
    pass


@BigIntegerField.register_lookup
class AmongNumbers(Among):
    type = "bigint"
