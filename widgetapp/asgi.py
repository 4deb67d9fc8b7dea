"""The ASGI application: `/_stream` to the Streaming frontend, everything else over the bridge to Django."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "widgetapp.settings")

from django.core.wsgi import get_wsgi_application

# Sets Django up; the imports below need it.
wsgi_application = get_wsgi_application()

from streaming.application import push_application, streaming_application
from streaming.asgi_types import Receive, Scope, Send
from streaming.fanout.hub import current_hub, stop_hub
from widgetapp.bridge import Bridge
from widgetapp.edge.arrival import Arrival, cleaned

STREAM_PATH = "/_stream"

bridge = Bridge(wsgi_application)


async def routed(scope: Scope, receive: Receive, send: Send) -> None:
    await (push_application() if scope["path"] == STREAM_PATH else bridge)(scope, receive, send)


http = Arrival(routed)


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "http":
        await http(scope, receive, send)
    elif scope["type"] == "websocket" and scope["path"] == STREAM_PATH:
        await streaming_application()(cleaned(scope), receive, send)
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
