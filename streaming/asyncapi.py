"""The AsyncAPI 3.0 document of the stream, made from the frame structs: what is on the wire cannot drift from it."""

from collections.abc import Iterable, Mapping
from functools import cache
from inspect import cleandoc
from typing import Any, get_args

import msgspec

from streaming.close_codes import CloseCode
from streaming.protocol import CLIENT_TYPES, SUBPROTOCOL, ServerFrame

Kind = type[msgspec.Struct]
SERVER_TYPES: dict[str, Kind] = {str(kind.__struct_config__.tag): kind for kind in get_args(ServerFrame)}
REF = "#/components/schemas/{name}"
SECURITY: dict[str, Any] = {
    "session": {"type": "httpApiKey", "in": "cookie", "name": "sessionid", "description": "Pages of this site."},
    "token": {"type": "http", "scheme": "bearer", "description": "A personal token, `wap_…`, of programs."},
    "ticket": {"type": "apiKey", "in": "user", "description": "`ticket` of `hello`: pages of other sites, mobile."},
}


INFO = {
    "title": "WidgetApp Streaming API",
    "version": "1",
    "contact": {"name": "Whoever runs this site"},
    "license": {"name": "MIT"},
    "tags": [{"name": "Stream", "description": "Many services on one connection."}],
}
SITE = {
    "host": "{host}",
    "protocol": "wss",
    "variables": {"host": {"description": "The site's host"}},
    "security": [{"$ref": f"#/components/securitySchemes/{name}"} for name in SECURITY],
}


@cache
def document() -> dict[str, Any]:
    """Both directions of `/_stream`. `send` is what the server sends."""
    kinds: list[Kind] = [*CLIENT_TYPES.values(), *SERVER_TYPES.values()]
    _, schemas = msgspec.json.schema_components(kinds, ref_template=REF)
    for kind in kinds:
        schemas[kind.__name__]["properties"]["type"] = {"const": kind.__struct_config__.tag}
    client = {f"client.{name}": kind for name, kind in CLIENT_TYPES.items()}
    server = {f"server.{name}": kind for name, kind in SERVER_TYPES.items()}
    messages = {name: message(name, kind) for name, kind in (client | server).items()}
    codes = "\n".join(f"- {int(code)}: {code.reason}" for code in CloseCode)
    return {
        "asyncapi": "3.0.0",
        "info": {**INFO, "description": f"One WebSocket for every real-time service. Close codes:\n\n{codes}"},
        "defaultContentType": "application/json",
        "servers": {"site": SITE},
        "channels": {"stream": channel(messages)},
        "operations": {
            "receive": operation("receive", client, "What a client may say."),
            "send": operation("send", server, "What the server says."),
        },
        "components": {"messages": messages, "schemas": schemas, "securitySchemes": SECURITY},
    }


def channel(messages: Iterable[str]) -> dict[str, Any]:
    return {
        "address": "/_stream",
        "title": "The stream",
        "description": f"Text frames of JSON; subprotocol `{SUBPROTOCOL}`. The server may send an array of "
        "messages in one frame. GET with `Accept: text/event-stream` serves the same, downstream only.",
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages},
    }


def message(name: str, kind: Kind) -> dict[str, Any]:
    described = kind.__doc__ or ""
    return {
        "name": name.partition(".")[2],
        "payload": {"$ref": REF.format(name=kind.__name__)},
        **({"summary": cleandoc(described).splitlines()[0]} if described else {}),
    }


def operation(action: str, kinds: Mapping[str, Kind], description: str) -> dict[str, Any]:
    refs = [{"$ref": f"#/channels/stream/messages/{name}"} for name in kinds]
    return {"action": action, "description": description, "channel": {"$ref": "#/channels/stream"}, "messages": refs}
