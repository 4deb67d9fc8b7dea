"""A token bucket for editor actions, kept in the cache: so many a minute, with a burst."""

import time
from typing import Any

from django.conf import settings
from django.core.cache import cache
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from things.api.access import actor_of


class ActionThrottle(BaseThrottle):
    """One bucket a person. Two requests at the very same moment may count as one: this is courtesy, not security."""

    def __init__(self) -> None:
        self._wait = 0.0

    def allow_request(self, request: Request, view: Any) -> bool:
        user = actor_of(request)
        who = str(user.pk) if user else self.get_ident(request)
        rate, burst = settings.ACTIONS_PER_MINUTE / 60, settings.ACTIONS_BURST
        now = time.time()
        tokens, at = cache.get(f"actions:{who}", (burst, now))
        tokens = min(burst, tokens + max(0.0, now - at) * rate)
        if tokens < 1:
            self._wait = (1 - tokens) / rate
            return False
        cache.set(f"actions:{who}", (tokens - 1, now), timeout=120)
        view.tokens_left = int(tokens - 1)
        return True

    def wait(self) -> float:
        return self._wait
