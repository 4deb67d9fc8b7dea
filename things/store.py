"""The editing path's own SQL (decision 20): what an edit and an undo read under the Thing's lock, the rows that they
write, and the widgets of a whole Thing for whoever only passes them on.

Django's ORM takes five to ten times as long to say such a statement as the database to do it. Columns, and the way of
each value there and back, come from the models, once. What is asked rarely stays Django's ORM; `rows` has the trees.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection
from django.db.models import AutoField, Model

from accounts.columns import Convert, column, columns_of, decode_json, every, json_of, key, one, quoted, writing
from things.models import Thing
from things.models.among import listed, parameter

# What a state of a widget holds, in the order that `widgets` gives it.
WIDGET_READ = ("id", "kind", "alive", "fields", "origins", "text", "row")
# What changes of a widget, in the order that `update_widgets` takes it; the row stands last.
WIDGET_CHANGING = ("alive", "parent", "order_key", "start_target", "end_target", "fields", "origins", "text")
WIDGET_NEW = ("thing_id", "id", "kind", *WIDGET_CHANGING)


def lock(thing: UUID) -> Thing | None:
    """The Thing, under its row lock where the database has such locks; SQLite's writer holds them all."""
    for_update = " FOR UPDATE" if connection.features.has_select_for_update else ""
    columns = columns_of(Thing)
    row = one(f"SELECT {columns.sql} FROM things_thing WHERE id = %s{for_update}", [key(thing)])  # noqa: S608
    return columns.instance(row) if row is not None else None


def seen(thing: UUID, request_id: str) -> bool:
    """Whether the log holds a change that a request of this id made."""
    sql = "SELECT 1 FROM things_change WHERE thing_id = %s AND request_id = %s"
    return one(sql, [key(thing), request_id]) is not None


def widgets(thing: UUID, ids: Iterable[str]) -> Iterator[list[Any]]:
    """`WIDGET_READ` of these, in no order. Ids are given, and stand there, in their canonical spelling."""
    columns = ", ".join(WIDGET_READ)
    sql = f"SELECT {columns} FROM things_widget WHERE thing_id = %s AND id IN (SELECT value FROM {listed(connection)})"  # noqa: S608
    asked = parameter([UUID(widget) for widget in ids], connection)
    for id, kind, alive, fields, origins, text, row in every(sql, [key(thing), asked]):
        words = None if text is None else decode_json(text)
        yield [spelled(id), kind, bool(alive), decode_json(fields), decode_json(origins), words, row]


def living_json(thing: UUID) -> bytes:
    """An array of the living widgets in painting order, as the API shows them: stored text, nothing decoded."""
    text = "::text" if connection.features.has_native_json_field else ""
    sql = (
        f"SELECT id, kind, fields{text}, text{text} FROM things_widget"  # noqa: S608
        " WHERE thing_id = %s AND alive ORDER BY order_key, id"
    )
    return f"[{','.join(_spliced(*row) for row in every(sql, [key(thing)]))}]".encode()


def _spliced(id: UUID | str, kind: str, fields: str, text: str | None) -> str:
    words = "}" if text is None else f',"text":{text}}}'
    return f'{{"id":"{spelled(id)}","kind":{json_of(kind)},{fields[1:-1]}{words}'


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
    _said(sql, [*(write(row) for write in fields), pk(row)])


class Logged(NamedTuple):
    """What undo and text read of a change."""

    revision: int
    types: list[Any]
    effects: list[dict[str, Any]]
    before: list[Any]
    undoes: list[int]


def logged(thing: UUID, revisions: list[int]) -> Iterator[Logged]:
    """These changes, oldest first, a hundred of them in memory at a time."""
    numbers = listed(connection, "bigint")
    sql = (
        "SELECT revision, types, effects, before, undoes FROM things_change"  # noqa: S608
        f" WHERE thing_id = %s AND revision IN (SELECT value FROM {numbers}) ORDER BY revision"
    )
    # PostgreSQL's driver takes all rows in at once, but for a cursor that the server keeps: three statements.
    with connection.cursor() if len(revisions) == 1 else connection.chunked_cursor() as cursor:
        cursor.execute(sql, [key(thing), parameter(revisions, connection)])
        while rows := cursor.fetchmany(100):
            for revision, *long in rows:
                yield Logged(revision, *map(decode_json, long))


