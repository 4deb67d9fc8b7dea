"""A refusal of HTTP push before its first byte: a problem document (RFC 9457), and what `Accept` allows (E1)."""

import json
from collections.abc import Iterator, Sequence
from http import HTTPStatus
from typing import Any

from django.conf import settings

from streaming.asgi_types import Send
from streaming.close_codes import CloseCode

EVENTS = "text/event-stream"
LATER = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
LATER_SECONDS = 5
STATUSES = {
    CloseCode.PROTOCOL_ERROR: HTTPStatus.BAD_REQUEST,
    CloseCode.ORIGIN_NOT_ALLOWED: HTTPStatus.FORBIDDEN,
    CloseCode.NOT_SIGNED_IN: HTTPStatus.UNAUTHORIZED,
    CloseCode.CREDENTIAL_EXPIRED: HTTPStatus.UNAUTHORIZED,
    CloseCode.IDENTITY_CHANGED: HTTPStatus.UNAUTHORIZED,
    CloseCode.TOO_MANY_CONNECTIONS: HTTPStatus.TOO_MANY_REQUESTS,
    CloseCode.INTERNAL_ERROR: HTTPStatus.INTERNAL_SERVER_ERROR,
}
Headers = Sequence[tuple[bytes, bytes]]


def status_of(code: CloseCode) -> HTTPStatus:
    return STATUSES.get(code, HTTPStatus.SERVICE_UNAVAILABLE)


def common_headers(request_id: str) -> list[tuple[bytes, bytes]]:
    """Of every answer of push, as Django's middlewares set them elsewhere."""
    told = [(b"x-request-id", request_id.encode()), (b"x-content-type-options", b"nosniff")]
    if settings.SECURE_HSTS_SECONDS:
        told.append((b"strict-transport-security", f"max-age={settings.SECURE_HSTS_SECONDS}".encode()))
    return told


async def refuse(
    send: Send, request_id: str, status: HTTPStatus, code: str, detail: str, headers: Headers = ()
) -> None:
    problem: dict[str, Any] = {
        "type": f"/developers/errors/{code}/",
        "title": status.phrase,
        "status": status.value,
        "detail": detail,
        "code": code,
        "errors": [],
        "request_id": request_id,
    }
    body = json.dumps(problem).encode()
    told = [
        (b"content-type", b"application/problem+json"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        (b"vary", b"Accept, Cookie, Authorization"),
        *common_headers(request_id),
        *headers,
    ]
    if status == HTTPStatus.UNAUTHORIZED:
        told.append((b"www-authenticate", b'Bearer realm="stream"'))
    await send({"type": "http.response.start", "status": status.value, "headers": told})
    await send({"type": "http.response.body", "body": body})


def retry_after(status: HTTPStatus, retry: tuple[float, float] | None) -> Headers:
    """The earliest moment to come back, where waiting helps."""
    seconds = round(retry[1]) if retry else LATER_SECONDS if status in LATER else 0
    return [(b"retry-after", str(seconds).encode())] if seconds else []


def wants_events(accept: str) -> bool:
    """Whether `Accept` allows events: the most particular range that fits decides (RFC 9110, 12.5.1). A browser that a
    link sent here names HTML, and events by `*/*` alone: it gets an explanation, not an endless page.
    """
    qualities = dict(ranges(accept)) or {"*/*": 1.0}
    for fitting in (EVENTS, "text/*"):
        if fitting in qualities:
            return qualities[fitting] > 0
    return qualities.get("*/*", 0.0) > 0 and qualities.get("text/html", 0.0) == 0


def ranges(accept: str) -> Iterator[tuple[str, float]]:
    """Every media range with its quality; one that cannot be read counts as 1."""
    for part in accept.split(","):
        name, *parameters = (word.strip().lower() for word in part.split(";"))
        if name:
            yield name, next((quality(word[2:]) for word in parameters if word.startswith("q=")), 1.0)


def quality(text: str) -> float:
    try:
        return min(1.0, max(0.0, float(text)))
    except ValueError:
        return 1.0
