"""The HTTP edge: what is half sent, endless, lost on the way or in another's name stops nobody and is not carried out.

All of it on uvicorn and on daphne; what daphne itself does otherwise is said where it is.
"""

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.edge.lines import Line, asked, head, held, metric
from tests.servers import Server
from tests.sockets import PING, connected, frame
from tests.streaming.conftest import Site
from tests.waiting import PATIENCE_SECONDS, eventually, patience

PROXY, STRANGER = "127.0.0.7", "127.0.0.66"
TRIES = 5


@pytest.fixture(scope="module", params=[1, 0], ids=["uvicorn", "daphne"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    settings = {"TRUSTED_PROXIES": f"cloudflare,{PROXY}", "SIGN_IN_TRIES_PER_ADDRESS": str(TRIES)}
    running = Server(tmp_path_factory.mktemp("edge"), workers=request.param, redis=None, **settings)
    yield running
    running.stop()
    assert "Traceback" not in running.log.read_text()


@pytest.fixture
def site(server: Server) -> Iterator[Site]:
    site = Site(server)
    yield site
    site.http.close()


def is_uvicorn(server: Server) -> bool:
    return b"daphne" not in server.log.read_bytes().lower()


def chunked(*parts: bytes) -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (*parts, b""))


def api_head(site: Site, method: str, path: str, *headers: str) -> bytes:
    bearer = f"Authorization: {site.bearer('ana')['Authorization']}"
    return head(method, path, bearer, "Content-Type: application/json", *headers)


FORM = "Content-Type: application/x-www-form-urlencoded"
HALF = {
    "a form": head("POST", "/sign-in/", FORM, "Content-Length: 100"),
    "half a form": head("POST", "/sign-in/", FORM, "Content-Length: 100") + b"username=an",
    "a body in chunks": head("POST", "/sign-in/", FORM, "Transfer-Encoding: chunked") + b"5\r\nuse",
    "a body that waits to be asked for": head("POST", "/api/things/", "Content-Length: 100", "Expect: 100-continue"),
    "a body of a GET": head("GET", "/healthz", "Content-Length: 100"),
    "a request line": b"GET /heal",
    "half a head": head("GET", "/healthz")[:-2],
    "half a header": head("GET", "/healthz")[:-2] + b"X-Endless: " + b"x" * 1000,
    "nothing": b"",
}


async def round_trip(site: Site) -> None:
    async with site.talk("ana") as talk:
        assert (await talk.hello())["type"] == "welcome"


@pytest.mark.parametrize("count", [8, 64, pytest.param(500, marks=pytest.mark.long)])
async def test_v1_half_sent_requests_take_no_thread(site: Site, count: int) -> None:
    """Eight connections that sent half a form stopped all HTTP of a worker for as long as they liked."""
    parts = [list(HALF.values())[number % len(HALF)] for number in range(count)]
    with held(site.server, parts):
        # The one that is busy is the one that counts.
        assert metric(site.server, "http_threads_busy") == 1
        assert site.http.get("/healthz").status_code == 200
        await round_trip(site)
        assert metric(site.server, "http_threads_busy") == 1


@pytest.mark.parametrize("name", HALF)
async def test_v1_eight_of_each_kind(site: Site, name: str) -> None:
    with held(site.server, [HALF[name]] * 8):
        assert metric(site.server, "http_threads_busy") == 1
        await round_trip(site)


@pytest.mark.parametrize("begun", [b"", head("GET", "/api/things/")[:-2]], ids=["request line", "header"])
async def test_v8_an_endless_line_ends_at_its_limit(site: Site, begun: bytes) -> None:
    """70 MB of one header line froze a worker for seconds, streams included, and it cost the sender nothing."""
    started = (begun or b"GET /") + (b"X-Endless: " if begun else b"")
    with Line(site.server) as line:
        sent = 0
        line.send(started)
        line.socket.settimeout(PATIENCE_SECONDS)
        try:
            while sent < 70_000_000:
                sent += line.socket.send(b"x" * 65536)
        except OSError:
            pass
        said = line.rest()
    assert sent < 20_000_000, "nobody reads on for ever"
    assert said[:12] == b"HTTP/1.1 431" or said == b""
    await round_trip(site)


@pytest.mark.parametrize("count", [101, 1000, 20_000])
def test_v8_too_many_headers_are_refused(site: Site, count: int) -> None:
    """20,000 headers were answered 200. daphne itself ends it at 500 headers, without a word to the application."""
    with Line(site.server) as line:
        said = line.send(head("GET", "/api/things/", "Connection: close", *["X-A: 1"] * count)).rest()
    if is_uvicorn(site.server) or count < 500:
        assert said[:12] == b"HTTP/1.1 431"
        assert b"problem+json" in said or count > 2000
    else:
        assert said[:12] in (b"HTTP/1.1 400", b"")


def test_v8_a_head_within_the_limits_is_served(site: Site) -> None:
    limit = 32 * 1024 if is_uvicorn(site.server) else 16 * 1024
    for headers in (["X-A: 1"] * 90, ["X-A: " + "x" * (limit - 200)]):
        assert asked(site.server, head("GET", "/healthz", *headers)).status == 200


def wrong_tokens(site: Site, spoof: Any, source: str) -> list[int]:
    """The statuses of twice as many wrong tokens as one address may try."""
    statuses = []
    for number in range(2 * TRIES):
        headers = [f"Authorization: Bearer wap_{uuid4().hex}", *spoof(number)]
        statuses.append(asked(site.server, head("GET", "/api/me/", *headers), source=source).status)
    return statuses


SPOOFED = {
    "its own word": lambda n: [f"X-Forwarded-For: 203.0.113.{n}"],
    "Cloudflare's word": lambda n: [f"CF-Connecting-IP: 203.0.113.{n}"],
    "Cloudflare's word and its own": lambda n: [f"CF-Connecting-IP: 203.0.113.{n}", "X-Forwarded-For: 173.245.48.9"],
}
BEHIND = {
    "V10a, the proxy passes Cloudflare's word on": lambda n: [f"CF-Connecting-IP: 203.0.113.{n}"],
    "V10b, W3, underscores": lambda n: ["X-Forwarded-For: 198.51.100.2", f"X_Forwarded_For: 203.0.113.{n}"],
    "W3, underscores beside Cloudflare's word": lambda n: [
        "X-Forwarded-For: 198.51.100.3, 173.245.48.9",
        "CF-Connecting-IP: 198.51.100.3", f"CF_Connecting_IP: 203.0.113.{n}"],
    "W3, Cloudflare's word twice": lambda n: [
        "X-Forwarded-For: 198.51.100.4, 173.245.48.9",
        "CF-Connecting-IP: 198.51.100.4", f"CF-Connecting-IP: 203.0.113.{n}"],
    "V10c, no address": lambda n: ["X-Forwarded-For: 198.51.100.5, 173.245.48.9", f"CF-Connecting-IP: <b>{n}</b>"],
    "V10c, no address of a hop": lambda n: [f"X-Forwarded-For: 198.51.100.6:{n}"],
    "a neighbour's address": lambda n: [f"X-Forwarded-For: 2001:db8:1:2::{n}"],
}  # fmt: skip


@pytest.mark.parametrize("name", SPOOFED)
def test_v10_a_stranger_chooses_no_address(site: Site, name: str) -> None:
    """Whoever gives a new address with each try was never throttled."""
    source = f"127.0.66.{list(SPOOFED).index(name) + 1}"
    assert wrong_tokens(site, SPOOFED[name], source) == [401] * TRIES + [429] * TRIES


@pytest.mark.parametrize("name", BEHIND)
def test_v10_w3_nor_behind_a_proxy_that_passes_headers_on(site: Site, name: str) -> None:
    statuses = wrong_tokens(site, BEHIND[name], PROXY)
    if name.startswith("V10a"):
        assert statuses == [401] * TRIES + [429] * TRIES, "the proxy itself is who asks"
    else:
        assert statuses.count(401) <= TRIES
        assert statuses[-1] == 429


def test_v10_different_people_behind_the_proxy_are_told_apart(site: Site) -> None:
    assert set(wrong_tokens(site, lambda n: [f"X-Forwarded-For: 203.0.113.{n}"], PROXY)) == {401}


@pytest.mark.parametrize("name", ["X_Request_ID", "x_request_id", "X-Request_ID"])
def test_w3_names_with_underscores_are_not_there(site: Site, name: str) -> None:
    answer = asked(site.server, head("GET", "/healthz", f"{name}: smuggled1"))
    assert answer.status == 200
    assert answer.headers["X-Request-ID"] != "smuggled1"
    dashed = asked(site.server, head("GET", "/healthz", "X-Request-ID: said1", f"{name}: smuggled1"))
    assert dashed.headers["X-Request-ID"] == "said1"


def test_w1_a_thing_is_made_of_a_body_without_a_length(site: Site) -> None:
    """It was made without title and id, because the body had been thrown away."""
    id = str(uuid4())
    body = json.dumps({"title": "Ångström", "id": id}, ensure_ascii=False).encode()
    for parts in ([body], [body[:5], body[5:]], [body[n : n + 1] for n in range(len(body))]):
        told = asked(site.server, api_head(site, "POST", "/api/things/", "Transfer-Encoding: chunked"), chunked(*parts))
        assert (told.status, told.json()["id"], told.json()["title"]) == (201, id, "Ångström")


@pytest.mark.parametrize("space", ["", " ", "\t", " \t "])
def test_w1_space_around_a_length_is_no_part_of_it(site: Site, space: str) -> None:
    told = asked(
        site.server, api_head(site, "POST", "/api/things/", f"Content-Length:{space}13{space}"), b'{"title":"x"}'
    )
    assert (told.status, told.json()["title"]) == (201, "x")


@pytest.mark.parametrize(
    "body",
    [b"D;a=b\r\n%s\r\n0;c\r\n\r\n", b'000d;a="b;c"\r\n%s\r\n000\r\n\r\n', b"d\r\n%s\r\n0\r\nX-A: b\r\n\r\n"],
    ids=["extensions", "zeros", "a trailer"],
)
def test_w1_chunks_in_any_of_their_forms(site: Site, body: bytes) -> None:
    sent = body % b'{"title":"x"}'
    told = asked(site.server, api_head(site, "POST", "/api/things/", "Transfer-Encoding: Chunked"), sent)
    assert (told.status, told.json()["title"]) == (201, "x")


def test_w1_several_bodies_in_one_packet_are_each_whole(site: Site) -> None:
    ids = [str(uuid4()) for _ in range(6)]
    with Line(site.server) as line:
        line.send(b"".join(in_either_form(site, number, id) for number, id in enumerate(ids)))
        assert [line.answer().json()["id"] for _ in ids] == ids


def in_either_form(site: Site, number: int, id: str) -> bytes:
    body = json.dumps({"id": id}).encode()
    if number % 2:
        return api_head(site, "POST", "/api/things/", "Transfer-Encoding: chunked") + chunked(body)
    return api_head(site, "POST", "/api/things/", f"Content-Length: {len(body)}") + body


def test_edge_an_answer_says_how_long_it_is(site: Site) -> None:
    """What a middleware answered went out in chunks, and to an old client ended its connection."""
    for path in ("/healthz", "/api/nothing/", "/sign-in/", "/"):
        told = asked(site.server, head("GET", path, "Accept-Encoding: identity"))
        assert int(told.headers["Content-Length"]) == len(told.body), path


def test_w1_undo_undoes_what_was_named(site: Site) -> None:
    thing = site.new_thing()
    named, latest = site.rename(thing, "one"), site.rename(thing, "two")
    path = f"/api/things/{thing}/actions/undo/"
    for change in (named, latest):
        body = json.dumps({"change": change}).encode()
        told = asked(site.server, api_head(site, "POST", path, "Transfer-Encoding: chunked"), chunked(body))
        title = site.http.get(f"/api/things/{thing}/", headers=site.bearer("ana")).json()["title"]
        assert (told.status, title) == (200, "two" if change == named else "one"), "the latest stands until it is named"


def test_w1_the_limit_is_met_without_a_length(site: Site) -> None:
    path = f"/api/things/{site.new_thing()}/actions/"
    with Line(site.server) as line:
        line.send(api_head(site, "POST", path, "Transfer-Encoding: chunked"), chunked(*[b" " * 65536] * 20))
        told = line.answer()
    assert (told.status, told.json()["code"]) == (413, "too_large")
    assert told.json()["request_id"] == told.headers["X-Request-ID"]


def test_w1_forms_and_sessions_without_a_length(site: Site) -> None:
    """The sign-in form in chunks was "CSRF verification failed"; a create by session lost its title."""
    with httpx.Client(base_url=site.server.url, timeout=PATIENCE_SECONDS) as browser:
        csrf = browser.get("/sign-in/").cookies["csrftoken"]
        form = f"username=ana%40harbourpool.example&password=draw+together&csrfmiddlewaretoken={csrf}".encode()
        signed = browser.post(
            "/sign-in/", content=iter([form[:9], form[9:]]), headers={"Content-Type": FORM.split()[1]}
        )
        assert signed.status_code == 302
        headers = {"X-CSRFToken": browser.cookies["csrftoken"], "Content-Type": "application/json"}
        made = browser.post("/api/things/", content=iter([b'{"title":', b'"mine"}']), headers=headers)
        assert (made.status_code, made.json()["title"]) == (201, "mine")


@pytest.mark.parametrize("framing", ["Content-Length: 200", "Transfer-Encoding: chunked"])
def test_w1_a_client_that_leaves_in_the_middle_has_asked_for_nothing(site: Site, framing: str) -> None:
    id = str(uuid4())
    body = json.dumps({"title": "half", "id": id}).encode()
    sent = chunked(body)[:-5] if "chunked" in framing else body
    Line(site.server).send(api_head(site, "POST", "/api/things/", framing), sent).close()
    asked(site.server, head("GET", "/healthz"))
    assert site.http.get(f"/api/things/{id}/", headers=site.bearer("ana")).status_code == 404


@pytest.mark.parametrize(
    "headers",
    [
        ["Content-Length: 2", "Transfer-Encoding: chunked"],
        ["Content-Length: 2", "Content-Length: 2"],
        ["Content-Length: 2", "Content-Length: 3"],
        ["Content-Length: +2"],
        ["Content-Length: -1"],
        ["Transfer-Encoding: gzip"],
        ["Transfer-Encoding: chunked, gzip"],
        ["Transfer-Encoding: identity"],
    ],
)
def test_w1_a_body_that_two_servers_would_read_differently_is_refused(site: Site, headers: list[str]) -> None:
    id = str(uuid4())
    body = json.dumps({"id": id}).encode()
    with Line(site.server) as line:
        line.send(api_head(site, "POST", "/api/things/", *headers), chunked(body))
        assert line.socket.recv(12)[9:12] in (b"400", b"501", b"")
    assert site.http.get(f"/api/things/{id}/", headers=site.bearer("ana")).status_code == 404


def test_w1_what_is_too_large_is_said_before_it_is_asked_for(site: Site) -> None:
    """daphne asks for every body, and reads it, before the application hears of the request."""
    announced = api_head(site, "POST", "/api/things/", "Content-Length: 2000000", "Expect: 100-continue")
    with Line(site.server) as line:
        if is_uvicorn(site.server):
            line.send(announced)
            told = line.answer()
            assert (told.status, told.headers["Connection"]) == (413, "close")
            assert line.rest() == b""
        else:
            line.send(announced, b" " * 2_000_000)
            assert line.socket.recv(25) == b"HTTP/1.1 100 Continue\r\n\r\n"
            assert line.answer().status == 413


def test_w1_the_answer_is_found_by_who_sends_on(site: Site) -> None:
    told = asked(site.server, api_head(site, "POST", "/api/things/", "Content-Length: 3000000"), b" " * 3_000_000)
    assert (told.status, told.json()["code"]) == (413, "too_large")


@pytest.mark.parametrize("framing", ["Content-Length: 29", "Transfer-Encoding: chunked"])
@pytest.mark.parametrize("upgrade", ["h2c", "H2C", "TLS/1.0", "h2c, websocket"])
def test_w2_an_upgrade_that_loses_the_body_is_refused(site: Site, framing: str, upgrade: str) -> None:
    """Java's client offers h2c with every request; what it sent was carried out without the body."""
    body = b'{"title": "java", "x": 123456}'[:28] + b"}"
    assert len(body) == 29
    sent = chunked(body) if "chunked" in framing else body
    offer = ["Connection: Upgrade, HTTP2-Settings", f"Upgrade: {upgrade}", "HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABk"]
    told = asked(site.server, api_head(site, "POST", "/api/things/", framing, *offer), sent)
    if is_uvicorn(site.server):
        assert (told.status, told.headers["Connection"], told.json()["code"]) == (400, "close", "malformed")
    else:
        assert told.status == 422 or told.json()["title"] == "java"


def test_w2_an_upgrade_without_a_body_is_served_without_the_upgrade(site: Site) -> None:
    with Line(site.server) as line:
        for headers in (["Connection: Upgrade", "Upgrade: h2c"], []):
            assert line.send(head("GET", "/healthz", *headers)).answer().status == 200


def test_edge_push_to_an_old_client_is_not_in_chunks(site: Site) -> None:
    with Line(site.server) as line:
        line.send(head("GET", "/_stream", "Accept: text/event-stream", version="1.0"))
        said = line.socket.recv(4096)
        while b"welcome" not in said:
            said += line.socket.recv(4096)
    top, _, body = said.partition(b"\r\n\r\n")
    assert b"transfer-encoding" not in top.lower()
    assert body.startswith((b"data: {", b"id: "))


def test_edge_push_says_nosniff(site: Site) -> None:
    for method in ("GET", "POST"):
        with Line(site.server) as line:
            line.send(head(method, "/_stream", "Accept: text/event-stream"))
            said = line.socket.recv(4096)
        assert said.lower().count(b"x-content-type-options: nosniff") == 1


HOSTS = {"none": [], "two": ["Host: 127.0.0.1", "Host: 127.0.0.1"], "foreign": ["Host: scanner.example"],
         "not a name": ["Host: a b/c"], "with a user": ["Host: 127.0.0.1@scanner.example"], "empty": ["Host:"],
         "a script": ["Host: <script>"]}  # fmt: skip


@pytest.mark.parametrize("version", ["1.1", "1.0"])
@pytest.mark.parametrize("name", HOSTS)
def test_edge_a_host_that_is_not_ours_is_400(site: Site, name: str, version: str) -> None:
    """Without a Host it was served; a scanner's wrote a traceback each time."""
    for path in ("/api/things/", "/api/nothing", "/", "/admin/", "/static/x.js", "/_stream"):
        told = asked(site.server, head("GET", path, *HOSTS[name], host="", version=version))
        assert told.status == 400, path
        assert b"<" not in told.body.replace(b"<script>", b"")
        if path.startswith("/api/") and told.body:
            assert told.headers["Content-Type"] == "application/problem+json"
            assert told.json()["request_id"] == told.headers["X-Request-ID"]


def test_edge_a_foreign_host_is_one_line_of_the_log(site: Site) -> None:
    before = len(site.server.log.read_text())
    asked(site.server, head("GET", "/", host="only-once.example"))
    eventually(lambda: "only-once.example" in site.server.log.read_text()[before:], "it is logged")
    asked(site.server, head("GET", "/healthz"))
    said = site.server.log.read_text()[before:]
    assert said.count("only-once.example") == 1


def test_edge_a_line_of_the_log_is_there_once(site: Site) -> None:
    """Django's handler and the root's wrote each of them."""
    before = len(site.server.log.read_text())
    asked(site.server, head("GET", "/there-is-no-such-page/"))
    eventually(lambda: "there-is-no-such-page" in site.server.log.read_text()[before:], "it is logged")
    asked(site.server, head("GET", "/healthz"))
    said = [line for line in site.server.log.read_text()[before:].splitlines() if "Not Found: /there-is" in line]
    assert len(said) == 1


@pytest.mark.parametrize(
    "path",
    ["/static/../manage.py", "/static/%2e%2e/manage.py", "/static/..%2fmanage.py", "/static/a/../../manage.py",
     "/static/%00", "/static/x%00.js", "/..", "/api/../healthz", "/api/things/%00/", "/static/%ff", "/%ff/"],
)  # fmt: skip
def test_v15_paths_that_lead_elsewhere_are_nowhere(site: Site, path: str) -> None:
    assert asked(site.server, head("GET", path)).status == 404


def test_w6_refusals_below_api_are_problems(site: Site) -> None:
    told = asked(site.server, api_head(site, "POST", "/api/things/", "Content-Length: 2000000"), b" " * 2_000_000)
    assert told.headers["Content-Type"] == "application/problem+json"
    assert {"type", "title", "status", "detail", "code", "errors", "request_id"} == set(told.json())
    page = asked(site.server, head("POST", "/sign-in/", "Content-Length: 2000000"), b" " * 2_000_000)
    assert page.headers["Content-Type"].startswith("text/plain")


@pytest.mark.parametrize(
    "sent",
    [frame(b"", PING) * 5000, frame(b"x", 10) * 5000, b"\x01\x80\0\0\0\0" + b"\x00\x80\0\0\0\0" * 5000],
    ids=["pings", "pongs", "empty fragments"],
)
@pytest.mark.parametrize("greeted", [False, True])
async def test_edge_pings_and_empty_fragments_have_a_rate(site: Site, sent: bytes, greeted: bool) -> None:
    """50,000 pings before hello cost the loop of a worker 0.7 s. Not on daphne, which does not tell of them."""
    if not is_uvicorn(site.server):
        pytest.skip("daphne answers pings by itself")
    wire = await connected(site.server.url)
    if greeted:
        wire.send({"type": "hello", "id": 1, "version": 1})
    wire.write(sent)
    async with patience():
        assert await wire.ended == 4004


async def test_edge_a_few_pings_and_fragments_are_answered(site: Site) -> None:
    async with site.talk() as talk:
        for _ in range(50):
            await (await talk.socket.ping())
        parts = ['{"type": "hello", ', "", '"id": 1, ', '"version": 1}']
        await talk.socket.send(parts)
        assert (await talk.next())["type"] == "welcome"


def test_edge_the_server_does_not_say_what_it_is(site: Site) -> None:
    assert "Server" not in asked(site.server, head("GET", "/healthz")).headers
