"""What uvicorn's own protocol leaves open: deadlines, connections and requests of an address, pipelines."""

import asyncio
import itertools
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.edge.lines import Line, asked, head, metric
from tests.servers import Server
from tests.sockets import PING, PONG, connected, frame
from tests.streaming.conftest import Site
from tests.waiting import eventually, until

PROXY = "127.0.0.7"
CONNECTIONS, REQUESTS = 5, 60
_sources = itertools.count(1)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    settings = {
        "HTTP_HEADER_SECONDS": "3", "HTTP_BODY_SECONDS": "3", "TRUSTED_PROXIES": PROXY,
        "HTTP_CONNECTIONS_PER_ADDRESS": str(CONNECTIONS), "REQUESTS_PER_MINUTE": str(REQUESTS),
    }  # fmt: skip
    running = Server(tmp_path_factory.mktemp("hasty"), workers=1, redis=None, **settings)
    yield running
    running.stop()
    assert "Traceback" not in running.log.read_text()


@pytest.fixture
def source() -> str:
    """An address that has not asked for anything yet."""
    return f"127.0.77.{next(_sources)}"


HEALTH = head("GET", "/healthz")


@pytest.mark.parametrize("sent", [b"", b"GET /heal", HEALTH[:-2], b"\r\n"], ids=["nothing", "a line", "half", "an end"])
@pytest.mark.parametrize("kept", [False, True], ids=["first", "further"])
def test_v8_a_head_has_its_time(server: Server, source: str, sent: bytes, kept: bool) -> None:
    """From the connect, and from each further request: half-sent ones were never closed."""
    with Line(server, source) as line:
        if kept:
            assert line.send(HEALTH).answer().status == 200
        assert line.send(sent).rest() == b""


def test_v8_a_head_that_comes_drop_by_drop_has_no_more(server: Server, source: str) -> None:
    with Line(server, source) as line:
        line.send(HEALTH[:-2]).socket.setblocking(False)
        eventually(lambda: has_ended(line.send(b"X")), "it is closed")


def has_ended(line: Line) -> bool:
    try:
        return line.socket.recv(1) == b""
    except BlockingIOError:
        return False
    except ConnectionError:
        return True


async def test_v8_what_is_served_is_not_cut_by_the_deadline_of_heads(server: Server, source: str) -> None:
    pongs: list[bytes] = []
    wire = await connected(server.url, on_frame=lambda code, payload: pongs.append(payload) if code == PONG else None)
    wire.send({"type": "hello", "id": 1, "version": 1})
    with Line(server) as push, Line(server, source) as half:
        push.send(head("GET", "/_stream", "Accept: text/event-stream"))
        assert push.socket.recv(12) == b"HTTP/1.1 200"
        half.send(HEALTH[:-2])
        assert await asyncio.to_thread(half.rest) == b""
        wire.write(frame(b"still here", PING))
        await until(lambda: pongs == [b"still here"])
        push.socket.setblocking(False)
        assert push.socket.recv(65536) != b""
    wire.cut()
    await wire.ended


@pytest.mark.parametrize("framing", ["Content-Length: 100", "Transfer-Encoding: chunked"])
def test_v1_a_body_has_its_time(server: Server, source: str, framing: str) -> None:
    told = asked(server, head("POST", "/api/things/", framing), b"5\r\nabc", source=source)
    assert (told.status, told.json()["code"], told.headers["Connection"]) == (408, "timeout", "close")
    assert metric_through(server, "http_threads_busy") == 1


def metric_through(server: Server, name: str) -> float:
    """From an address whose requests nobody counts here."""
    eventually(lambda: server.get("/healthz") == 200, "a request is allowed again")
    return metric(server, name)


def test_connections_of_an_address_are_bounded(server: Server, source: str) -> None:
    with ExitStack() as stack:
        lines = [stack.enter_context(Line(server, source)) for _ in range(CONNECTIONS)]
        for line in lines:
            assert line.send(HEALTH).answer().status == 200
        with Line(server, source) as one_more:
            assert one_more.send(HEALTH).rest() == b""
        assert asked(server, HEALTH, source=source.replace(".77.", ".78.")).status == 200
        lines[0].close()
        eventually(lambda: answers(server, source), "a place is free again")