def logged_bytes(thing: UUID, revisions: list[int]) -> int:
    """What `logged` would read."""
    numbers = listed(connection, "bigint")
    sql = (
        "SELECT SUM(stored_bytes) FROM things_change"  # noqa: S608
        f" WHERE thing_id = %s AND revision IN (SELECT value FROM {numbers})"
    )
    return int(one(sql, [key(thing), parameter(revisions, connection)])[0] or 0)


def latest_step(thing: UUID, user: UUID) -> tuple[int, str] | None:
    """Revision and group of what the person would undo next."""
    sql = (
        f"SELECT revision, {quoted('group')} FROM things_undostep"  # noqa: S608
        " WHERE thing_id = %s AND user_id = %s AND undone_at IS NULL ORDER BY revision DESC LIMIT 1"
    )
    row = one(sql, [key(thing), key(user)])
    return (row[0], row[1]) if row is not None else None


def undone_last(thing: UUID, user: UUID, most: int) -> list[int]:
    """What the person undid last, oldest first; of more than `most`, so many."""
    mine = "thing_id = %s AND user_id = %s"
    sql = (
        f"SELECT revision FROM things_undostep WHERE {mine} AND undone_at ="  # noqa: S608
        f" (SELECT MAX(undone_at) FROM things_undostep WHERE {mine}) ORDER BY revision LIMIT %s"
    )
    person = [key(thing), key(user)]
    return [revision for (revision,) in every(sql, [*person, *person, most])]


def mark_steps(thing: UUID, user: UUID, revisions: list[int], undone_at: int | None) -> None:
    """They were undone by that revision, or done again."""
    numbers = listed(connection, "bigint")
    sql = (
        "UPDATE things_undostep SET undone_at = %s"  # noqa: S608
        f" WHERE thing_id = %s AND user_id = %s AND revision IN (SELECT value FROM {numbers})"
    )
    _said(sql, [undone_at, key(thing), key(user), parameter(revisions, connection)])


def end_redo(thing: UUID, user: UUID) -> None:
    """What the person had undone can be redone no more."""
    sql = "DELETE FROM things_undostep WHERE thing_id = %s AND user_id = %s AND undone_at IS NOT NULL"
    _said(sql, [key(thing), key(user)])


def spelled(value: UUID | str) -> str:
    """A UUID, as a database gives it, in its canonical spelling."""
    if isinstance(value, UUID):
        return str(value)
    return f"{value[:8]}-{value[8:12]}-{value[12:16]}-{value[16:20]}-{value[20:]}"


@cache
def _inserted(model: type[Model]) -> tuple[str, list[tuple[str, Convert]]]:
    fields = [field for field in model._meta.concrete_fields if not isinstance(field, AutoField)]
    columns, places = ", ".join(map(column, fields)), ", ".join("%s" for _ in fields)
    sql = f"INSERT INTO {quoted(model._meta.db_table)} ({columns}) VALUES ({places})"  # noqa: S608
    return sql, [(field.attname, writing(field, add=True)) for field in fields]


@cache
def _updated(model: type[Model], names: tuple[str, ...]) -> tuple[str, list[Convert], Convert]:
    fields: list[Any] = [model._meta.get_field(name) for name in names]
    pk: Any = model._meta.pk
    columns = ", ".join(f"{column(field)} = %s" for field in fields)
    sql = f"UPDATE {quoted(model._meta.db_table)} SET {columns} WHERE {column(pk)} = %s"  # noqa: S608
    return sql, [writing(field) for field in fields], writing(pk)


def _said(sql: str, parameters: list[Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)


def _many(sql: str, rows: list[list[Any]]) -> None:
    if rows:
        with connection.cursor() as cursor:
            cursor.executemany(sql, rows)
