"""Who is calling, through which edge: address, Cloudflare's ray and country (A2)."""

from collections.abc import Awaitable
from dataclasses import replace

from streaming.asgi_types import Application, Receive, Scope, Send
from streaming.forwarded import client_address, cloudflare_header


class Edge:
    def __init__(self, application: Application) -> None:
        self._application = application

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        context = replace(
            scope["context"],
            address=client_address(scope),
            ray=cloudflare_header(scope, b"cf-ray"),
            country=cloudflare_header(scope, b"cf-ipcountry"),
        )
        return self._application({**scope, "context": context}, receive, send)
