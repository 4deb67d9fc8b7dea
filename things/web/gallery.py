"""The gallery's pages: which Things, in which order, where the next page starts.

Each filter is one or more lists that an index has in order, so that a page, and a count as far as it goes, looks at
what it shows and not at all there is.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import QuerySet

from accounts.folding import fold
from accounts.models import User
from things.models import Thing, Visibility
from things.people.permissions import given_to, visible_to
from things.reading.pages import NEWEST, Cursor, page_of, read_cursor

PAGE = 24
SHELF = 6
COUNTED = 1000  # of more, the tabs say that it is more
Lists = list[QuerySet[Thing]]


@dataclass(frozen=True, slots=True)
class Page:
    things: list[Thing]
    after: str  # where the next page starts; empty on the last


def _here(**more: User | Visibility) -> QuerySet[Thing]:
    return Thing.objects.filter(trashed_at=None, is_template=False, **more)


def _mine(user: User) -> Lists:
    return [_here(owner=user)]


def _shared(user: User) -> Lists:
    return [_here().filter(given_to(user)).exclude(owner=user)]


def _templates(user: User) -> Lists:
    return [visible_to(user).filter(trashed_at=None, is_template=True)]


# By the word in `?show=`: lists of Things that the person may see, none of them in two.
FILTERS: dict[str, Callable[[User], Lists]] = {
    "all": lambda user: _mine(user) + _shared(user),
    "mine": _mine,
    "shared": _shared,
    "public": lambda user: [_here(visibility=Visibility.PUBLIC)],
    "templates": _templates,
    "trash": lambda user: [Thing.objects.filter(trashed_at__isnull=False, owner=user)],
}


def lists(user: User, show: str, search: str = "") -> Lists:
    found = FILTERS[show](user)
    return [each.filter(title_key__contains=fold(search)) for each in found] if search else found


def counts(user: User) -> dict[str, int]:
    """How many each filter shows, up to one more than `COUNTED`."""
    return {name: sum(counted(each) for each in FILTERS[name](user)) for name in FILTERS}


def counted(things: QuerySet[Thing]) -> int:
    return things.order_by()[: COUNTED + 1].count()


def page(things: Lists, after: str = "") -> Page:
    """Newest change first. What is no cursor shows the first page: it is a link that somebody kept."""
    found = page_of(things, size=PAGE, cursor=gallery_cursor(after))
    return Page(found.things, str(found.next) if found.next else "")


def gallery_cursor(after: str) -> Cursor | None:
    cursor = read_cursor(after)
    return cursor if cursor is not None and cursor.ordering == NEWEST and not cursor.before else None


def shelf(user: User) -> list[Thing]:
    """Templates to start from, the oldest first: they keep their places."""
    return list(_templates(user)[0].order_by("created_at", "id")[:SHELF])
