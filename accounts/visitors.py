"""Visitors of the demo: a name, a colour, no password, and some days."""

import random
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone
from uuid6 import uuid7

from accounts.models import User

MOODS = ("Quiet", "Bright", "Early", "Gentle", "Brisk", "Sunny", "Steady", "Curious", "Merry", "Nimble")
ANIMALS = ("Otter", "Heron", "Fox", "Seal", "Wren", "Badger", "Lynx", "Marten", "Plover", "Hare")


def visitor_name() -> str:
    return f"{random.choice(MOODS)} {random.choice(ANIMALS)}"


def make_visitor() -> User:
    """A new person. The address cannot receive mail, by its very name."""
    return User.objects.create_user(f"{uuid7().hex}@visitor.invalid", None, name=visitor_name(), is_demo=True)


def overdue() -> QuerySet[User]:
    """The visitors whose days are over."""
    return User.objects.filter(is_demo=True, date_joined__lt=timezone.now() - _stay())


def last_expiry(user: User, wanted: datetime | None) -> datetime | None:
    """When a new token of this person ends: a visitor's not after the visit."""
    if not user.is_demo:
        return wanted
    leaves = user.date_joined + _stay()
    return min(wanted, leaves) if wanted is not None else leaves


def _stay() -> timedelta:
    return timedelta(days=settings.DEMO_VISITOR_DAYS)
