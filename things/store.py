"""The editing path's own SQL (decision 20): what every request reads under the Thing's lock, and the rows it writes.

Django's ORM takes ten times as long to say such a statement as the database to do it. Columns and the way of each value
there and back are taken from the models, once; everything that is not asked at every edit is Django's ORM.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection
from django.db.models import AutoField, Field, JSONField, Model

from things.models import Thing
from things.models.among import listed, parameter

Convert = Callable[[Any], Any]
AnyField = Field[Any, Any]

# What a state of a widget holds, in the order that `widgets` gives it.
WIDGET_READ = ("id", "kind", "alive", "fields", "origins", "text", "row")
# What changes of a widget, in the order that `update_widgets` takes it; the row stands last.
WIDGET_CHANGING = ("alive", "parent", "order_key", "start_target", "end_target", "fields", "origins", "text")
WIDGET_NEW = ("thing_id", "id", "kind", *WIDGET_CHANGING)

_decode, _encode = msgspec.json.Decoder().decode, msgspec.json.Encoder().encode


def lock(thing: UUID) -> Thing | None:
    """The Thing, under its row lock where the database has such locks; SQLite's writer holds them all."""
    for_update = " FOR UPDATE" if connection.features.has_select_for_update else ""
    names, sql, converts = _read(Thing)
    row = _one(f"{sql} WHERE id = %s{for_update}", [key(thing)])
    if row is None:
        return None
    return Thing.from_db(
        connection.alias, names, [convert(value) for convert, value in zip(converts, row, strict=True)]
    )


def seen(thing: UUID, request_id: str) -> bool:
    """Whether the log holds a change that a request of this id made."""
    sql = "SELECT 1 FROM things_change WHERE thing_id = %s AND request_id = %s"
    return _one(sql, [key(thing), request_id]) is not None


def widgets(thing: UUID, ids: Iterable[str]) -> Iterator[list[Any]]:
    """`WIDGET_READ` of these, in no order. Ids are given, and stand there, in their canonical spelling."""
    columns = ", ".join(WIDGET_READ)
    sql = f"SELECT {columns} FROM things_widget WHERE thing_id = %s AND id IN (SELECT value FROM {listed(connection)})"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(sql, [key(thing), parameter([UUID(widget) for widget in ids], connection)])
        for id, kind, alive, fields, origins, text, row in cursor.fetchall():
            words = None if text is None else _decode(text)
            yield [spelled(id), kind, bool(alive), _decode(fields), _decode(origins), words, row]


def insert_widgets(rows: list[list[Any]]) -> None:
    """`WIDGET_NEW` of each, ids as `key` and `json_of` make them; the database numbers them in this order."""
    places = ", ".join("%s" for _ in WIDGET_NEW)
    _many(f"INSERT INTO things_widget ({', '.join(WIDGET_NEW)}) VALUES ({places})", rows)  # noqa: S608


def update_widgets(rows: list[list[Any]]) -> None:
    """`WIDGET_CHANGING` and the row of each."""
    columns = ", ".join(f"{name} = %s" for name in WIDGET_CHANGING)
    _many(f"UPDATE things_widget SET {columns} WHERE row = %s", rows)  # noqa: S608


def insert(model: type[Model], rows: Sequence[Model], raw: dict[str, str] | None = None) -> None:
    """New rows; the database numbers them in this order. `raw`: JSON that is written already, by field."""
    sql, fields = _inserted(model)
    given = raw or {}
    _many(sql, [[given.get(name) or write(row) for name, write in fields] for row in rows])


def update(row: Model, names: Sequence[str]) -> None:
    """These fields of one existing row."""
    sql, fields, pk = _updated(type(row), tuple(names))
    with connection.cursor() as cursor:
        cursor.execute(sql, [*(write(row) for write in fields), pk(row)])


def end_redo(thing: UUID, user: UUID) -> None:
    """What the person had undone can be redone no more."""
    sql = "DELETE FROM things_undostep WHERE thing_id = %s AND user_id = %s AND undone_at IS NOT NULL"
    with connection.cursor() as cursor:
        cursor.execute(sql, [key(thing), key(user)])


def key(value: UUID | str | None) -> Any:
    """A UUID as a parameter."""
    if value is None or connection.features.has_native_uuid_field:
        return value
    return value.hex if isinstance(value, UUID) else value.replace("-", "")


def spelled(value: UUID | str) -> str:
    """A UUID, as a database gives it, in its canonical spelling."""
    if isinstance(value, UUID):
        return str(value)
    return f"{value[:8]}-{value[8:12]}-{value[12:16]}-{value[16:20]}-{value[20:]}"


def json_of(value: Any) -> str | None:
    """JSON as a parameter."""
    return None if value is None else _encode(value).decode()


@cache
def _read(model: type[Model]) -> tuple[list[str], str, list[Convert]]:
    """Attribute names, the SELECT of all columns without its WHERE, and what each value becomes."""
    fields = model._meta.concrete_fields
    columns = ", ".join(_column(field) for field in fields)
    sql = f"SELECT {columns} FROM {_quoted(model._meta.db_table)}"  # noqa: S608
    return [field.attname for field in fields], sql, [_reading(field) for field in fields]


@cache
def _inserted(model: type[Model]) -> tuple[str, list[tuple[str, Convert]]]:
    fields = [field for field in model._meta.concrete_fields if not isinstance(field, AutoField)]
    columns, places = ", ".join(map(_column, fields)), ", ".join("%s" for _ in fields)
    sql = f"INSERT INTO {_quoted(model._meta.db_table)} ({columns}) VALUES ({places})"  # noqa: S608
    return sql, [(field.attname, _writing(field, add=True)) for field in fields]


@cache
def _updated(model: type[Model], names: tuple[str, ...]) -> tuple[str, list[Convert], Convert]:
    fields: list[Any] = [model._meta.get_field(name) for name in names]
    pk: Any = model._meta.pk
    columns = ", ".join(f"{_column(field)} = %s" for field in fields)
    sql = f"UPDATE {_quoted(model._meta.db_table)} SET {columns} WHERE {_column(pk)} = %s"  # noqa: S608
    return sql, [_writing(field) for field in fields], _writing(pk)


def _reading(field: AnyField) -> Convert:
    if isinstance(field, JSONField):
        return lambda value: None if value is None else _decode(value)
    column = field.get_col(field.model._meta.db_table)  # of a foreign key: as the key that it holds
    steps = [*connection.ops.get_db_converters(column), *column.get_db_converters(connection)]

    def convert(value: Any) -> Any:
        for step in steps:
            value = step(value, column, connection)
        return value

    return convert


def _writing(field: AnyField, *, add: bool = False) -> Convert:
    """From a row to a parameter."""
    if isinstance(field, JSONField):
        return lambda row: json_of(getattr(row, field.attname))
    return lambda row: field.get_db_prep_save(field.pre_save(row, add), connection)


def _one(sql: str, parameters: list[Any]) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchone()


def _many(sql: str, rows: list[list[Any]]) -> None:
    if rows:
        with connection.cursor() as cursor:
            cursor.executemany(sql, rows)


def _column(field: AnyField) -> str:
    return _quoted(str(field.column))


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)
