"""What the filter chain builds: everything the stream knows about a connection, never changed after (A1)."""

import secrets
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Protocol

from django.conf import settings

from streaming.protocol import Limits


def new_connection_id() -> str:
    """The id begins with the worker's name, so that an operator sees where a connection lives."""
    return f"s{settings.WORKER}{secrets.token_hex(8)}"


class Scope(StrEnum):
    """What a token may do. A session may do everything that its person may."""

    READ = "read"
    WRITE = "write"


EVERY_SCOPE = frozenset(Scope)


class Person(Protocol):
    """What the stream needs of somebody who is signed in. The user model of the site has it."""

    @property
    def pk(self) -> Any:
        """Frames show it as text."""

    @property
    def name(self) -> str: ...
    @property
    def color(self) -> int: ...
    @property
    def is_staff(self) -> bool: ...
    @property
    def access_epoch(self) -> int:
        """As it was when the person was read; it rises with whatever may end a credential."""


class Token(Protocol):
    """What the stream needs of a token: which one it is."""

    @property
    def pk(self) -> Any: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """How a person was identified: by a session or a token. `expires_at`: Unix seconds; None if it does not expire."""

    user: Person
    session_key: str = ""
    token: Token | None = None
    scopes: frozenset[Scope] = EVERY_SCOPE
    expires_at: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestContext:
    """`user` is None for anonymous connections. `origin_trusted`: the session cookie may be believed (A3)."""

    connection: str = field(default_factory=new_connection_id)
    request: str = ""
    address: str = ""
    ray: str = ""
    country: str = ""
    origin: str | None = None
    origin_trusted: bool = False
    user: Person | None = None
    session_key: str = ""
    token: Token | None = None
    scopes: frozenset[Scope] = EVERY_SCOPE
    expires_at: float | None = None
    locale: str = ""
    limits: Limits = field(default_factory=Limits)

    def known_by(self, credential: Credential) -> "RequestContext":
        """The same connection with this credential in place of any other."""
        return replace(
            self,
            user=credential.user,
            session_key=credential.session_key,
            token=credential.token,
            scopes=credential.scopes,
            expires_at=credential.expires_at,
        )
