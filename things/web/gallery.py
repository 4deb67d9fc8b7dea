"""The gallery's pages: which Things, in which order, where the next page starts."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.utils.dateparse import parse_datetime

from accounts.models import User
from things.models import Thing, Visibility
from things.permissions import given_to, visible_to

PAGE = 24
SHELF = 6


@dataclass(frozen=True, slots=True)
class Page:
    things: list[Thing]
    after: str  # where the next page starts; empty on the last


def filters(user: User) -> dict[str, Q]:
    """By the word in `?show=`; each is said of Things the user can see."""
    here = Q(trashed_at=None, is_template=False)
    mine, shared = Q(owner=user), given_to(user)
    return {
        "all": here & (mine | shared),
        "mine": here & mine,
        "shared": here & shared & ~mine,
        "public": here & Q(visibility=Visibility.PUBLIC),
        "templates": Q(trashed_at=None, is_template=True),
        "trash": Q(trashed_at__isnull=False, owner=user),
    }


def seen(user: User, show: str, search: str = "") -> QuerySet[Thing]:
    things = visible_to(user).filter(filters(user)[show])
    return things.filter(title__icontains=search) if search else things


def counts(user: User) -> dict[str, int]:
    """How many each filter shows, in one query."""
    wanted = {name: Count("pk", filter=rule, distinct=True) for name, rule in filters(user).items()}
    return visible_to(user).order_by().aggregate(**wanted)


def page(things: QuerySet[Thing], after: str = "") -> Page:
    """Newest change first, by keyset: a page costs the same at the top and at the hundred-thousandth Thing."""
    start = read_cursor(after)
    if start:
        moment, pk = start
        things = things.filter(Q(changed_at__lt=moment) | Q(changed_at=moment, pk__lt=pk))
    rows = list(things.select_related("owner").order_by("-changed_at", "-id")[: PAGE + 1])
    return Page(rows[:PAGE], write_cursor(rows[PAGE - 1]) if len(rows) > PAGE else "")


def write_cursor(thing: Thing) -> str:
    return f"{thing.changed_at.isoformat()}_{thing.pk}"


def read_cursor(text: str) -> tuple[datetime, UUID] | None:
    """None for anything that is not a cursor: such a link shows the first page."""
    moment, _, pk = text.partition("_")
    try:
        parsed = parse_datetime(moment)
        return (parsed, UUID(pk)) if parsed and parsed.tzinfo else None
    except ValueError:
        return None


def shelf(user: User) -> list[Thing]:
    """Templates to start from, the oldest first: they keep their places."""
    return list(visible_to(user).filter(filters(user)["templates"]).order_by("created_at", "id")[:SHELF])
