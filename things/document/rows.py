"""The widget rows of one Thing, read in bounded statements: how many widgets are asked for never matters.

The trees are walked by the database: `above` and `below` end at a cycle, which no log can hold but a row might.
"""

from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from accounts.columns import key
from accounts.statements import Statement, parameter
from things.models import Thing, Widget
from things.store import spelled, widgets

BELOW = Statement("""
WITH RECURSIVE down(id, parent) AS (
  SELECT id, parent FROM things_widget
  WHERE thing_id = %s AND alive AND parent IN (SELECT value FROM {uuids})
  UNION
  SELECT inner_one.id, inner_one.parent FROM down
  JOIN things_widget AS inner_one ON inner_one.thing_id = %s AND inner_one.parent = down.id AND inner_one.alive
) SELECT id, parent FROM down LIMIT %s
""")

# To ask inside that there is a parent makes SQLite search by parent: all rows of the Thing, for one.
ABOVE = Statement("""
WITH RECURSIVE up(id) AS (
  SELECT parent FROM things_widget
  WHERE thing_id = %s AND id IN (SELECT value FROM {uuids})
  UNION
  SELECT outer_one.parent FROM up
  JOIN things_widget AS outer_one ON outer_one.thing_id = %s AND outer_one.id = up.id
) SELECT id FROM up WHERE id IS NOT NULL
""")

# Dead widgets count: a key in front of them is in front of all, and the index alone answers.
FRONTS = Statement("""
SELECT value, (
  SELECT order_key FROM things_widget WHERE thing_id = %s AND parent = value ORDER BY order_key DESC LIMIT 1
) FROM {uuids}
""")


class Rows:
    """Ids are canonical strings."""

    def __init__(self, thing: Thing) -> None:
        self._pk, self._thing = thing.pk, key(thing.pk)

    @property
    def _rows(self) -> QuerySet[Widget]:
        # Unordered: to have a few in order, SQLite would read all rows of the Thing in it.
        return Widget.objects.filter(thing=self._pk).order_by()

    def load(self, ids: Iterable[str]) -> Iterator[list[Any]]:
        """`store.WIDGET_READ` of each."""
        return widgets(self._pk, ids)

    def above(self, ids: Iterable[str]) -> list[str]:
        """Everything that these lie in."""
        return [spelled(widget) for (widget,) in ABOVE.every([self._thing, _values(ids), self._thing])]

    def below(self, ids: Iterable[str], most: int) -> list[tuple[str, str]]:
        """Living widgets inside these, each with its parent; of more than `most`, one more than that."""
        said = BELOW.every([self._thing, _values(ids), self._thing, most + 1])
        return [(spelled(widget), spelled(parent)) for widget, parent in said]

    def fronts(self, parents: Iterable[str | None]) -> dict[str | None, str]:
        """The greatest order key inside each parent that holds any."""
        wanted = set(parents)
        found: dict[str | None, str] = {}
        if None in wanted:
            keys = self._rows.filter(parent=None).order_by("-order_key").values_list("order_key", flat=True)
            found.update((None, bytes(key).decode()) for key in keys[:1])
        if inner := [parent for parent in wanted if parent is not None]:
            said = FRONTS.every([self._thing, _values(inner)])
            found |= {spelled(parent): bytes(key).decode() for parent, key in said if key is not None}
        return found

    def keys(self, parent: str | None) -> dict[str, str]:
        """Order keys of the living widgets inside a parent."""
        rows = self._rows.filter(alive=True, parent=parent).values_list("id", "order_key")
        return {str(widget): bytes(key).decode() for widget, key in rows}

    def ending_at(self, targets: Iterable[str]) -> QuerySet[Widget]:
        """Living connectors with an end at one of these."""
        ids = [UUID(target) for target in targets]
        living = self._rows.filter(alive=True)
        starting = living.filter(start_target__among=ids)
        # Two searches: for one with OR, SQLite takes neither index.
        return starting.union(living.filter(end_target__among=ids).exclude(start_target__among=ids), all=True)


def _values(ids: Iterable[str]) -> Any:
    return parameter([key(widget) for widget in ids], connection)
