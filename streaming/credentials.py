"""What the stream asks about people while they are connected (A4). The app that knows people registers the answers."""

from collections.abc import Sequence
from typing import Protocol

from django.contrib.sessions.backends.base import SessionBase

from streaming.close_codes import CloseCode
from streaming.context import Credential, RequestContext


class Credentials(Protocol):
    """Called on database threads."""

    def access_epochs(self, users: Sequence[str]) -> dict[str, int]:
        """User id → access epoch, in one query. It rises with whatever may end a credential."""

    def ended(self, contexts: Sequence[RequestContext]) -> dict[str, CloseCode]:
        """Connection id → why it has to end; connections that may go on are missing."""

    def redeem(self, ticket: str) -> Credential | None:
        """What the single-use ticket stands for, once; None for a used, expired or unknown one (A3, A5)."""


def expiry_of(session: SessionBase, key: str) -> float | None:
    """When the stored session expires, in Unix seconds; reads the database. None for sessions that are kept in a cache,
    which do not say; their end is noticed when credentials are checked again (A4).
    """
    model = getattr(session, "model", None)
    stored = model.objects.filter(pk=key).values_list("expire_date", flat=True).first() if model else None
    return stored.timestamp() if stored else None


_registered: list[Credentials] = []


def register(credentials: Credentials) -> None:
    """Called by the app when it is ready."""
    _registered[:] = [credentials]


def registered() -> Credentials | None:
    return _registered[0] if _registered else None
