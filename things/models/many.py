"""Many rows in one statement, said once for each row by the driver: Django's own ways make a statement of every hundred
rows, or a CASE of every row for every column.
"""

from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.db.models import AutoField, Field, Model


def insert(model: type[Model], rows: Sequence[Model]) -> None:
    """New rows; the database numbers them in this order."""
    fields = [field for field in model._meta.concrete_fields if not isinstance(field, AutoField)]
    columns, places = ", ".join(map(_column, fields)), ", ".join(["%s"] * len(fields))
    sql = f"INSERT INTO {_quoted(model._meta.db_table)} ({columns}) VALUES ({places})"  # noqa: S608
    _said(sql, [[_value(row, field) for field in fields] for row in rows])


def update(model: type[Model], rows: Sequence[Model], names: Sequence[str]) -> None:
    """These fields of existing rows."""
    fields: list[Any] = [model._meta.get_field(name) for name in names]
    key: Any = model._meta.pk
    columns = ", ".join(f"{_column(field)} = %s" for field in fields)
    sql = f"UPDATE {_quoted(model._meta.db_table)} SET {columns} WHERE {_column(key)} = %s"  # noqa: S608
    _said(sql, [[*(_value(row, field) for field in fields), _value(row, key)] for row in rows])


def _said(sql: str, parameters: list[list[Any]]) -> None:
    if parameters:
        with connection.cursor() as cursor:
            cursor.executemany(sql, parameters)


def _value(row: Model, field: "Field[Any, Any]") -> Any:
    return field.get_db_prep_save(getattr(row, field.attname), connection)


def _column(field: "Field[Any, Any]") -> str:
    return _quoted(str(field.column))


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)
