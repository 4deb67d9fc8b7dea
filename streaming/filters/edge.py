"""Who is calling, through which edge: address, Cloudflare's ray and country (A2)."""

from collections.abc import Awaitable
from dataclasses import replace

from streaming.asgi_types import Application, Receive, Scope, Send, header
from streaming.forwarded import client_address, comes_from_proxy


class Edge:
    def __init__(self, application: Application) -> None:
        self._application = application

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        trusted = comes_from_proxy(scope)
        context = replace(
            scope["context"],
            address=client_address(scope),
            ray=(header(scope, b"cf-ray") or "") if trusted else "",
            country=(header(scope, b"cf-ipcountry") or "") if trusted else "",
        )
        return self._application({**scope, "context": context}, receive, send)
