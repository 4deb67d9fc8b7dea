"""What lies between the caller and us: forwarded headers are believed only from `TRUSTED_PROXIES` (A2).

Every address that leaves this module was parsed, so it is safe to show, and it has one spelling: an IPv4 address in
IPv6 clothes is the IPv4 address, and a zone (`%eth0`) is left out.
"""

import ipaddress
from collections.abc import Iterator
from functools import lru_cache

from django.conf import settings

from streaming.asgi_types import Scope, header, headers

CLOUDFLARE_PRESET = "cloudflare"
# As published by Cloudflare on its page of IP ranges.
CLOUDFLARE = (
    "173.245.48.0/20 103.21.244.0/22 103.22.200.0/22 103.31.4.0/22 141.101.64.0/18 108.162.192.0/18 190.93.240.0/20 "
    "188.114.96.0/20 197.234.240.0/22 198.41.128.0/17 162.158.0.0/15 104.16.0.0/13 104.24.0.0/14 172.64.0.0/13 "
    "131.0.72.0/22 2400:cb00::/32 2606:4700::/32 2803:f800::/32 2405:b500::/32 2405:8100::/32 2a06:98c0::/29 "
    "2c0f:f248::/32"
)
# Who holds one address of a /64 holds them all.
IPV6_KEY_BITS = 64
ADDRESS_CHARACTERS = 64
SECURE_SCHEMES = {"https", "wss"}

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@lru_cache(maxsize=4096)
def parsed(text: str) -> Address | None:
    """The address that this is, or None."""
    if len(text) > ADDRESS_CHARACTERS:
        return None
    try:
        address = ipaddress.ip_address(text.strip().partition("%")[0])
    except ValueError:
        return None
    return (isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped) or address


def hop(text: str) -> Address | None:
    """An address as some proxies write it into `X-Forwarded-For`: perhaps in brackets, perhaps with a port."""
    text = text.strip()
    if text.startswith("["):
        return parsed(text[1:].partition("]")[0])
    return parsed(text.partition(":")[0] if text.count(":") == 1 else text)


def address_key(address: str) -> str:
    """What is counted for an address: itself, of IPv6 its /64. What is no address has one key for all of it."""
    found = parsed(address)
    if found is None:
        return ""
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    return str(ipaddress.IPv6Network((int(found), IPV6_KEY_BITS), strict=False))


@lru_cache(maxsize=8)
def networks(proxies: tuple[str, ...]) -> tuple[Network, ...]:
    """Those named, the preset left out; ValueError for what is no network."""
    return tuple(ipaddress.ip_network(proxy, strict=False) for proxy in proxies if proxy != CLOUDFLARE_PRESET)


CLOUDFLARE_NETWORKS = networks(tuple(CLOUDFLARE.split()))


def is_within(address: Address | None, among: tuple[Network, ...]) -> bool:
    return address is not None and any(address.version == network.version and address in network for network in among)


def peer_of(scope: Scope) -> Address | None:
    peer = scope.get("client")
    return parsed(str(peer[0])) if peer else None


def client_address(scope: Scope) -> str:
    """The address of the caller: the peer, or what trusted proxies say. Empty for a peer without an address."""
    address = nearest_stranger(scope)
    if is_cloudflare(address):
        address = cloudflare_client(scope) or address
    return str(address) if address is not None else ""


def nearest_stranger(scope: Scope) -> Address | None:
    """The first address, from the peer outwards, that is not of our own proxies."""
    address, own = peer_of(scope), networks(tuple(settings.TRUSTED_PROXIES))
    for further in hops(scope):
        if not is_within(address, own) or further is None:
            break  # what a proxy says that is no address leaves the proxy itself
        address = further
    return address


def hops(scope: Scope) -> Iterator[Address | None]:
    """`X-Forwarded-For` from the nearest hop outwards. A proxy may add a line of its own below the caller's."""
    for text in reversed(",".join(headers(scope, b"x-forwarded-for")).split(",")):
        if text.strip():
            yield hop(text)


def is_cloudflare(address: Address | None) -> bool:
    return CLOUDFLARE_PRESET in settings.TRUSTED_PROXIES and is_within(address, CLOUDFLARE_NETWORKS)


def cloudflare_client(scope: Scope) -> Address | None:
    """What Cloudflare says, once and as an address."""
    given = list(headers(scope, b"cf-connecting-ip"))
    return parsed(given[0]) if len(given) == 1 else None


def cloudflare_header(scope: Scope, name: bytes) -> str:
    """A further header of Cloudflare's, if the request came through it."""
    return (header(scope, name) or "") if is_cloudflare(nearest_stranger(scope)) else ""


def is_secure(scope: Scope) -> bool:
    """Encrypted up to us, or up to the trusted proxies, all of which say so."""
    if scope.get("scheme") in SECURE_SCHEMES:
        return True
    said = [word.strip().lower() for word in ",".join(headers(scope, b"x-forwarded-proto")).split(",")]
    return comes_from_proxy(scope) and SECURE_SCHEMES.issuperset(said)


def comes_from_proxy(scope: Scope) -> bool:
    """Whether the peer is one whose forwarded headers are believed."""
    peer = peer_of(scope)
    return is_within(peer, networks(tuple(settings.TRUSTED_PROXIES))) or is_cloudflare(peer)
