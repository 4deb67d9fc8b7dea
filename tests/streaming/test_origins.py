"""A3: with a valid session cookie, no origin but the site's own is somebody; a missing one is nobody."""

import asyncio
import json
from http import HTTPStatus

import pytest

from tests.sockets import Headers, Wire, connected, parts_of
from tests.streaming.conftest import Site
from tests.waiting import PATIENCE_SECONDS

HELLO = {"type": "hello", "id": 1, "version": 1}


def hostile(host: str) -> list[str]:
    """`host`: of the site, such as 127.0.0.1:8000."""
    name, _, port = host.partition(":")
    return [
        "null", "", " ", "*", host, f"//{host}", "http://", "http://evil.example", f"http://evil.example:{port}",
        f"http://{host}.evil.example", f"http://{name}.evil.example:{port}", f"http://evil{host}",
        f"http://evil.example#{host}", f"http://evil.example?{host}", f"http://evil.example/{host}",
        f"http://evil-{host}", f"http://sub.{host}", f"http://{name}", f"http://{name}:1", f"http://{host}0",
        f"http://{name}:0{port}", f"http://{name}.:{port}", f"http://{name}:{port}.", f"HTTP://{host}",
        f"http://{host}/", f"http://{host}/path", f"http://{host} #", f"http://{host}, http://{host}",
        f"http://{host} http://evil.example", f"http://ana@{host}", f"http://ana:pw@{host}",
        f"http://{host}@evil.example", f"http://{host}\\@evil.example", f"http:\\\\{host}", f"http:/{host}",
        f"http:{host}", f"ws://{host}", f"wss://{host}", f"ftp://{host}", f"file://{host}", f"javascript://{host}",
        f"chrome-extension://{host}", f"blob:http://{host}", f"http://localhost:{port}", f"http://[::1]:{port}",
        f"http://[::ffff:127.0.0.1]:{port}", f"http://[{name}]:{port}", f"http://2130706433:{port}",
        f"http://0x7f000001:{port}", f"http://0177.0.0.1:{port}", f"http://127.1:{port}", f"http://127.0.0.2:{port}",
        f"http://xn--127-0-0-1-.example:{port}", f"http://\uff11\uff12\uff17.0.0.1:{port}", f"http://127%2e0.0.1:{port}",
        f"http://{name}\x0b:{port}", f"http://{name}%00:{port}", f"http://{name}\t:{port}", f"http://{host}%20",
    ]  # fmt: skip


async def said(site: Site, headers: Headers) -> tuple[Wire, list[dict[str, object]]]:
    """Everything that the server said to a hello with these headers."""
    frames: list[dict[str, object]] = []
    told = asyncio.Event()

    def read(opcode: int, payload: bytes) -> None:
        if opcode == 1:
            frames.extend(json.loads(part) for part in parts_of(payload))
            told.set()

    wire = await connected(site.server.url, [(name, latin(value)) for name, value in headers], read)
    if wire.status == HTTPStatus.SWITCHING_PROTOCOLS:
        wire.send(HELLO)
        waiting = asyncio.ensure_future(told.wait())
        await asyncio.wait((wire.ended, waiting), timeout=PATIENCE_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
    wire.cut()
    return wire, frames


def latin(value: str) -> str:
    """As its bytes go over the wire."""
    return value.encode().decode("latin-1")


@pytest.fixture
def cookie(site: Site) -> str:
    return site.cookie("ana")


async def test_a3_hostile_origins(site: Site, cookie: str) -> None:
    host = site.server.url.removeprefix("http://")
    welcomed, answers = [], dict[str, int]()
    origins = hostile(host)
    for origin in origins:
        wire, frames = await said(site, [("Origin", origin), ("Cookie", cookie)])
        if any(frame["type"] == "welcome" for frame in frames):
            welcomed.append(origin)
        answer = str(frames[0].get("code", "welcome")) if frames else f"HTTP {wire.status}"
        answers[answer] = answers.get(answer, 0) + 1
    print({"origins": len(origins), "answers": answers})
    # Those that the server refused as no HTTP never became a stream.
    assert welcomed == []
    assert set(answers) <= {"4003", "HTTP 400"}
    assert answers["4003"] >= 30


async def test_a3_two_origins_are_none(site: Site, cookie: str) -> None:
    own, evil = site.server.url, "http://evil.example"
    for one, other in ((own, evil), (evil, own), (own, own)):
        wire, frames = await said(site, [("Origin", one), ("Origin", other), ("Cookie", cookie)])
        assert (wire.status, frames) == (400, []) or frames[0]["code"] == 4003, (one, other)


async def test_a3_the_cookie_counts_with_the_own_origin_alone(site: Site, cookie: str) -> None:
    _, own = await said(site, [("Origin", site.server.url), ("Cookie", cookie)])
    assert own[0]["user"]["name"] == "Ana Ruiz"  # type: ignore[index]
    _, missing = await said(site, [("Cookie", cookie)])
    assert missing[0]["user"] is None
