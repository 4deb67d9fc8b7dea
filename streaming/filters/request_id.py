"""Names the request: the client's `X-Request-ID` where it is sane, else a new one."""

from collections.abc import Awaitable
from dataclasses import replace

from streaming.asgi_types import Application, Receive, Scope, Send, request_id_of


class RequestId:
    """Names a request; one of HTTP push has its name already, for refusals that come before the filters."""

    def __init__(self, application: Application) -> None:
        self._application = application

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        context = replace(scope["context"], request=scope["context"].request or request_id_of(scope))
        return self._application({**scope, "context": context}, receive, send)
