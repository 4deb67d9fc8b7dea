"""What a change writes, said at once (decision 20). Columns, and the way of each value, come from the models."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection
from django.db.models import AutoField, BinaryField, JSONField, Model

from accounts.columns import Convert, column, key, quoted, writing
from accounts.statements import Statement, parameter
from things.models import Change, TextChange, Thing, UndoStep, Widget

# What changes of a widget, in the order that `Writes.changed_widgets` takes it; the row stands last.
WIDGET_CHANGING = ("alive", "parent", "order_key", "start_target", "end_target", "fields", "origins", "text")
WIDGET_NEW = ("thing_id", "id", "kind", *WIDGET_CHANGING)
STEP = ("thing_id", "user_id", "revision", "group", "undone_at")

MINE = "thing_id = %s AND user_id = %s"
MARK_STEPS = f"UPDATE things_undostep SET undone_at = %s WHERE {MINE} AND revision IN (SELECT value FROM {{numbers}})"
END_REDO = f"DELETE FROM things_undostep WHERE {MINE} AND undone_at IS NOT NULL"


class Miscounted(Exception):
    """The database wrote other rows than were asked for."""


@dataclass(frozen=True, slots=True)
class Part:
    """One statement of what is written: for SQLite as it stands, for PostgreSQL inside one. `rows`: of an insert or
    update, whose count is checked; `parameters` of anything else.
    """

    table: "Table | None"
    sql: str = ""
    names: tuple[str, ...] = ()
    where: str = ""  # the column by which rows are found that are there already
    rows: Sequence[Sequence[Any]] = ()
    parameters: Sequence[Any] = ()


@dataclass(slots=True)
class Writes:
    """What one change writes, said at once when all of it is known: PostgreSQL takes one statement with the rows as
    JSON, SQLite one after the other. The parts do not see each other, and no row may stand in two of them.
    """

    _parts: list[Part] = field(default_factory=list)

    def new_widgets(self, rows: Sequence[Sequence[Any]]) -> None:
        """`WIDGET_NEW` of each, ids as `key` and JSON as `json_of` makes them. They are numbered in this order."""
        self._insert(Widget, WIDGET_NEW, rows)

    def changed_widgets(self, rows: Sequence[Sequence[Any]]) -> None:
        """`WIDGET_CHANGING` and the row of each."""
        self._update(Widget, WIDGET_CHANGING, "row", rows)

    def thing(self, thing: Thing, names: Sequence[str]) -> None:
        """These fields of it."""
        table = _table(Thing)
        self._update(Thing, tuple(names), "id", [[*(table.writes[name](thing) for name in names), key(thing.pk)]])

    def change(self, change: Change, written: dict[str, str]) -> None:
        """`written`: JSON that is written already, by field."""
        table = _table(Change)
        values = [written.get(name) or table.writes[name](change) for name in table.inserted]
        self._insert(Change, table.inserted, [values])

    def text_changes(self, thing: UUID, widgets: Iterable[str], revision: int) -> None:
        """By which a widget's text effects are found in the log."""
        rows = [[key(thing), key(widget), revision] for widget in widgets]
        self._insert(TextChange, ("thing_id", "widget", "revision"), rows)

    def new_step(self, thing: UUID, user: UUID, revision: int, group: str) -> None:
        """The person may undo this revision, and what they had undone can be redone no more."""
        self.end_redo(thing, user)
        self._insert(UndoStep, STEP, [[key(thing), key(user), revision, group, None]])

    def end_redo(self, thing: UUID, user: UUID) -> None:
        """What the person had undone can be redone no more."""
        self._parts.append(Part(None, sql=END_REDO, parameters=[key(thing), key(user)]))

    def mark_steps(self, thing: UUID, user: UUID, revisions: list[int], undone_at: int | None) -> None:
        """They were undone by that revision, or done again."""
        numbers = parameter(revisions, connection)
        self._parts.append(Part(None, sql=MARK_STEPS, parameters=[undone_at, key(thing), key(user), numbers]))

    def say(self) -> None:
        if connection.vendor == "postgresql":
            self._say_at_once()
        else:
            self._say_in_turn()

    def _insert(self, model: type[Model], names: tuple[str, ...], rows: Sequence[Sequence[Any]]) -> None:
        if rows:
            self._parts.append(Part(_table(model), names=names, rows=rows))

    def _update(self, model: type[Model], names: tuple[str, ...], where: str, rows: Sequence[Sequence[Any]]) -> None:
        if rows:
            self._parts.append(Part(_table(model), names=names, where=where, rows=rows))

    def _say_in_turn(self) -> None:
        for part in self._parts:
            if part.table is None:
                _said(part.sql).run(part.parameters)
            else:
                _check(len(part.rows), part.table.statement(part.names, part.where).each(part.rows))

    def _say_at_once(self) -> None:
        parts = [
            (part.sql, part.parameters) if part.table is None else part.table.together(part) for part in self._parts
        ]
        within = ", ".join(f"part{number} AS ({sql} RETURNING 1)" for number, (sql, _) in enumerate(parts))
        counts = ", ".join(f"(SELECT count(*) FROM part{number})" for number in range(len(parts)))
        written = _said(f"WITH {within} SELECT {counts}").one([value for _, values in parts for value in values])
        for part, count in zip(self._parts, written, strict=True):
            if part.table is not None:
                _check(len(part.rows), count)


