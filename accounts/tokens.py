"""Personal tokens, made and ended: only their digest is stored, and none is more than what made it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.models import Token, User
from accounts.quotas import Quota, spend


class ParentEnded(Exception):
    """The token that asked for another one was revoked meanwhile."""


def make(
    user: User, *, name: str, scopes: Sequence[str], ends: datetime | None = None, parent: Token | None = None
) -> tuple[Token, str]:
    """The row and the token itself, which nobody can read again."""
    with transaction.atomic():
        _take_turn(user)
        if parent is not None and not Token.objects.filter(pk=parent.pk).exists():
            raise ParentEnded
        spend(user, Quota.TOKENS)
        row, token = Token.objects.create(user=user, name=name, scopes=sorted(scopes), parent=parent)
        if ends is not None:
            row.expiry = ends
            row.save(update_fields=["expiry"])
    return row, str(token)


def end(user: User, **which: Any) -> None:
    """All of this person's, or those that the look-ups name; each with those that it made."""
    with transaction.atomic():
        _take_turn(user)
        Token.objects.filter(user=user, **which).delete()


def _take_turn(user: User) -> None:
    """Tokens of one person are made and ended one after the other: a child that is made while its parent ends would
    keep the database from ending either.
    """
    User.objects.select_for_update(no_key=True).filter(pk=user.pk).first()
