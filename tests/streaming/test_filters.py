"""Each filter adds what it is for, or refuses with its code (A1, A2, B4)."""

import ast
import asyncio
import re
from dataclasses import FrozenInstanceError
from functools import partial
from io import StringIO
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from streaming import checks
from streaming.asgi_types import Receive, Scope, Send
from streaming.context import RequestContext
from streaming.errors import Refused
from streaming.filters.anonymous import Anonymous
from streaming.filters.edge import Edge
from streaming.filters.locale import Locale
from streaming.filters.secure import Secure
from streaming.filters.throttle import AddressThrottle, UserThrottle
from tests.servers import ROOT

FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef
CLOUDFLARE_PEER = "173.245.48.9"


def scope_of(peer: str = "192.0.2.7", scheme: str = "ws", user: Any = None, **headers: str) -> Scope:
    named = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    context = RequestContext(user=user, address=peer)
    return {"client": (peer, 5), "scheme": scheme, "headers": named, "context": context}


async def passed(filter: Any, scope: Scope) -> RequestContext:
    """The context that reaches what is behind the filter."""
    seen: list[RequestContext] = []

    async def behind(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope["context"])

    await filter(behind)(scope, None, None)
    return seen[0]


async def code_of(filter: Any, scope: Scope) -> int:
    with pytest.raises(Refused) as refused:
        await passed(filter, scope)
    return int(refused.value.code)


@pytest.mark.parametrize("peer", [CLOUDFLARE_PEER, "192.0.2.7"])
async def test_a2_the_edge_is_believed_only_from_its_own_addresses(peer: str, settings: Any) -> None:
    settings.TRUSTED_PROXIES = ["cloudflare"]
    scope = scope_of(peer, cf_connecting_ip="203.0.113.5", cf_ray="abc-FRA", cf_ipcountry="DE")
    context = await passed(Edge, scope)
    believed = ("203.0.113.5", "abc-FRA", "DE") if peer == CLOUDFLARE_PEER else (peer, "", "")
    assert (context.address, context.ray, context.country) == believed


async def test_a2_what_the_nearest_proxy_says_counts_in_whichever_line_it_says_it(settings: Any) -> None:
    """One proxy writes after what it got, another adds a line of its own; the first line is then the caller's."""
    settings.TRUSTED_PROXIES = ["10.0.0.0/8"]
    name = b"x-forwarded-for"
    for lines in ([b"192.0.2.66, 203.0.113.5, 10.0.0.2"], [b"192.0.2.66", b"203.0.113.5, 10.0.0.2"]):
        scope = {**scope_of("10.0.0.1"), "headers": [(name, line) for line in lines]}
        assert (await passed(Edge, scope)).address == "203.0.113.5"


async def test_a1_the_context_is_immutable() -> None:
    with pytest.raises(FrozenInstanceError):
        RequestContext().address = "x"  # type: ignore[misc]


async def test_a2_wss_where_the_site_is_https(settings: Any) -> None:
    await passed(Secure, scope_of())
    settings.HTTPS = True
    await passed(Secure, scope_of(scheme="wss"))
    assert await code_of(Secure, scope_of()) == 4000
    assert await code_of(Secure, scope_of(x_forwarded_proto="https")) == 4000  # from nobody we trust
    settings.TRUSTED_PROXIES = ["192.0.2.0/24"]
    await passed(Secure, scope_of(x_forwarded_proto="https"))
    assert await code_of(Secure, scope_of(x_forwarded_proto="http")) == 4000


@pytest.mark.parametrize("filter", [AddressThrottle, UserThrottle])
async def test_b4_so_many_at_once_and_again_when_they_left(filter: Any, settings: Any) -> None:
    settings.STREAM_CONNECTIONS_PER_ADDRESS = settings.STREAM_CONNECTIONS_PER_USER = 3
    leave = asyncio.Event()

    async def stays(scope: Scope, receive: Receive, send: Send) -> None:
        await leave.wait()

    throttled, push, ana = filter(stays), filter(stays), SimpleNamespace(pk=7)
    holding = [asyncio.ensure_future(throttled(scope_of(user=ana), None, None)) for _ in range(3)]
    await asyncio.sleep(0)
    for chain in (throttled, push):  # each has its own filters, and they count together
        with pytest.raises(Refused, match="4202"):
            await chain(scope_of(user=ana), None, None)
    other = scope_of("192.0.2.8", user=SimpleNamespace(pk=8))
    holding.append(asyncio.ensure_future(throttled(other, None, None)))
    leave.set()
    await asyncio.gather(*holding)
    await throttled(scope_of(user=ana), None, None)


