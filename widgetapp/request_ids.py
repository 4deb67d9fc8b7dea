"""An id for every HTTP request: told back, and written into the log and into problems."""

import contextvars
import logging
import re
import secrets
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

# Where a request keeps its id: Django logs refusals when every middleware is done with them.
LOGGED_AS = "widgetapp.request_id"

_SANE = re.compile(r"[A-Za-z0-9._-]{1,64}\Z")
_current: contextvars.ContextVar[str] = contextvars.ContextVar("request_id", default="")


def current_request_id() -> str:
    return _current.get()


def sane_request_id(given: str | None) -> str:
    """What the client calls its request, if that can be written into logs; else empty."""
    return given if given and _SANE.match(given) else ""


class RequestIdOfLine(logging.Filter):
    """Gives a line of the log the id of the request it is about, so that an answer's `request_id` finds it."""

    def filter(self, record: logging.LogRecord) -> bool:
        meta = getattr(getattr(record, "request", None), "META", {})
        found = current_request_id() or meta.get(LOGGED_AS, "")
        record.about = f" [{found}]" if found else ""
        return True


class RequestIdMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request_id = sane_request_id(request.headers.get("X-Request-ID")) or secrets.token_hex(8)
        token = _current.set(request_id)
        request.META[LOGGED_AS] = request_id
        try:
            response = self._get_response(request)
            response["X-Request-ID"] = request_id
            return response
        finally:
            _current.reset(token)
