"""System checks of the filter chain: a wrong one is reported at the start, not by whoever got through it."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.utils.module_loading import import_string

from streaming.forwarded import networks

# Filter → one that has to stand before it, because it finds out what this one needs. Others may stand anywhere.
AFTER = {
    "streaming.filters.throttle.AddressThrottle": "streaming.filters.edge.Edge",
    "streaming.filters.session.Session": "streaming.filters.origin.Origin",
    "accounts.stream_filters.Ticket": "accounts.stream_filters.BearerToken",
    "streaming.filters.throttle.UserThrottle": "accounts.stream_filters.Ticket",
    "streaming.filters.anonymous.Anonymous": "accounts.stream_filters.Ticket",
}


@register
def filters_can_be_loaded(app_configs: Sequence[Any] | None = None, **options: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    for path in settings.STREAM_FILTERS:
        try:
            loaded = import_string(path)
        except ImportError as error:
            found.append(Error(f"STREAM_FILTERS names {path}, which cannot be loaded: {error}", id="streaming.E001"))
        else:
            if not callable(loaded):
                found.append(Error(f"STREAM_FILTERS names {path}, which is no ASGI middleware.", id="streaming.E001"))
    return found


@register
def filters_stand_in_order(app_configs: Sequence[Any] | None = None, **options: Any) -> list[CheckMessage]:
    chain = list(settings.STREAM_FILTERS)
    wrong = [(one, other) for one, other in AFTER.items() if one in chain and other not in chain[: chain.index(one)]]
    hint = "The standard chain is in docs/filters.md."
    return [Error(f"{one} has to come after {other}.", hint=hint, id="streaming.E002") for one, other in wrong]


@register
def proxies_are_networks(app_configs: Sequence[Any] | None = None, **options: Any) -> list[CheckMessage]:
    """Otherwise every request would fail on what was meant to be an address."""
    try:
        networks(tuple(settings.TRUSTED_PROXIES))
    except ValueError as error:
        hint = "Name addresses, networks such as 10.0.0.0/8, or the preset cloudflare."
        return [Error(f"TRUSTED_PROXIES cannot be read: {error}", hint=hint, id="streaming.E003")]
    return []
