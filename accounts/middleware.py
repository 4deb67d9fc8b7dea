"""What the doors have to say to a browser: a door that is shut for now, and a device that is known from now on."""

import math
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts import devices
from accounts.doors import TooManyTries


class DoorsMiddleware:
    """Whatever page verifies something, `TooManyTries` is a 429 that says when to come back."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._get_response(request)
        devices.tell(request, response)
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, TooManyTries):
            return None
        page = render(request, "accounts/throttled.html", {"minutes": math.ceil(error.wait / 60)}, status=429)
        page["Retry-After"] = str(error.wait)
        page["Cache-Control"] = "no-store"
        return page
