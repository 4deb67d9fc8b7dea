"""The API over plain HTTP, where the site is served over HTTPS."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from widgetapp.middleware import GetResponse, is_api
from widgetapp.problems import plain_problem

CODE = "https_required"


class HttpsApi:
    """Middleware, before SecurityMiddleware. A browser is redirected and learns it for good; a program would follow
    each time, its token on the wire, and repeat a POST as a GET. So it is told.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not settings.SECURE_SSL_REDIRECT or request.is_secure() or not is_api(request):
            return self._get_response(request)
        detail = (
            f"ask https://{request.get_host()}{request.path} instead; a token that was sent here was sent in the clear"
        )
        return plain_problem(403, CODE, "This API is served over HTTPS only", detail)
