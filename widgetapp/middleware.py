"""What every HTTP request gets: its client's address and scheme, its slash, a page for what was enough for today."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.middleware.common import CommonMiddleware
from django.shortcuts import render

from accounts.quotas import QuotaSpent
from streaming.forwarded import client_address, is_secure

GetResponse = Callable[[HttpRequest], HttpResponse]


def is_api(request: HttpRequest) -> bool:
    """Whether its answer is JSON, whatever becomes of it."""
    return request.path_info.startswith("/api/")


FORWARDED = {
    name: "HTTP_" + name.decode().upper().replace("-", "_")
    for name in (b"cf-connecting-ip", b"x-forwarded-for", b"x-forwarded-proto")
}


class SlashMiddleware(CommonMiddleware):
    """A forgotten slash redirects who reads. For who writes nothing is there: the body would be lost."""

    def should_redirect_with_slash(self, request: HttpRequest) -> bool:
        return request.method in ("GET", "HEAD") and super().should_redirect_with_slash(request)


class EdgeMiddleware:
    """REMOTE_ADDR becomes the caller's address and the scheme the caller's, by the same rules as on the stream (A2)."""

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        meta = request.META
        headers = [(name, meta[key].encode("latin-1", "replace")) for name, key in FORWARDED.items() if key in meta]
        scope = {"client": (meta.get("REMOTE_ADDR", ""), 0), "headers": headers, "scheme": request.scheme}
        meta["REMOTE_ADDR"] = client_address(scope)
        if is_secure(scope):
            # Else a site behind a proxy that ends TLS would redirect to HTTPS for ever.
            meta["wsgi.url_scheme"] = "https"
        return self._get_response(request)


class QuotaMiddleware:
    """A page that says what was enough for today. The API has its own words for it."""

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, QuotaSpent):
            return None
        response = render(request, "429.html", {"detail": error.detail}, status=429)
        response["Retry-After"] = str(error.retry_after_seconds)
        return response
