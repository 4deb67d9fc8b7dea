"""How many writes a person may make, whatever they write: one bucket each, filled at `ACTIONS_PER_MINUTE` up to
`ACTIONS_BURST`. Who is not signed in is counted by address.

Buckets live in this process. Several workers share the numbers out between them, so that each can tell the truth about
its own without asking the others.
"""

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from accounts.models import User
from streaming.forwarded import address_key
from widgetapp.middleware import is_api

SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
SWEEP_FROM = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What one bucket of this worker holds, and how fast it fills."""

    burst: int
    per_second: float

    @property
    def window_seconds(self) -> int:
        """Until an empty bucket is full."""
        return math.ceil(self.burst / self.per_second)


def policy() -> Policy:
    burst = max(1, settings.ACTIONS_BURST // settings.WORKERS)
    return Policy(burst=burst, per_second=settings.ACTIONS_PER_MINUTE / 60 / settings.WORKERS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """A bucket after it was asked."""

    policy: Policy
    tokens: float
    allowed: bool = True

    @property
    def wait_seconds(self) -> float:
        """Until there is a token."""
        return max(0.0, 1 - self.tokens) / self.policy.per_second

    def headers(self) -> dict[str, str]:
        """`RateLimit` and `RateLimit-Policy`; on a refusal when to come back."""
        said = {
            "RateLimit-Policy": f'"actions";q={self.policy.burst};w={self.policy.window_seconds}',
            "RateLimit": f'"actions";r={int(self.tokens)}',
        }
        return said if self.allowed else {**said, "Retry-After": str(max(1, math.ceil(self.wait_seconds)))}


class Buckets:
    """By who is counted. A bucket that is full again says nothing and goes; no other ever does, so that nobody can push
    out another's by making many.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._found: dict[str, tuple[float, float]] = {}
        self._sweep_at = SWEEP_FROM

    def __len__(self) -> int:
        return len(self._found)

    def look(self, who: str) -> Rate:
        with self._lock:
            return Rate(policy=policy(), tokens=self._tokens(who, policy()))

    def take(self, who: str) -> Rate:
        """One token, if there is one."""
        now = policy()
        with self._lock:
            tokens = self._tokens(who, now)
            if tokens < 1:
                return Rate(policy=now, tokens=tokens, allowed=False)
            self._found[who] = (tokens - 1, self._clock())
            if len(self._found) >= self._sweep_at:
                self._sweep(now)
            return Rate(policy=now, tokens=tokens - 1)

    def clear(self) -> None:
        with self._lock:
            self._found.clear()

    def _tokens(self, who: str, policy: Policy) -> float:
        tokens, at = self._found.get(who, (policy.burst, 0.0))
        return min(policy.burst, tokens + (self._clock() - at) * policy.per_second)

    def _sweep(self, policy: Policy) -> None:
        """At twice the size that was left, so that it costs each take a constant."""
        self._found = {who: held for who, held in self._found.items() if self._tokens(who, policy) < policy.burst}
        self._sweep_at = max(SWEEP_FROM, 2 * len(self._found))


BUCKETS = Buckets()


def counted(request: Any) -> str:
    """Whose bucket a request uses; `request` is Django's or DRF's."""
    user = getattr(request, "user", None)
    return f"person {user.pk}" if isinstance(user, User) else f"address {address_key(request.META['REMOTE_ADDR'])}"


def count(request: Any) -> Rate:
    """A write takes a token, anything else looks."""
    return BUCKETS.look(counted(request)) if request.method in SAFE else BUCKETS.take(counted(request))


class WriteThrottle(BaseThrottle):
    """Of the API: it is known only here whose token was sent."""

    def allow_request(self, request: Request, view: Any) -> bool:
        self._rate = request._request.rate = count(request)  # type: ignore[attr-defined]
        return self._rate.allowed

    def wait(self) -> float:
        return self._rate.wait_seconds


class WriteRates:
    """Middleware. Counts the forms of pages, and tells on every answer that was counted how the bucket stands."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        counts = request.method not in SAFE and not is_api(request)
        refused = counts and not self._counted(request)
        response = render(request, "too_fast.html", status=429) if refused else self._get_response(request)
        rate: Rate | None = getattr(request, "rate", None)
        for name, value in rate.headers().items() if rate else ():
            response[name] = value
        return response

    def _counted(self, request: HttpRequest) -> bool:
        rate = request.rate = count(request)  # type: ignore[attr-defined]
        return rate.allowed
