"""Single-use tickets for `hello`: only their digest is stored, and exactly one redeems each (A3)."""

import hashlib
import secrets

from django.conf import settings
from django.utils import timezone

from accounts.models import StreamTicket, Token, User


def issue(user: User, *, session_key: str = "", token: Token | None = None) -> str:
    """A new ticket, tied to the session or token that asked for it. Expired ones are swept away with it."""
    now = timezone.now()
    StreamTicket.objects.filter(expires_at__lt=now).delete()
    ticket = secrets.token_urlsafe(32)
    expires_at = now + settings.TICKET_LIFETIME
    StreamTicket.objects.create(
        digest=_digest(ticket), user=user, session_key=session_key, token=token, expires_at=expires_at
    )
    return ticket


def redeem(ticket: str) -> StreamTicket | None:
    """The ticket's row, once; None for a used, expired or unknown one."""
    row = StreamTicket.objects.select_related("user", "token").filter(digest=_digest(ticket)).first()
    if row is None or row.expires_at < timezone.now() or not row.user.is_active:
        return None
    deleted, _ = StreamTicket.objects.filter(digest=row.digest).delete()
    return row if deleted == 1 else None


def _digest(ticket: str) -> str:
    return hashlib.sha256(ticket.encode()).hexdigest()
