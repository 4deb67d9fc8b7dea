"""What Django answers where no view does: below /api/ a problem, elsewhere its own page."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import DataError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.urls import Resolver404, resolve, reverse
from django.views import defaults
from django.views.csrf import csrf_failure as csrf_page
from django.views.decorators.csrf import csrf_exempt

from accounts.authentication import CsrfFailed
from widgetapp.middleware import GetResponse, is_api
from widgetapp.problems import plain_problem


@csrf_exempt
def unknown_path(request: HttpRequest, path: str = "") -> JsonResponse:
    """Every method, with and without a credential: there is nothing to protect."""
    right = right_path(request.path_info)
    detail = f"There is nothing at this path; there is at {right}" if right else ""
    return plain_problem(404, "not_found", "There is nothing at this path", detail)


def right_path(path: str) -> str:
    """The path that was meant, if only its last slash is wrong; else nothing."""
    meant = path.removesuffix("/") if path.endswith("/") else f"{path}/"
    try:
        found = resolve(meant)
    except Resolver404:
        return ""
    return "" if found.func is unknown_path else meant


class UnreadableAdmin:
    """Middleware. The admin passes on ids and look-ups as they were sent: what is no id, or what the database cannot
    read (U+0000, half a regular expression), is a bad request.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponseBase | None:
        unreadable = isinstance(error, ValidationError | DataError)
        return bad_request(request, error) if unreadable and request.path.startswith(reverse("admin:index")) else None


def csrf_failure(request: HttpRequest, reason: str = "", **more: Any) -> HttpResponseBase:
    if is_api(request):
        return plain_problem(403, CsrfFailed.default_code, str(CsrfFailed.default_detail), reason)
    return csrf_page(request, reason=reason, **more)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    if is_api(request):
        return plain_problem(400, "malformed", "The request is not HTTP as this site reads it")
    return defaults.bad_request(request, exception)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    if is_api(request):
        return plain_problem(403, "permission_denied", "This is not allowed")
    return defaults.permission_denied(request, exception)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    return unknown_path(request) if is_api(request) else defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponseBase:
    if is_api(request):
        return plain_problem(500, "internal", "Something broke here. It was logged.")
    return defaults.server_error(request)
