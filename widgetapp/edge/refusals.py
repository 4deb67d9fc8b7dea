"""What the edge refuses, before Django hears of it: to programs as problem+json, elsewhere as a line of text."""

import json
import secrets
from collections.abc import Iterator
from http import HTTPStatus

from django.conf import settings
from prometheus_client import Counter

from streaming.asgi_types import Scope, Send, header
from streaming.forwarded import is_secure
from widgetapp.problem_json import MEDIA_TYPE, problem
from widgetapp.request_ids import sane_request_id

Headers = list[tuple[bytes, bytes]]

refusals = Counter("http_refusals", "Requests that the edge refused", ["code"])


class Refused(Exception):
    """`unread`: the rest of the request will not be read, so its connection ends."""

    status = HTTPStatus.BAD_REQUEST
    code = "malformed"
    title = "The request cannot be read"
    unread = False
    retry_seconds = 0

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail)
        self.detail = detail


class Malformed(Refused):
    unread = True


class ForeignHost(Refused):
    code = "host"
    title = "This site is not served under that name"
    unread = True


class NoSuchPath(Refused):
    status = HTTPStatus.NOT_FOUND
    code = "not_found"
    title = "There is nothing at this path"
    unread = True


class RequestTimeout(Refused):
    status = HTTPStatus.REQUEST_TIMEOUT
    code = "timeout"
    title = "The body did not come in time"
    unread = True


class BodyTooLarge(Refused):
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    code = "too_large"
    title = "The request is too large"
    unread = True


class HeadersTooLarge(Refused):
    status = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
    code = "headers_too_large"
    title = "The request line and headers are too large"
    unread = True


class RateLimited(Refused):
    status = HTTPStatus.TOO_MANY_REQUESTS
    code = "rate_limited"
    title = "Too many requests from your address"
    unread = True

    def __init__(self, retry_seconds: int) -> None:
        super().__init__(f"try again in {retry_seconds} s")
        self.retry_seconds = retry_seconds


class Busy(Refused):
    status = HTTPStatus.SERVICE_UNAVAILABLE
    code = "busy"
    title = "The server is busy: try again in a moment"
    retry_seconds = 1


class BusyUnread(Busy):
    unread = True


class Broken(Refused):
    """Not the caller's fault; it was logged."""

    status = HTTPStatus.INTERNAL_SERVER_ERROR
    code = "internal"
    title = "Something broke here. It was logged."


def answer_of(refused: Refused, path: str, request_id: str) -> tuple[Headers, bytes]:
    """Headers and body, and it is counted. Without a path, which was not read, nobody but a program is there."""
    refusals.labels(refused.code).inc()
    if not path or path.startswith(("/api/", "/_stream")):
        body = json.dumps({**problem(refused.status, refused.code, refused.title, refused.detail),
                           "request_id": request_id}).encode()  # fmt: skip
        media_type = MEDIA_TYPE
    else:
        body = f"{refused.status.value} {refused.detail or refused.title}\n".encode()
        media_type = "text/plain; charset=utf-8"
    headers = [
        (b"content-type", media_type.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        (b"x-request-id", request_id.encode()),
        (b"x-content-type-options", b"nosniff"),
    ]
    return headers + list(_consequences(refused)), body


def _consequences(refused: Refused) -> Iterator[tuple[bytes, bytes]]:
    if refused.retry_seconds:
        yield (b"retry-after", str(refused.retry_seconds).encode())
    if refused.unread:
        yield (b"connection", b"close")


async def refuse(refused: Refused, scope: Scope, send: Send) -> None:
    request_id = sane_request_id(header(scope, b"x-request-id")) or secrets.token_hex(8)
    headers, body = answer_of(refused, scope["path"], request_id)
    await send(
        {
            "type": "http.response.start",
            "status": refused.status.value,
            "headers": [*headers, *transport(scope), *origin(scope)],
        }
    )
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


def origin(scope: Scope) -> Headers:
    """So that a page of another origin that may use the API can read why it was refused, and when to come back."""
    asking = header(scope, b"origin")
    if asking is None or asking not in settings.API_ORIGINS or not scope["path"].startswith("/api/"):
        return []
    exposed = ", ".join(settings.CORS_EXPOSE_HEADERS).encode()
    return [
        (b"access-control-allow-origin", asking.encode("latin-1")),
        (b"access-control-expose-headers", exposed),
        (b"vary", b"Origin"),
    ]


def transport(scope: Scope) -> Headers:
    """Strict-Transport-Security as Django's SecurityMiddleware says it, for what Django does not answer."""
    if not settings.SECURE_HSTS_SECONDS or not is_secure(scope):
        return []
    words = [f"max-age={settings.SECURE_HSTS_SECONDS}"]
    words += ["includeSubDomains"] if settings.SECURE_HSTS_INCLUDE_SUBDOMAINS else []
    words += ["preload"] if settings.SECURE_HSTS_PRELOAD else []
    return [(b"strict-transport-security", "; ".join(words).encode())]
