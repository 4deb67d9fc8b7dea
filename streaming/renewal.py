"""A credential that ends soon is renewed on the same connection: same subscriptions, same positions (A5)."""

import time
from collections.abc import Callable

from streaming.close_codes import CloseCode
from streaming.context import RequestContext
from streaming.credentials import registered
from streaming.database import in_database
from streaming.errors import Denied, Refused
from streaming.protocol import AskAuthenticate, ServerFrame

ASK_SECONDS = 60.0


class Renewal:
    """Watches one connection's `expires_at`: asks for a new credential once, a minute before, and ends the connection
    when the moment has come.
    """

    __slots__ = ("_asked_for", "_end", "_send")

    def __init__(self, send: Callable[[ServerFrame], None], end: Callable[[Refused], None]) -> None:
        self._send, self._end = send, end
        self._asked_for: float | None = None

    def tick(self, context: RequestContext) -> None:
        """About once a second."""
        expires_at = context.expires_at
        if expires_at is None:
            return
        left = expires_at - time.time()
        if left <= 0:
            self._end(Refused(CloseCode.CREDENTIAL_EXPIRED))
        elif left <= ASK_SECONDS and self._asked_for != expires_at:
            self._asked_for = expires_at
            self._send(AskAuthenticate(within=round(left)))


async def renewed(context: RequestContext, ticket: str) -> RequestContext:
    """The context with the credential of the ticket. Raises `Denied` for a bad ticket, `Refused` for that of another
    person.
    """
    credentials = registered()
    credential = await in_database(credentials.redeem, ticket) if credentials is not None else None
    if credential is None:
        raise Denied("forbidden", "the ticket is not valid, or was used")
    if context.user is None or credential.user.pk != context.user.pk:
        raise Refused(CloseCode.IDENTITY_CHANGED)
    return context.known_by(credential)
