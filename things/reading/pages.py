"""Pages of Things by keyset: a page costs the same at the top and at the hundred-thousandth, and what comes or goes
meanwhile moves nothing from one page to another.
"""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import reduce
from operator import or_
from uuid import UUID

import msgspec
from django.db.models import Q, QuerySet

from streaming.decoding import Malformed, decode
from things.models import Thing
from things.shapes import JsonValue

MOMENTS = ("changed_at", "created_at")
ORDERINGS = ("-changed_at", "changed_at", "-created_at", "created_at", "title", "-title")
NEWEST = ORDERINGS[0]
MAX_CURSOR = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """Between two Things: behind the one with this value and id, or before it."""

    ordering: str
    value: str
    id: UUID
    before: bool = False

    def __str__(self) -> str:
        told = msgspec.json.encode([self.ordering, self.value, str(self.id), self.before])
        return base64.urlsafe_b64encode(told).decode().rstrip("=")

    @property
    def found(self) -> datetime | str:
        return moment(self.value) if self.ordering.lstrip("-") in MOMENTS else self.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    things: list[Thing]
    next: Cursor | None
    previous: Cursor | None


def moment(text: str) -> datetime:
    """Of a cursor; ValueError for what the database could not compare."""
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError("a moment without a time zone")
    try:
        return found.astimezone(UTC)
    except OverflowError:
        raise ValueError("a moment out of range") from None


def read_cursor(text: str) -> Cursor | None:
    """None for anything that is not a cursor of ours."""
    if len(text) > MAX_CURSOR:
        return None
    try:
        told = decode(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
        return cursor_of(*told)
    except (binascii.Error, Malformed, ValueError, TypeError, AttributeError):
        return None


def cursor_of(ordering: JsonValue, value: JsonValue, pk: JsonValue, before: JsonValue) -> Cursor | None:
    """`ValueError` for a value that the database could not compare, and for no id."""
    if not isinstance(ordering, str) or not isinstance(value, str) or not isinstance(pk, str):
        return None
    cursor = Cursor(ordering=ordering, value=value, id=UUID(pk), before=before is True)
    return cursor if ordering in ORDERINGS and cursor.found is not None else None


def page_of(
    lists: Sequence[QuerySet[Thing]], *, size: int, ordering: str = NEWEST, cursor: Cursor | None = None
) -> Page:
    """The page at the cursor, which was made for the same ordering; the first one without. Of several lists, in none of
    which is what another has, a page of each is looked at.
    """
    field, falling = ordering.lstrip("-"), ordering.startswith("-")
    back = cursor is not None and cursor.before
    sign = "-" if falling != back else ""
    order = (f"{sign}{field}", f"{sign}id")
    if cursor is not None:
        onwards = beyond(field, "lt" if falling != back else "gt", cursor)
        lists = [things.filter(onwards) for things in lists]
    things = lists[0]
    if len(lists) > 1:
        firsts = [Q(pk__in=things.order_by(*order).values("pk")[: size + 1]) for things in lists]
        things = Thing.objects.filter(reduce(or_, firsts))
    rows = list(things.select_related("owner").order_by(*order)[: size + 1])
    shown = rows[:size][::-1] if back else rows[:size]
    return page_around(shown, ordering, more=len(rows) > size, cursor=cursor)


def beyond(field: str, side: str, cursor: Cursor) -> Q:
    """Said twice: an index is walked from the first part, the second is exact."""
    return Q(**{f"{field}__{side}e": cursor.found}) & _behind(field, side, cursor)


def _behind(field: str, side: str, cursor: Cursor) -> Q:
    return Q(**{f"{field}__{side}": cursor.found}) | Q(**{field: cursor.found, f"id__{side}": cursor.id})


def page_around(shown: Sequence[Thing], ordering: str, *, more: bool, cursor: Cursor | None) -> Page:
    """Where a cursor led to, there is something on the side it came from."""
    back = cursor is not None and cursor.before
    onwards = cursor_at(shown[-1], ordering) if shown and (more or back) else None
    backwards = cursor_at(shown[0], ordering) if shown and cursor is not None and (more or not back) else None
    return Page(things=list(shown), next=onwards, previous=replace(backwards, before=True) if backwards else None)


def cursor_at(thing: Thing, ordering: str) -> Cursor:
    value = getattr(thing, ordering.lstrip("-"))
    return Cursor(ordering=ordering, value=value.isoformat() if isinstance(value, datetime) else value, id=thing.pk)
