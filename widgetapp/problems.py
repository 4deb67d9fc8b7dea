"""Errors as RFC 9457 problem+json: every way something can be refused is translated here, once."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.core.exceptions import ValidationError as ValueRefused
from django.db import DataError, InterfaceError, OperationalError
from django.http import Http404, JsonResponse
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from accounts.quotas import QuotaSpent
from things.errors import ThingsError
from widgetapp.problem_json import MEDIA_TYPE, problem
from widgetapp.renderers import JSONRenderer

logger = logging.getLogger(__name__)


class Problem(Response):
    """problem+json, whatever the endpoint answers with else; or a page of the browsable API for who asked for one."""

    @property
    def rendered_content(self) -> Any:
        if self.accepted_renderer.format != "api":
            self.accepted_renderer = JSONRenderer()
            self.content_type = MEDIA_TYPE
        return super().rendered_content


def problem_response(
    status: int,
    code: str,
    title: str,
    detail: str = "",
    errors: Sequence[Mapping[str, Any]] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    return Problem(problem(status, code, title, detail, errors), status=status, headers=dict(headers or {}))


CODES = {
    exceptions.NotAuthenticated: ("not_authenticated", "Sign in, or send a token"),
    exceptions.AuthenticationFailed: ("authentication_failed", "The credential is not valid"),
    exceptions.PermissionDenied: ("permission_denied", "This is not allowed"),
    exceptions.NotFound: ("not_found", "There is nothing here, or not for you"),
    exceptions.MethodNotAllowed: ("method_not_allowed", "This path does not take this method"),
    exceptions.NotAcceptable: ("not_acceptable", "No such representation"),
    exceptions.UnsupportedMediaType: ("unsupported_media_type", "Send application/json"),
    exceptions.Throttled: ("rate_limited", "Too many requests"),
}


def exception_handler(error: Exception, context: dict[str, Any]) -> Response:
    """For DRF: everything an endpoint can raise becomes a problem; the unexpected is logged and is a 500."""
    set_rollback()
    if isinstance(error, ThingsError):
        return problem_response(error.status, error.code, error.title, error.detail, error.errors)
    if isinstance(error, QuotaSpent):
        wait = {"Retry-After": str(error.retry_after_seconds)}
        return problem_response(429, error.code, error.title, error.detail, headers=wait)
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    elif isinstance(error, RequestDataTooBig):
        return problem_response(413, "too_large", "The request is too large")
    elif isinstance(error, InterfaceError | OperationalError):
        logger.warning("the database does not answer: %s", error)
        return problem_response(503, "unavailable", "Try again in a moment", headers={"Retry-After": "1"})
    if isinstance(error, ValueRefused | DataError):
        # Of a value that the database cannot hold; what can be said of it is said before, where it is read.
        logger.warning("a value was refused late: %s", error)
        return problem_response(422, "invalid", "The request is not valid")
    if isinstance(error, exceptions.ValidationError):
        return problem_response(422, "invalid", "The request is not valid", errors=list(pointers(error.detail)))
    if isinstance(error, exceptions.APIException):
        return _api_problem(error)
    logger.exception("an endpoint broke", exc_info=error)
    return problem_response(500, "internal", "Something broke here. It was logged.")


def _api_problem(error: exceptions.APIException) -> Response:
    code, title = next(
        (named for kind, named in CODES.items() if type(error) is kind), (error.default_code, str(error.default_detail))
    )
    headers = {}
    if (challenge := getattr(error, "auth_header", None)) is not None:
        headers["WWW-Authenticate"] = challenge
    if (wait := getattr(error, "wait", None)) is not None:
        headers["Retry-After"] = str(max(1, round(wait)))
    return problem_response(error.status_code, code, title, str(error.detail), headers=headers)


def pointers(detail: Any, pointer: str = "") -> list[dict[str, Any]]:
    """DRF's nested messages as a flat list with JSON pointers."""
    if isinstance(detail, dict):
        return [found for key, below in detail.items() for found in pointers(below, f"{pointer}/{key}")]
    if isinstance(detail, list):
        nested = any(isinstance(entry, dict | list) for entry in detail)
        parts = [(f"{pointer}/{index}" if nested else pointer, entry) for index, entry in enumerate(detail)]
        return [found for place, entry in parts for found in pointers(entry, place)]
    place = pointer.removesuffix("/non_field_errors")
    return [{"pointer": place, "code": getattr(detail, "code", "invalid"), "detail": str(detail)}]


def plain_problem(
    status: int, code: str, title: str, detail: str = "", headers: Mapping[str, str] | None = None
) -> JsonResponse:
    """For what is answered outside DRF, below /api/."""
    body = problem(status, code, title, detail)
    return JsonResponse(body, status=status, content_type=MEDIA_TYPE, headers=dict(headers or {}))
