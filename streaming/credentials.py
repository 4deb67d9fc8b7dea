"""What the stream asks about people while they are connected (A4). The app that knows people registers the answers."""

from collections.abc import Sequence
from typing import Protocol

from streaming.close_codes import CloseCode
from streaming.context import Credential, RequestContext


class Credentials(Protocol):
    """Called on database threads."""

    def access_epochs(self, users: Sequence[str]) -> dict[str, int]:
        """By user id; it moves with whatever may end a credential. One query."""

    def ended(self, contexts: Sequence[RequestContext]) -> dict[str, CloseCode]:
        """Connection id → why it may not go on; those that may are missing."""

    def redeem(self, ticket: str) -> Credential | None:
        """What the single-use ticket stands for, once; None for a used, expired or unknown one (A3, A5)."""


_registered: list[Credentials] = []


def register(credentials: Credentials) -> None:
    """Called by the app when it is ready."""
    _registered[:] = [credentials]


def registered() -> Credentials | None:
    return _registered[0] if _registered else None
