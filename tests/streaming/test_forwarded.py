"""Whose address it is: parsed, and believed only from whom it may be (A2)."""

from typing import Any

import pytest

from streaming import checks
from streaming.asgi_types import Scope
from streaming.forwarded import address_key, client_address, cloudflare_header, is_secure

EDGE, EDGE6, OWN, STRANGER = "173.245.48.9", "2400:cb00::9", "10.0.0.1", "192.0.2.66"
CLIENT = "203.0.113.5"


def scope_of(peer: str | None, *headers: tuple[str, str], scheme: str = "http") -> Scope:
    named = [(name.encode(), value.encode()) for name, value in headers]
    return {"client": (peer, 5) if peer is not None else None, "scheme": scheme, "headers": named}


def cf(value: str) -> tuple[str, str]:
    return ("cf-connecting-ip", value)


def xff(value: str) -> tuple[str, str]:
    return ("x-forwarded-for", value)


@pytest.mark.parametrize(
    ("peer", "headers", "expected"),
    [
        (EDGE, [cf(CLIENT)], CLIENT),
        (EDGE6, [cf("2001:db8::5")], "2001:db8::5"),
        (f"::ffff:{EDGE}", [cf(CLIENT)], CLIENT),
        # Behind a proxy of ours: it says that Cloudflare asked.
        (OWN, [xff(f"{CLIENT}, {EDGE}"), cf(CLIENT)], CLIENT),
        (OWN, [xff(f"{EDGE}, 10.0.0.7"), cf(CLIENT)], CLIENT),
        # The proxy of ours asked for somebody else, or for nobody: the caller may have written the header.
        (OWN, [cf(CLIENT)], OWN),
        (OWN, [xff(STRANGER), cf(CLIENT)], STRANGER),
        (OWN, [xff(f"{EDGE}, {STRANGER}"), cf(CLIENT)], STRANGER),
        (STRANGER, [xff(EDGE), cf(CLIENT)], STRANGER),
        # Twice, or no address.
        (EDGE, [cf(CLIENT), cf("203.0.113.6")], EDGE),
        (EDGE, [cf(f"{CLIENT}, 203.0.113.6")], EDGE),
        (EDGE, [cf("<script>alert(1)</script>")], EDGE),
        (EDGE, [cf("1" * 5000)], EDGE),
        (EDGE, [cf("")], EDGE),
        (EDGE, [cf("fe80::1%<script>")], "fe80::1"),
        # Cloudflare's line of X-Forwarded-For begins with what the caller wrote.
        (EDGE, [xff(CLIENT)], EDGE),
        # Hops as proxies write them, and hops that are none.
        (OWN, [xff(f"{CLIENT}:4711")], CLIENT),
        (OWN, [xff("[2001:db8::5]:4711")], "2001:db8::5"),
        (OWN, [xff(f"::ffff:{CLIENT}")], CLIENT),
        (OWN, [xff("unknown")], OWN),
        (OWN, [xff(f"{CLIENT}, <b>")], OWN),
        (OWN, [xff(f"{CLIENT}, 10.0.0.2, ,")], CLIENT),
        ("fe80::1%eth0", [], "fe80::1"),
        ("", [xff(CLIENT)], ""),
        (None, [xff(CLIENT)], ""),
    ],
)
def test_a2_the_address(peer: str | None, headers: list[tuple[str, str]], expected: str, settings: Any) -> None:
    settings.TRUSTED_PROXIES = ["cloudflare", "10.0.0.0/8"]
    assert client_address(scope_of(peer, *headers)) == expected


@pytest.mark.parametrize("proxies", [[], ["10.0.0.0/8"]])
def test_a2_cloudflare_is_nobody_unless_named(proxies: list[str], settings: Any) -> None:
    settings.TRUSTED_PROXIES = proxies
    assert client_address(scope_of(EDGE, cf(CLIENT))) == EDGE
    assert cloudflare_header(scope_of(EDGE, ("cf-ray", "abc")), b"cf-ray") == ""


def test_a2_an_ipv4_proxy_in_ipv6_clothes_is_trusted(settings: Any) -> None:
    settings.TRUSTED_PROXIES = ["127.0.0.1"]
    assert client_address(scope_of("::ffff:127.0.0.1", xff(CLIENT))) == CLIENT


@pytest.mark.parametrize(
    ("peer", "said", "expected"),
    [
        (OWN, ["https"], True),
        (OWN, ["HTTPS, wss"], True),
        (OWN, ["https, http"], False),
        (OWN, ["https", "http"], False),
        (OWN, [""], False),
        (OWN, [], False),
        (EDGE, ["https"], True),
        (STRANGER, ["https"], False),
        (None, ["https"], False),
    ],
)
def test_a2_the_scheme(peer: str | None, said: list[str], expected: bool, settings: Any) -> None:
    settings.TRUSTED_PROXIES = ["cloudflare", "10.0.0.0/8"]
    assert is_secure(scope_of(peer, *(("x-forwarded-proto", one) for one in said))) is expected
    assert is_secure(scope_of(peer, scheme="https"))


def test_an_address_is_counted_once_whatever_it_wears() -> None:
    assert address_key(CLIENT) == address_key(f"::ffff:{CLIENT}") == CLIENT
    assert address_key("2001:db8:0:1::5") == address_key("2001:db8:0:1:ffff::9%eth0") == "2001:db8:0:1::/64"
    assert address_key("2001:db8:0:2::5") != address_key("2001:db8:0:1::5")
    assert address_key("") == address_key("<script>") == ""


def test_a_proxy_that_is_no_network_is_told_at_the_start(settings: Any) -> None:
    settings.TRUSTED_PROXIES = ["cloudflare", "10.0.0.0/8"]
    assert checks.proxies_are_networks() == []
    settings.TRUSTED_PROXIES = ["my-proxy"]
    assert [message.id for message in checks.proxies_are_networks()] == ["streaming.E003"]
