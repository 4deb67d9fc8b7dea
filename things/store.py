"""The editing path's own SQL (decision 20): what an edit and an undo read under the Thing's lock, and the widgets of a
whole Thing for whoever only passes them on. What they write is `things.writes`.

Django's ORM takes five to ten times as long to say such a statement as the database to do it. Columns, and the way of
each value there and back, come from the models, once. What is asked rarely stays Django's ORM; `rows` has the trees.
"""

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from accounts.columns import columns_of, decode_json, json_of, key
from accounts.statements import DIALECTS, Statement, parameter
from things.models import Thing
from things.shapes import Before, Effect

# What a state of a widget holds, in the order that `widgets` gives it.
WIDGET_READ = ("id", "kind", "alive", "fields", "origins", "text", "row")

MINE = "thing_id = %s AND user_id = %s"
SEEN = Statement("SELECT 1 FROM things_change WHERE thing_id = %s AND request_id = %s")
WIDGETS = Statement(
    f"SELECT {', '.join(WIDGET_READ)} FROM things_widget WHERE thing_id = %s AND id IN (SELECT value FROM {{uuids}})"
)
LIVING = Statement(
    "SELECT id, kind, fields{as_text}, text{as_text} FROM things_widget"
    " WHERE thing_id = %s AND alive ORDER BY order_key, id"
)
LOGGED = (
    "SELECT revision, types, effects, before, undoes FROM things_change"
    " WHERE thing_id = %s AND revision IN (SELECT value FROM {numbers}) ORDER BY revision"
)
LOGGED_BYTES = Statement(
    "SELECT SUM(stored_bytes) FROM things_change WHERE thing_id = %s AND revision IN (SELECT value FROM {numbers})"
)
LATEST_STEP = Statement(
    f'SELECT revision, "group" FROM things_undostep WHERE {MINE} AND undone_at IS NULL ORDER BY revision DESC LIMIT 1'
)
UNDONE_LAST = Statement(
    f"SELECT revision FROM things_undostep WHERE {MINE} AND undone_at ="
    f" (SELECT MAX(undone_at) FROM things_undostep WHERE {MINE}) ORDER BY revision LIMIT %s"
)


def lock(thing: UUID) -> Thing | None:
    """The Thing, under its row lock where the database has such locks; SQLite's writer holds them all."""
    row = _locked().one([key(thing)])
    return columns_of(Thing).instance(row) if row is not None else None


@cache
def _locked() -> Statement:
    return Statement(f"SELECT {columns_of(Thing).sql} FROM things_thing WHERE id = %s{{for_update}}")


def seen(thing: UUID, request_id: str) -> bool:
    """Whether the log holds a change that a request of this id made."""
    return SEEN.one([key(thing), request_id]) is not None


def widgets(thing: UUID, ids: Iterable[str]) -> Iterator[list[Any]]:
    """`WIDGET_READ` of these, in no order. Ids are given, and stand there, in their canonical spelling."""
    asked = parameter([key(widget) for widget in ids], connection)
    for id, kind, alive, fields, origins, text, row in WIDGETS.every([key(thing), asked]):
        words = None if text is None else decode_json(text)
        yield [spelled(id), kind, bool(alive), decode_json(fields), decode_json(origins), words, row]


def living_json(thing: UUID) -> bytes:
    """An array of the living widgets in painting order, as the API shows them: stored text, nothing decoded."""
    return f"[{','.join(_spliced(*row) for row in LIVING.every([key(thing)]))}]".encode()


def _spliced(id: UUID | str, kind: str, fields: str, text: str | None) -> str:
    words = "}" if text is None else f',"text":{text}}}'
    return f'{{"id":"{spelled(id)}","kind":{json_of(kind)},{fields[1:-1]}{words}'


class Logged(NamedTuple):
    """What undo and text read of a change."""

    revision: int
    types: list[Any]
    effects: list[Effect]
    before: list[Before]
    undoes: list[int]


def logged(thing: UUID, revisions: list[int]) -> Iterator[Logged]:
    """These changes, oldest first, a hundred of them in memory at a time."""
    # PostgreSQL's driver takes all rows in at once, but for a cursor that the server keeps: three statements.
    with connection.cursor() if len(revisions) == 1 else connection.chunked_cursor() as cursor:
        cursor.execute(LOGGED.format(**DIALECTS[connection.vendor]), [key(thing), parameter(revisions, connection)])
        while rows := cursor.fetchmany(100):
            for revision, *long in rows:
                yield Logged(revision, *map(decode_json, long))


def logged_bytes(thing: UUID, revisions: list[int]) -> int:
    """What `logged` would read."""
    return int(LOGGED_BYTES.one([key(thing), parameter(revisions, connection)])[0] or 0)


def latest_step(thing: UUID, user: UUID) -> tuple[int, str] | None:
    """Revision and group of what the person would undo next."""
    row = LATEST_STEP.one([key(thing), key(user)])
    return (row[0], row[1]) if row is not None else None


def undone_last(thing: UUID, user: UUID, most: int) -> list[int]:
    """What the person undid last, oldest first; of more than `most`, so many."""
    person = [key(thing), key(user)]
    return [revision for (revision,) in UNDONE_LAST.every([*person, *person, most])]


def spelled(value: UUID | str) -> str:
    """A UUID, as a database gives it, in its canonical spelling."""
    if isinstance(value, UUID):
        return str(value)
    return f"{value[:8]}-{value[8:12]}-{value[12:16]}-{value[16:20]}-{value[20:]}"