async def test_a3_anonymous_or_not(settings: Any) -> None:
    await passed(Anonymous, scope_of())
    settings.STREAM_ANONYMOUS = False
    assert await code_of(Anonymous, scope_of()) == 4101
    await passed(Anonymous, scope_of(user=SimpleNamespace(pk=7)))


@pytest.mark.parametrize(
    ("accepted", "language"), [("de-AT,de;q=0.8", "de"), ("xx,fr;q=0.3", "fr"), ("", "en"), (";;;=", "en")]
)
async def test_a2_the_language(accepted: str, language: str) -> None:
    assert (await passed(Locale, scope_of(accept_language=accepted))).locale == language


def test_a_wrong_chain_is_said_at_the_start(settings: Any) -> None:
    assert checks.filters_can_be_loaded() == checks.filters_stand_in_order() == []
    settings.STREAM_FILTERS = [
        "streaming.filters.session.Session",
        "streaming.nowhere.Filter",
        "streaming.protocol.VERSION",
    ]
    assert [error.id for error in checks.filters_can_be_loaded()] == ["streaming.E001", "streaming.E001"]
    assert [error.id for error in checks.filters_stand_in_order()] == ["streaming.E002"]


def test_the_chain_can_be_printed(settings: Any) -> None:
    said = StringIO()
    call_command("streamfilters", stdout=said)
    lines = said.getvalue().splitlines()
    assert [line.split()[1] for line in lines] == settings.STREAM_FILTERS
    assert all(len(line.split()) > 4 for line in lines)


@pytest.mark.django_db
def test_behind_a_proxy_that_ends_tls_nobody_is_sent_in_circles(settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True
    settings.TRUSTED_PROXIES = ["192.0.2.0/24"]
    forwarded = {"HTTP_X_FORWARDED_PROTO": "https"}
    assert Client().get("/sign-in/", REMOTE_ADDR="192.0.2.7", **forwarded).status_code == 200
    assert Client().get("/sign-in/", REMOTE_ADDR="198.51.100.7", **forwarded).status_code == 301


def test_a_filter_takes_its_configuration_when_it_is_built() -> None:
    """So that the same one can stand in two chains, configured twice; nothing is looked up for each connection."""
    for path in (ROOT / "streaming/filters").glob("*.py"):
        for function in (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, FUNCTIONS)):
            named = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
            assert function.name == "__init__" or "settings" not in named, f"{path.name}: {function.name}"


async def test_the_same_filter_twice_with_its_own_configuration() -> None:
    scope = scope_of(scheme="ws")
    assert (await passed(partial(Locale, default="fr"), scope)).locale == "fr"
    await passed(partial(Secure, https=False), scope)
    assert await code_of(partial(Secure, https=True), scope) == 4000
    assert await code_of(partial(Anonymous, allowed=False), scope) == 4101
    assert await code_of(partial(AddressThrottle, most=0), scope) == 4202


async def test_the_example_of_the_documentation() -> None:
    text = (ROOT / "docs/filters.md").read_text()
    names: dict[str, Any] = {}
    exec(text.split("```python\n", 1)[1].split("```", 1)[0], names)  # what a reader would copy
    for country, locale in (("GL", "da"), ("DE", "fr")):
        scope = scope_of()
        scope["context"] = RequestContext(country=country, locale="fr")
        assert (await passed(names["Polar"], scope)).locale == locale
    assert await code_of(names["Polar"], {**scope_of(), "context": RequestContext(country="AQ")}) == 4201


def test_the_documentation_names_the_chain_in_order(settings: Any) -> None:
    text = (ROOT / "docs/filters.md").read_text()
    assert re.findall(r"^\| `([a-z_.]+\.[A-Z]\w+)` \|", text, re.MULTILINE) == settings.STREAM_FILTERS
