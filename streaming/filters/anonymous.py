"""Whether those without a name may come in: `STREAM_ANONYMOUS` (A2, A3)."""

from collections.abc import Awaitable

from django.conf import settings

from streaming.asgi_types import Application, Receive, Scope, Send
from streaming.close_codes import CloseCode
from streaming.errors import Refused


class Anonymous:
    def __init__(self, application: Application, *, allowed: bool | None = None) -> None:
        self._application = application
        self._allowed = settings.STREAM_ANONYMOUS if allowed is None else allowed

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if scope["context"].user is None and not self._allowed:
            raise Refused(CloseCode.NOT_SIGNED_IN)
        return self._application(scope, receive, send)