def _check(asked: int, written: int) -> None:
    if asked != written:
        raise Miscounted(f"{asked} rows were to be written, {written} were")


@cache
def _said(sql: str) -> Statement:
    return Statement(sql)


class Table:
    """A model's table, as it is written to."""

    def __init__(self, model: type[Model]) -> None:
        fields = {one.attname: one for one in model._meta.concrete_fields}
        self._name = quoted(model._meta.db_table)
        self._columns = {name: column(one) for name, one in fields.items()}
        self._json = {name for name, one in fields.items() if isinstance(one, JSONField)}
        self._bytes = {name for name, one in fields.items() if isinstance(one, BinaryField)}
        self._types = {name: _type_in_json(one) for name, one in fields.items()}
        self.inserted = tuple(name for name, one in fields.items() if not isinstance(one, AutoField))
        self.writes: dict[str, Convert] = {name: writing(one) for name, one in fields.items()}
        self._in_turn: dict[tuple[tuple[str, ...], str], Statement] = {}
        self._at_once: dict[tuple[tuple[str, ...], str], str] = {}

    def statement(self, names: tuple[str, ...], where: str) -> Statement:
        """For one row: its values in the order of `names`, then that of `where`."""
        if (names, where) not in self._in_turn:
            self._in_turn[names, where] = Statement(self._update(names, where) if where else self._insert(names))
        return self._in_turn[names, where]

    def _insert(self, names: tuple[str, ...]) -> str:
        places = ", ".join("%s" for _ in names)
        return f"INSERT INTO {self._name} ({', '.join(self._columns[name] for name in names)}) VALUES ({places})"

    def _update(self, names: tuple[str, ...], where: str) -> str:
        columns = ", ".join(f"{self._columns[name]} = %s" for name in names)
        return f"UPDATE {self._name} SET {columns} WHERE {self._columns[where]} = %s"

    def together(self, part: Part) -> tuple[str, list[Any]]:
        """PostgreSQL: all rows in one statement, as one parameter of JSON."""
        asked = (part.names, part.where)
        if asked not in self._at_once:
            self._at_once[asked] = self._together(*asked)
        given = (*part.names, part.where) if part.where else part.names
        return self._at_once[asked], [_encode([self._in_json(given, row) for row in part.rows]).decode()]

    def _together(self, names: tuple[str, ...], where: str) -> str:
        given = [*names, where] if where else names
        record = ", ".join(f"{self._columns[name]} {self._types[name]}" for name in given)
        rows = f"ROWS FROM (jsonb_to_recordset(%s::jsonb) AS ({record})) WITH ORDINALITY AS given"
        rows += f"({', '.join(self._columns[name] for name in given)}, nth)"
        if where:
            changed = ", ".join(f"{self._columns[name]} = {self._given(name)}" for name in names)
            found = f"stored.{self._columns[where]} = given.{self._columns[where]}"
            return f"UPDATE {self._name} AS stored SET {changed} FROM {rows} WHERE {found}"
        columns = ", ".join(self._columns[name] for name in names)
        values = ", ".join(map(self._given, names))
        return f"INSERT INTO {self._name} ({columns}) SELECT {values} FROM {rows} ORDER BY nth"

    def _given(self, name: str) -> str:
        value = f"given.{self._columns[name]}"
        return f"convert_to({value}, 'UTF8')" if name in self._bytes else value

    def _in_json(self, names: tuple[str, ...], row: Sequence[Any]) -> dict[str, Any]:
        told = dict(zip(names, row, strict=True))
        for name in self._json.intersection(told):
            if told[name] is not None:
                told[name] = msgspec.Raw(told[name])
        for name in self._bytes.intersection(told):
            told[name] = bytes(told[name]).decode()
        return told


def _type_in_json(one: Any) -> str:
    """By which PostgreSQL reads a value out of JSON; how long it may be the column itself asks."""
    type = str(one.db_type(connection))
    return "text" if isinstance(one, BinaryField) or type.startswith("varchar") else type


_encode = msgspec.json.Encoder().encode


@cache
def _table(model: type[Model]) -> Table:
    return Table(model)
