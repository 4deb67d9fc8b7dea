"""What every HTTP request meets first, that of the stream too: names, host, path and rate, for microseconds."""

import logging
from functools import lru_cache

from django.conf import settings
from django.http.request import split_domain_port, validate_host

from streaming.asgi_types import Application, Receive, Scope, Send, headers
from streaming.forwarded import address_key, client_address
from widgetapp.edge.environ import key_of
from widgetapp.edge.rates import Rates
from widgetapp.edge.refusals import ForeignHost, HeadersTooLarge, Malformed, NoSuchPath, RateLimited, Refused, refuse

logger = logging.getLogger(__name__)


def cleaned(scope: Scope) -> Scope:
    """Without headers whose names would pass for others."""
    kept = [(name, value) for name, value in scope["headers"] if key_of(name) is not None]
    return scope if len(kept) == len(scope["headers"]) else {**scope, "headers": kept}


class Arrival:
    """Passes on what can be served, with `address_key`."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._rates = Rates(settings.REQUESTS_PER_MINUTE / max(1, settings.WORKERS))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope = cleaned(scope)
        address = client_address(scope)
        try:
            self._require(scope, address_key(address))
        except Refused as refused:
            if isinstance(refused, ForeignHost):
                logger.warning("refused a foreign host from %s: %s", address or "-", refused.detail)
            await refuse(refused, scope, send)
            return
        await self._application({**scope, "address_key": address_key(address)}, receive, send)

    def _require(self, scope: Scope, address: str) -> None:
        if wait_seconds := self._rates.wait_seconds(address):
            raise RateLimited(wait_seconds)
        if len(scope["headers"]) > settings.HTTP_HEADER_COUNT:
            raise HeadersTooLarge(f"at most {settings.HTTP_HEADER_COUNT} headers")
        hosts = list(headers(scope, b"host"))
        if len(hosts) != 1:
            raise Malformed("a request names its host, once")
        if not is_served(hosts[0], tuple(settings.ALLOWED_HOSTS)):
            raise ForeignHost(f"{hosts[0][:200]!r} is none of ALLOWED_HOSTS")
        if "\0" in scope["path"] or ".." in scope["path"].split("/"):
            raise NoSuchPath


@lru_cache(maxsize=256)
def is_served(host: str, allowed: tuple[str, ...]) -> bool:
    """As Django asks, before it has to."""
    domain, _ = split_domain_port(host)
    return bool(domain) and validate_host(domain, allowed)
