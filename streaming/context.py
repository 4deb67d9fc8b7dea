"""What the filter chain builds: everything the stream knows about a connection, never changed after (A1)."""

import secrets
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings

from streaming.protocol import Limits


def new_connection_id() -> str:
    """Begins with the worker's name, so that an operator sees where a connection lives."""
    return f"s{settings.WORKER}{secrets.token_hex(8)}"


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
    user: Any = None
    session_key: str = ""
    token: Any = None
    scopes: frozenset[str] = frozenset({"read", "write"})
    locale: str = ""
    limits: Limits = field(default_factory=Limits)
