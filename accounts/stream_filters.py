"""Filters of the stream for programs: a bearer token on the upgrade, a single-use ticket in `hello` (A3)."""

from accounts import credentials
from accounts.authentication import user_of_token
from accounts.doors import Door, TooManyTries, throttle
from accounts.models import Token, User
from streaming.asgi_types import Application, Receive, Scope, Send, header
from streaming.close_codes import CloseCode
from streaming.database import in_database
from streaming.errors import Refused


class BearerToken:
    """A personal token on the upgrade; one that is not valid is 4101."""

    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        kind, _, token = (header(scope, b"authorization") or "").partition(" ")
        if kind.lower() == "bearer":
            found = await in_database(known_or_counted, token.strip(), scope["context"].address)
            credential = credentials.of_bearer(*found)
            scope = {**scope, "context": scope["context"].known_by(credential)}
        await self._application(scope, receive, send)


def known_or_counted(token: str, address: str) -> tuple[User, Token]:
    """Wrong tokens are counted together with those of HTTP."""
    if (found := user_of_token(token)) is not None:
        return found
    try:
        throttle(Door.TOKEN, None, address)
    except TooManyTries as error:
        raise Refused(CloseCode.TOO_MANY_CONNECTIONS, "too many tries", retry=(error.wait, error.wait * 2)) from None
    raise Refused(CloseCode.NOT_SIGNED_IN, "the token is not valid")


class Ticket:
    """A bad or used ticket is 4101 and never falls back to the cookie."""

    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if (ticket := scope["hello"].ticket) is not None:
            credential = await in_database(credentials.redeem, ticket)
            if credential is None:
                raise Refused(CloseCode.NOT_SIGNED_IN, "the ticket is not valid, or was used")
            scope = {**scope, "context": scope["context"].known_by(credential)}
        await self._application(scope, receive, send)
