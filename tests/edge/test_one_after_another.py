"""uvicorn: requests that do not wait for the answer before, and such as cannot be read."""

from collections.abc import Iterator

import pytest

from tests.edge.lines import Line, asked, head
from tests.servers import Server
from widgetapp.edge.uvicorn_http import PIPELINED

HEALTH = head("GET", "/healthz")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = Server(tmp_path_factory.mktemp("pipelines"), workers=1, redis=None)
    yield running
    running.stop()
    assert "Traceback" not in running.log.read_text()


def statuses_of(said: bytes) -> list[bytes]:
    return [part[:3] for part in said.split(b"HTTP/1.1 ")[1:]]


def test_a_pipeline_has_a_bound_that_is_told(server: Server) -> None:
    """More than sixteen requests in one packet, and none of them had an answer."""
    with Line(server) as line:
        said = line.send(HEALTH * (5 * PIPELINED)).rest()
    assert statuses_of(said) == [b"200"] * (PIPELINED + 1) + [b"400"]


UNREADABLE = {
    "a head": (b"GET / HTTP/9.9\r\n\r\n", b"400"),
    "a head without a name": (head("GET", "/healthz", ": x"), b"400"),
    "too many headers": (head("GET", "/healthz", *["X-A: 1"] * 101), b"431"),
    "a body that would be lost": (
        head("POST", "/api/things/", "Connection: upgrade", "Upgrade: h2c", "Content-Length: 2") + b"{}", b"400"),
    "a chunk": (head("POST", "/api/things/", "Transfer-Encoding: chunked") + b"zz\r\n", b"400"),
    "a chunk behind a good one": (
        head("POST", "/api/things/", "Transfer-Encoding: chunked") + b"1\r\n{\r\nzz\r\n", b"400"),
}  # fmt: skip


@pytest.mark.parametrize("before", [1, 3])
@pytest.mark.parametrize("name", UNREADABLE)
def test_what_was_asked_before_a_bad_request_is_answered(server: Server, name: str, before: int) -> None:
    """The connection was closed at once, or the first request had the refusal of the second."""
    sent, refused = UNREADABLE[name]
    with Line(server) as line:
        said = line.send(HEALTH * before + sent).rest()
    assert statuses_of(said) == [b"200"] * before + [refused]


@pytest.mark.parametrize("sent", [b"FETCH /api/things/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", b"\x16\x03\x01\x02"])
def test_w6_what_has_no_path_yet_is_told_as_a_problem(server: Server, sent: bytes) -> None:
    """A method that nobody knows was answered in plain text below /api/ too."""
    told = asked(server, sent)
    assert (told.status, told.headers["Content-Type"]) == (400, "application/problem+json")
    assert told.json()["request_id"] == told.headers["X-Request-ID"]


@pytest.mark.parametrize(
    ("target", "host", "status"),
    [
        ("http://127.0.0.1/api/kinds/", "127.0.0.1", 200),
        ("HTTP://localhost:80/api/kinds/?x=1", "scanner.example", 200),
        ("http://scanner.example/api/kinds/", "127.0.0.1", 400),
        ("http://127.0.0.1@scanner.example/api/kinds/", "127.0.0.1", 400),
        ("http://a@127.0.0.1/api/kinds/", "127.0.0.1", 400),
    ],
)
def test_v15_a_target_that_is_a_whole_url_names_the_host(server: Server, target: str, host: str, status: int) -> None:
    """It was served whatever host it named."""
    assert asked(server, head("GET", target, host=host)).status == status
