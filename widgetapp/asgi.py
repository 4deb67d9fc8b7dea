"""The ASGI application: `/_stream` to the Streaming frontend, everything else through one thread hop to Django."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "widgetapp.settings")

from django.conf import settings
from django.core.asgi import get_asgi_application
from django.core.wsgi import get_wsgi_application

# Sets Django up; the imports below need it.
wsgi_application = get_wsgi_application()

from a2wsgi import WSGIMiddleware

from streaming.application import push_application, streaming_application
from streaming.asgi_types import Application, Receive, Scope, Send
from streaming.fanout.hub import current_hub, stop_hub

STREAM_PATH = "/_stream"


def http_application() -> Application:
    """Django behind a bounded pool of long-lived threads: one hop a request, however many middlewares there are."""
    if settings.HTTP_SERVED_BY == "asgi":
        asgi: Application = get_asgi_application()  # type: ignore[assignment]
        return asgi
    return WSGIMiddleware(wsgi_application, workers=settings.HTTP_THREADS)  # type: ignore[arg-type, return-value]


http = http_application()


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "http" and scope["path"] == STREAM_PATH:
        await push_application()(scope, receive, send)
    elif scope["type"] == "http":
        await http(scope, receive, send)
    elif scope["type"] == "websocket" and scope["path"] == STREAM_PATH:
        await streaming_application()(scope, receive, send)
    elif scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1000})
    elif scope["type"] == "lifespan":
        await lifespan(receive, send)


async def lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            current_hub()  # the line to Redis is there before the first connection
        if message["type"] == "lifespan.shutdown":
            await stop_hub()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