def answers(server: Server, source: str) -> bool:
    with Line(server, source) as line:
        return line.send(head("GET", "/healthz", "Connection: close")).rest().startswith(b"HTTP/1.1 200")


def test_connections_of_a_proxy_are_not_counted(server: Server) -> None:
    with ExitStack() as stack:
        lines = [stack.enter_context(Line(server, PROXY)) for _ in range(3 * CONNECTIONS)]
        forwarded = head("GET", "/healthz", "X-Forwarded-For: 198.51.100.9")
        assert [line.send(forwarded).answer().status for line in lines] == [200] * 3 * CONNECTIONS


async def test_streams_have_a_bound_of_their_own(server: Server, source: str) -> None:
    wires = [await connected(server.url, address=source) for _ in range(2 * CONNECTIONS)]
    assert {wire.status for wire in wires} == {101}
    assert asked(server, HEALTH, source=source).status == 200
    for wire in wires:
        wire.cut()
        await wire.ended


def flood(server: Server, source: str, *headers: str) -> list[int]:
    """The statuses until the first refusal."""
    statuses: list[int] = []
    with ExitStack() as stack:
        line = stack.enter_context(Line(server, source))
        while 429 not in statuses and len(statuses) < 20 * REQUESTS:
            told = line.send(
                head("GET", ("/healthz", "/api/things/", "/_stream")[len(statuses) % 2], *headers)
            ).answer()
            statuses.append(told.status)
    assert told.headers["Retry-After"] == "1"
    return statuses


def test_requests_of_an_address_are_bounded(server: Server, source: str) -> None:
    statuses = flood(server, source)
    assert len(statuses) > REQUESTS
    told = asked(server, head("GET", "/api/things/") + head("GET", "/api/things/") * 3, source=source)
    assert told.status in (200, 429)
    assert asked(server, HEALTH, source=source.replace(".77.", ".78.")).status == 200


def test_requests_of_an_ipv6_neighbourhood_are_bounded_together(server: Server) -> None:
    flood(server, PROXY, "X-Forwarded-For: 2001:db8:5:5::1")
    for _ in range(3):  # one may have come back meanwhile
        told = asked(server, head("GET", "/api/things/", "X-Forwarded-For: 2001:db8:5:5:ffff::2"), source=PROXY)
        if told.status == 429:
            break
    assert (told.status, told.json()["code"]) == (429, "rate_limited")
    assert told.json()["request_id"] == told.headers["X-Request-ID"]
    assert asked(server, head("GET", "/api/things/", "X-Forwarded-For: 2001:db8:5:6::1"), source=PROXY).status == 200


def test_a_pipeline_is_answered_in_order_and_bounded(server: Server, source: str) -> None:
    with Line(server, source) as line:
        line.send(HEALTH + head("GET", "/api/nothing/") + head("GET", "/healthz", "Connection: close"))
        said = line.rest()
    assert [part[:3] for part in said.split(b"HTTP/1.1 ")[1:]] == [b"200", b"404", b"200"]


@pytest.mark.parametrize("sent", [b"1;" + b"e" * 200_000, b"1" * 17, b"0\r\n" + b"X-A: 1\r\n" * 20_000])
def test_a_body_that_is_all_frame_ends(server: Server, source: str, sent: bytes) -> None:
    """Chunk extensions and trailers are read by nobody, so nobody counted them."""
    with Line(server, source) as line:
        said = line.send(head("POST", "/api/things/", "Transfer-Encoding: chunked"), sent).rest()
    assert said[:12] in (b"HTTP/1.1 400", b"HTTP/1.1 401", b"HTTP/1.1 408", b"")


async def test_trailers_are_no_headers(server: Server) -> None:
    """They come when the request was begun; one that named an address, or a token, was taken for a header."""
    site = Site(server)
    bearer = site.bearer("ana")["Authorization"].encode()
    trailers = b"0\r\nAuthorization: " + bearer + b"\r\nX-Forwarded-For: 203.0.113.9\r\n\r\n"
    told = asked(server, head("POST", "/api/things/", "Transfer-Encoding: chunked"), b"2\r\n{}\r\n" + trailers)
    assert told.status == 401
    site.http.close()
