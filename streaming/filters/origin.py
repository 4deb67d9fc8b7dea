"""Guards against cross-site connections: the whole origin counts, not its host alone (A3)."""

from collections.abc import Awaitable, Collection, Sequence
from dataclasses import replace

from django.conf import settings
from django.http.request import split_domain_port, validate_host

from streaming.asgi_types import Application, Receive, Scope, Send, header
from streaming.close_codes import CloseCode
from streaming.errors import Refused
from streaming.forwarded import is_secure

LOCAL_HOSTS = ("localhost", "127.0.0.1", "[::1]")


class Origin:
    """A foreign origin needs a ticket or a bearer token; without any origin the cookie is ignored."""

    def __init__(
        self,
        application: Application,
        *,
        trusted: Collection[str] | None = None,
        hosts: Sequence[str] | None = None,
        https: bool | None = None,
    ) -> None:
        self._application = application
        self._trusted = settings.STREAM_ORIGINS if trusted is None else trusted
        self._hosts = (settings.ALLOWED_HOSTS or LOCAL_HOSTS) if hosts is None else hosts
        self._https = settings.HTTPS if https is None else https

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        origin = header(scope, b"origin")
        trusted = is_own_fetch(scope) if origin is None else self._is_trusted(origin, scope)
        if origin is not None and not trusted and not has_credential(scope):
            raise Refused(CloseCode.ORIGIN_NOT_ALLOWED)
        context = replace(scope["context"], origin=origin, origin_trusted=trusted)
        return self._application({**scope, "context": context}, receive, send)

    def _is_trusted(self, origin: str, scope: Scope) -> bool:
        return origin in self._trusted or is_own(origin, scope, hosts=self._hosts, https=self._https)


def is_own_fetch(scope: Scope) -> bool:
    """A page of this site that asks for HTTP push: browsers send no Origin with its GET, but say this, unforgeably."""
    return scope["type"] == "http" and header(scope, b"sec-fetch-site") == "same-origin"


def is_own(origin: str, scope: Scope, *, hosts: Sequence[str], https: bool) -> bool:
    """The origin of this very site: the same scheme, host and port."""
    host = header(scope, b"host") or ""
    if not validate_host(split_domain_port(host)[0], hosts):
        return False
    scheme = "https" if https or is_secure(scope) else "http"
    return origin == f"{scheme}://{host}".lower()


def has_credential(scope: Scope) -> bool:
    bearer = (header(scope, b"authorization") or "").lower().startswith("bearer ")
    return bearer or scope["hello"].ticket is not None
