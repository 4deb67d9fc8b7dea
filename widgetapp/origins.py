"""Pages of other origins (`API_ORIGINS`): what django-cors-headers leaves unsaid."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from widgetapp.middleware import GetResponse, is_api
from widgetapp.problems import plain_problem

CODE = "origin_not_allowed"


class RefusedPreflights:
    """Middleware, before CorsMiddleware. A preflight that would be refused without a word says what would allow it."""

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not (is_api(request) and is_preflight(request)):
            return self._get_response(request)
        if request.headers["Origin"] not in settings.API_ORIGINS:
            origin = request.headers["Origin"][:200]
            detail = f"{origin} is not in the setting API_ORIGINS of this site; whoever runs it can add it"
            return plain_problem(403, CODE, "Pages of this origin may not use the API", detail, {"Vary": "Origin"})
        response = self._get_response(request)
        del response["Content-Type"]  # there is no content, and it would be HTML
        return response


def is_preflight(request: HttpRequest) -> bool:
    asked = {"Origin", "Access-Control-Request-Method"}
    return request.method == "OPTIONS" and all(name in request.headers for name in asked)
