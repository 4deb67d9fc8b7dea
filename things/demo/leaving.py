"""Visitors of the demo are gone after `DEMO_VISITOR_DAYS`, and what they made with them."""

from accounts.models import User
from accounts.visitors import overdue
from things.models import Thing
from things.writing import one_writer


def purge_visitors() -> int:
    """One transaction a person, so that nobody waits long for the database."""
    visitors = list(overdue())
    for visitor in visitors:
        purge_visitor(visitor)
    return len(visitors)


def purge_visitor(visitor: User) -> None:
    """In the logs of other Things their name stays beside what they did."""
    with one_writer():
        things = list(
            Thing.objects.select_for_update().filter(owner=visitor).order_by("pk").values_list("pk", flat=True)
        )
        Thing.objects.filter(pk__in=things).delete()
        visitor.delete()
