"""Single-use tickets for `hello`: only their digest is stored, and exactly one redeems each (A3)."""

import hashlib
import secrets

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import StreamTicket, Token, User
from accounts.quotas import Quota, spend


def issue(user: User, *, session_key: str = "", token: Token | None = None) -> str:
    """A new ticket, tied to the session or token that asked for it. Expired ones are swept away with it."""
    ticket = secrets.token_urlsafe(32)
    expires_at = timezone.now() + settings.TICKET_LIFETIME
    with transaction.atomic():
        spend(user, Quota.TICKETS)
        forget_expired()
        StreamTicket.objects.create(
            digest=_digest(ticket), user=user, session_key=session_key, token=token, expires_at=expires_at
        )
    return ticket


def forget_expired() -> int:
    gone, _ = StreamTicket.objects.filter(expires_at__lt=timezone.now()).delete()
    return gone


def redeem(ticket: str) -> StreamTicket | None:
    """The ticket's row, once; None for a used, expired or unknown one."""
    row = StreamTicket.objects.select_related("user", "token").filter(digest=_digest(ticket)).first()
    if row is None or row.expires_at < timezone.now() or not row.user.is_active:
        return None
    deleted, _ = StreamTicket.objects.filter(digest=row.digest).delete()
    return row if deleted == 1 else None


def _digest(ticket: str) -> str:
    return hashlib.sha256(ticket.encode()).hexdigest()
