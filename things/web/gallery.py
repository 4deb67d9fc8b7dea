"""The gallery's pages: which Things, in which order, where the next page starts."""

from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from accounts.folding import fold
from accounts.models import User
from things.models import Thing, Visibility
from things.people.permissions import given_to, visible_to
from things.reading.pages import NEWEST, Cursor, page_of, read_cursor

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
    return things.filter(title_key__contains=fold(search)) if search else things


def counts(user: User) -> dict[str, int]:
    """How many each filter shows, in one query."""
    wanted = {name: Count("pk", filter=rule, distinct=True) for name, rule in filters(user).items()}
    return visible_to(user).order_by().aggregate(**wanted)


def page(things: QuerySet[Thing], after: str = "") -> Page:
    """Newest change first. What is no cursor shows the first page: it is a link that somebody kept."""
    found = page_of(things.select_related("owner"), size=PAGE, cursor=gallery_cursor(after))
    return Page(found.things, str(found.next) if found.next else "")


def gallery_cursor(after: str) -> Cursor | None:
    cursor = read_cursor(after)
    return cursor if cursor is not None and cursor.ordering == NEWEST and not cursor.before else None


def shelf(user: User) -> list[Thing]:
    """Templates to start from, the oldest first: they keep their places."""
    return list(visible_to(user).filter(filters(user)["templates"]).order_by("created_at", "id")[:SHELF])
