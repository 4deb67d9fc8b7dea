"""The one exception of the Content-Security-Policy: pages that DRF draws carry inline style."""

from collections.abc import Callable
from typing import Any

from csp.constants import UNSAFE_INLINE
from django.http import HttpRequest, HttpResponseBase

DRAWN_BY_DRF = {"api", "html", "admin"}


class BrowsableApiStyle:
    """Stands inside CSPMiddleware, which reads what it leaves on the response."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        renderer: Any = getattr(response, "accepted_renderer", None)
        if getattr(renderer, "format", None) in DRAWN_BY_DRF:
            asked = getattr(response, "_csp_update", {})
            response._csp_update = {**asked, "style-src": [UNSAFE_INLINE]}  # type: ignore[attr-defined]
        return response
