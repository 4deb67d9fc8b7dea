"""Visitors of the demo: a name, a colour, no password."""

import random

from uuid6 import uuid7

from accounts.models import User

MOODS = ("Quiet", "Bright", "Early", "Gentle", "Brisk", "Sunny", "Steady", "Curious", "Merry", "Nimble")
ANIMALS = ("Otter", "Heron", "Fox", "Seal", "Wren", "Badger", "Lynx", "Marten", "Plover", "Hare")


def visitor_name() -> str:
    return f"{random.choice(MOODS)} {random.choice(ANIMALS)}"


def make_visitor() -> User:
    """A new person. The address cannot receive mail, by its very name."""
    return User.objects.create_user(f"{uuid7().hex}@visitor.invalid", None, name=visitor_name(), is_demo=True)
