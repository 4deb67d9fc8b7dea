"""Only wss where the site is served over HTTPS (A2)."""

from collections.abc import Awaitable

from django.conf import settings

from streaming.asgi_types import Application, Receive, Scope, Send
from streaming.close_codes import CloseCode
from streaming.errors import Refused
from streaming.forwarded import is_secure


class Secure:
    def __init__(self, application: Application, *, https: bool | None = None) -> None:
        self._application = application
        self._https = settings.HTTPS if https is None else https

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if self._https and not is_secure(scope):
            raise Refused(CloseCode.PROTOCOL_ERROR, "use wss")
        return self._application(scope, receive, send)
