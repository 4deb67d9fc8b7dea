"""What lies between the caller and us: forwarded headers are believed only from `TRUSTED_PROXIES` (A2)."""

import ipaddress
from functools import lru_cache

from django.conf import settings

from streaming.asgi_types import Scope, header, headers

# As published by Cloudflare on its page of IP ranges.
CLOUDFLARE = (
    "173.245.48.0/20 103.21.244.0/22 103.22.200.0/22 103.31.4.0/22 141.101.64.0/18 108.162.192.0/18 190.93.240.0/20 "
    "188.114.96.0/20 197.234.240.0/22 198.41.128.0/17 162.158.0.0/15 104.16.0.0/13 104.24.0.0/14 172.64.0.0/13 "
    "131.0.72.0/22 2400:cb00::/32 2606:4700::/32 2803:f800::/32 2405:b500::/32 2405:8100::/32 2a06:98c0::/29 "
    "2c0f:f248::/32"
)
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@lru_cache(maxsize=8)
def _networks(proxies: tuple[str, ...]) -> tuple[Network, ...]:
    words = " ".join(CLOUDFLARE if proxy == "cloudflare" else proxy for proxy in proxies).split()
    return tuple(ipaddress.ip_network(word, strict=False) for word in words)


@lru_cache(maxsize=4096)
def is_trusted(address: str, proxies: tuple[str, ...]) -> bool:
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(ip.version == network.version and ip in network for network in _networks(proxies))


def client_address(scope: Scope) -> str:
    """The address of the caller: the peer, or what trusted proxies say, read from the nearest hop outwards."""
    peer = scope.get("client")
    address = str(peer[0]) if peer else ""
    proxies = tuple(settings.TRUSTED_PROXIES)
    if not proxies or not is_trusted(address, proxies):
        return address
    if "cloudflare" in proxies and (given := header(scope, b"cf-connecting-ip")):
        return given.strip()
    # A proxy may add a line of its own below the caller's.
    for hop in reversed(",".join(headers(scope, b"x-forwarded-for")).split(",")):
        if hop.strip():
            address = hop.strip()
            if not is_trusted(address, proxies):
                break
    return address


def comes_from_proxy(scope: Scope) -> bool:
    """Whether the peer is one whose forwarded headers are believed."""
    peer = scope.get("client")
    return peer is not None and is_trusted(str(peer[0]), tuple(settings.TRUSTED_PROXIES))


def is_secure(scope: Scope) -> bool:
    """Encrypted up to us, or up to the trusted proxy that says so."""
    if scope.get("scheme") in ("https", "wss"):
        return True
    return comes_from_proxy(scope) and (header(scope, b"x-forwarded-proto") or "").strip().lower() in ("https", "wss")
