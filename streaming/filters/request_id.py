"""Names the request: the client's `X-Request-ID` where it is sane, else a new one."""

import re
import secrets
from collections.abc import Awaitable
from dataclasses import replace

from streaming.asgi_types import Application, Receive, Scope, Send, header

_SANE = re.compile(r"[A-Za-z0-9._-]{1,64}\Z")


class RequestId:
    def __init__(self, application: Application) -> None:
        self._application = application

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        given = header(scope, b"x-request-id") or ""
        request = given if _SANE.match(given) else secrets.token_hex(8)
        context = replace(scope["context"], request=request)
        return self._application({**scope, "context": context}, receive, send)
