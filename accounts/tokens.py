"""Making personal tokens: only their digest is stored, and none is more than what made it."""

from collections.abc import Sequence
from datetime import datetime

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
        if parent is not None and not Token.objects.select_for_update().filter(pk=parent.pk).exists():
            raise ParentEnded
        spend(user, Quota.TOKENS)
        row, token = Token.objects.create(user=user, name=name, scopes=sorted(scopes), parent=parent)
        if ends is not None:
            row.expiry = ends
            row.save(update_fields=["expiry"])
    return row, str(token)
