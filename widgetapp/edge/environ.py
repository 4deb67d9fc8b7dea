"""A WSGI environment from an ASGI scope and a body that is whole."""

import re
import sys
from typing import IO, Any
from urllib.parse import unquote_to_bytes

from streaming.asgi_types import Scope
from widgetapp.edge.threads import FileAnswer

Environ = dict[str, Any]

_TOKEN = re.compile(rb"[A-Za-z0-9!#$%&'*+.^`|~-]+\Z")
KNOWN_NAMES = 512
_keys: dict[bytes, str | None] = {b"content-type": "CONTENT_TYPE", b"content-length": "CONTENT_LENGTH"}


def key_of(name: bytes) -> str | None:
    """The variable of a (lower-case) header. None for a name with `_`, which would pass for one with `-`, and for what
    is no name: they are as if they had not been sent.
    """
    if name in _keys:
        return _keys[name]
    key = f"HTTP_{name.decode('ascii').upper().replace('-', '_')}" if _TOKEN.match(name) else None
    if len(_keys) < KNOWN_NAMES:
        _keys[name] = key
    return key


def environ_of(scope: Scope, body: IO[bytes], size: int) -> Environ:
    """The body has the length that was read, however it was sent."""
    server, client = scope.get("server") or ("localhost", 80), scope.get("client") or ("", 0)
    path = scope.get("raw_path") or scope["path"].encode()
    environ: Environ = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": scope.get("root_path", "").encode().decode("latin-1"),
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": scope.get("query_string", b"").decode("latin-1"),
        "SERVER_PROTOCOL": f"HTTP/{scope.get('http_version', '1.1')}",
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1]),
        "REMOTE_ADDR": client[0],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.get("scheme", "http"),
        "wsgi.input": body,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        "wsgi.file_wrapper": FileAnswer,
    }
    for name, value in scope["headers"]:
        if (key := key_of(name)) is not None:
            _add(environ, key, value.decode("latin-1"))
    environ.pop("HTTP_TRANSFER_ENCODING", None)
    environ["CONTENT_LENGTH"] = str(size)
    return environ


def _add(environ: Environ, key: str, value: str) -> None:
    """A header that came twice is one list. Cookies have a separator of their own."""
    before = environ.get(key)
    environ[key] = value if before is None else f"{before}{'; ' if key == 'HTTP_COOKIE' else ','}{value}"
