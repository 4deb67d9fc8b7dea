"""Visitors of the demo are gone after `DEMO_VISITOR_DAYS`, and what they made with them."""

from accounts.models import User
from accounts.visitors import overdue
from streaming.access import lock
from things.models import Thing
from things.transactions import one_writer


def purge_visitors() -> int:
    """One transaction a person, so that nobody waits long for the database."""
    visitors = list(overdue())
    for visitor in visitors:
        purge_visitor(visitor)
    return len(visitors)


def purge_visitor(visitor: User) -> None:
    """Shut out first, so that nothing new comes of them. In the logs of other Things their name stays beside what they
    did.
    """
    visitor.is_active = False
    visitor.save()
    with one_writer():
        # Things are locked before people. What was being made meanwhile is there once the person is locked.
        Thing.objects.filter(owner=visitor).delete()
        lock(User, [visitor.pk])
        Thing.objects.filter(owner=visitor).delete()
        visitor.delete()
