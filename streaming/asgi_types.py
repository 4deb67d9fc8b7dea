"""ASGI types, named once, and how headers are read."""

import re
import secrets
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

_SANE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}\Z")


def header(scope: Scope, name: bytes) -> str | None:
    """The first header of that (lower-case) name."""
    return next(headers(scope, name), None)


def headers(scope: Scope, name: bytes) -> Iterator[str]:
    """All of that (lower-case) name."""
    return (str(value.decode("latin-1")) for key, value in scope.get("headers", []) if key == name)


def request_id_of(scope: Scope) -> str:
    """The client's `X-Request-ID` where it is sane, else a new one."""
    given = header(scope, b"x-request-id") or ""
    return given if _SANE_ID.match(given) else secrets.token_hex(8)
