"""What browsers and proxies may keep of answers that are somebody's own."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

from widgetapp.middleware import GetResponse, is_api


class PrivateAnswers:
    """Middleware. An answer of the API is asked for again each time, with its ETag where it has one; a page for who is
    signed in is not kept at all, or Back would show it after the sign-out; and the end of a session empties the cache.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._get_response(request)
        if is_api(request):
            response.setdefault("Cache-Control", "private, no-cache")
            patch_vary_headers(response, ["Cookie", "Authorization"])
        if settings.SESSION_COOKIE_NAME in request.COOKIES:
            self._forget(response)
        return response

    def _forget(self, response: HttpResponse) -> None:
        if response.get("Content-Type", "").startswith("text/html"):
            response["Cache-Control"] = "no-store"
        session = response.cookies.get(settings.SESSION_COOKIE_NAME)
        if session is not None and not session.value:
            response["Clear-Site-Data"] = '"cache"'
