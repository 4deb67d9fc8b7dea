"""A request for JSON below /api/ goes past what only pages need: it is a quarter of what a small request costs.

Left out are whitenoise, the language of the reader (an answer to a program is English), CSRF of forms (DRF asks for it
where a session writes), messages, nonces, and pages for what was refused. What their headers say is said here, once;
a test holds both ways to the same words.
"""

from typing import Any

from csp.constants import HEADER
from csp.utils import build_policy
from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.handlers.base import BaseHandler
from django.core.handlers.exception import convert_exception_to_response
from django.http import HttpRequest, HttpResponse
from django.utils import translation

from accounts.middleware import DoorsMiddleware
from widgetapp.middleware import GetResponse, is_api
from widgetapp.rates import WriteRates

PAGES = ("text/html", "application/xhtml+xml")


class Views(BaseHandler):
    """What stands behind every middleware: an address, and the view it names."""

    _view_middleware: list[Any] = []
    _template_response_middleware: list[Any] = []
    _exception_middleware: list[Any] = []

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.get_host()  # a foreign host is refused
        response: HttpResponse = self._get_response(request)  # type: ignore[attr-defined]
        return response


class ShortWay:
    """Middleware: behind what every request needs, in front of what pages need."""

    def __init__(self, get_response: GetResponse) -> None:
        self._long_way = get_response
        views: Any = convert_exception_to_response(Views())
        self._views: Any = SessionMiddleware(AuthenticationMiddleware(WriteRates(DoorsMiddleware(views))))
        self._headers = {
            "X-Frame-Options": settings.X_FRAME_OPTIONS,
            HEADER: build_policy(),
            "Content-Language": settings.LANGUAGE_CODE,
        }

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not is_for_program(request):
            return self._long_way(request)
        translation.activate(settings.LANGUAGE_CODE)
        response: HttpResponse = self._views(request)
        for name, value in self._headers.items():
            response.headers.setdefault(name, value)
        if not response.streaming:
            response.headers["Content-Length"] = str(len(response.content))
        return response


def is_for_program(request: HttpRequest) -> bool:
    """Nobody reads it as a page: neither `Accept` nor `?format=` asks for one."""
    accept = request.META.get("HTTP_ACCEPT", "")
    return is_api(request) and "format" not in request.GET and not any(page in accept for page in PAGES)
