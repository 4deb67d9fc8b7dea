# ruff: noqa: F811 — the fixtures of the stream are asked for by their names
"""The stream, tried by outsiders: cases that fell short once, and their kind."""

import json
import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from streaming import database
from streaming.accept import Accept
from streaming.close_codes import CloseCode
from streaming.connection import Connection
from streaming.context import RequestContext
from streaming.fanout.hub import current_hub, stop_hub
from streaming.filters.origin import is_own
from streaming.problems import wants_events
from streaming.protocol import SubscriptionRequest
from streaming.push import AcceptPush
from streaming.service import StateService
from streaming.services.registry import SERVICES
from tests.streaming.conftest import Site, server, site  # noqa: F401
from tests.streaming.recording import Answer, Recording
from things.models import Thing
from things.streams import card_of


@pytest.mark.process
@pytest.mark.parametrize("placed", [True, False], ids=["from a position", "fresh"])
def test_w7_docs_1_a_plain_event_source_cut_after_every_byte(site: Site, placed: bool) -> None:
    """A plain EventSource that was cut lost what came before the first cursor, or got twice what came since the last.
    E1: wherever it is cut, the next answer goes on exactly behind what the browser has.
    """
    recording = Recording(site, placed=placed)
    asked: dict[tuple[str, str], dict[str, list[int]]] = {}
    for had in recording.cuts():
        if not had.last_event_id and not placed:
            assert had.frames == []  # nothing was given yet, so the next answer is the beginning
            continue
        key = had.last_event_id, str([had.offsets(name) for name in recording.heads])
        asked[key] = asked.get(key) or recording.gone_on(had)
        assert asked[key] == recording.expected(), had
    # An id belongs to one state of the browser, or it would lose or double something.
    assert len({id for id, _ in asked}) == len(asked) > 6


REFUSALS = [
    ({"Authorization": "Bearer wrong"}, 401, "stream_4101"),
    ({"Authorization": "Ticket wrong"}, 401, "stream_4101"),
    ({"Origin": "https://evil.example"}, 403, "stream_4003"),
    ({"Last-Event-ID": "0123456789abcdef/k3x9:7"}, 400, "stream_4000"),
    ({"Accept": "text/event-stream;q=0"}, 406, "not_acceptable"),
]


@pytest.mark.process
@pytest.mark.parametrize(("headers", "status", "code"), REFUSALS)
def test_docs_6_a_refusal_of_push_is_a_problem_like_any_other(
    site: Site, headers: dict[str, str], status: int, code: str
) -> None:
    """The body had no `request_id`, the answer no `X-Request-ID`, a 401 no `WWW-Authenticate`; `type` was no page."""
    answer = site.http.get("/_stream", headers={"Accept": "text/event-stream", "X-Request-ID": "mine", **headers})
    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["status"]) == (status, code, status)
    assert problem["request_id"] == answer.headers["X-Request-ID"] == "mine"
    assert ("WWW-Authenticate" in answer.headers) == (status == 401)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    page = site.http.get(problem["type"], headers={"Accept": "text/html"})
    assert page.status_code == 200
    assert code in page.text


@pytest.mark.process
def test_docs_6_an_answer_of_push_has_a_request_id(site: Site) -> None:
    given = {"Accept": "text/event-stream", "X-Request-ID": "a b"}
    with site.http.stream("GET", "/_stream", headers=given) as answer:
        assert len(answer.headers["X-Request-ID"]) == 16  # what is not sane is replaced
    assert len(site.http.post("/_stream").json()["request_id"]) == 16


@pytest.mark.django_db
@pytest.mark.parametrize("code", [*CloseCode])
def test_docs_6_every_close_code_has_its_page_in_both_spellings(code: CloseCode) -> None:
    """`/developers/errors/stream_4101/` was a 404 page, though problems of push name it as their type."""
    for spelling in (str(int(code)), f"stream_{int(code)}"):
        assert Client().get(f"/developers/errors/{spelling}/").status_code == 200


@pytest.mark.parametrize(
    ("accept", "wanted"),
    [
        ("text/event-stream", True), ("*/*", True), ("text/*", True), ("TEXT/Event-Stream; Q=0.3", True), ("", True),
        ("application/json, text/*;q=0.1", True), ("text/html, text/event-stream;q=0.1", True),
        ("text/event-stream;q=0", False), ("text/event-stream;q=0.0, */*", False), ("text/*;q=0, */*", False),
        ("text/*;q=0, text/event-stream", True), ("application/json", False), ("*/*;q=0", False),
        ("text/html,application/xhtml+xml,*/*;q=0.8", False), ("text/html;q=0, */*", True),
    ],
)  # fmt: skip
def test_w7_accept_is_read_by_its_qualities(accept: str, wanted: bool) -> None:
    """`text/*` was refused, and `text/event-stream;q=0` served."""
    assert wants_events(accept) is wanted


@pytest.mark.parametrize(
    ("scheme", "https", "origin", "own"),
    [
        ("ws", False, "http://testserver:8015", True),
        ("ws", False, "https://testserver:8015", False),
        ("ws", False, "http://testserver", False),
        ("wss", False, "https://testserver:8015", True),
        ("wss", False, "http://testserver:8015", False),
        ("ws", True, "https://testserver:8015", True),
        ("ws", True, "http://testserver:8015", False),
    ],
)
def test_docs_11_the_origin_of_this_site_has_its_scheme_too(scheme: str, https: bool, origin: str, own: bool) -> None:
    """`https://127.0.0.1:8015` was believed, with the cookie, on the site that is served as http there."""
    scope = {"scheme": scheme, "headers": [(b"host", b"testserver:8015")]}
    assert is_own(origin, scope, hosts=["testserver"], https=https) is own


@pytest.mark.process
async def test_w7_a_message_to_a_log_is_told_that_logs_take_none(site: Site) -> None:
    """It was told that there is no such topic, of a topic that it had."""
    thing = site.new_thing()
    message = {"type": "message", "service": "things", "data": {}}
    async with site.talk("ana") as talk:
        await talk.hello({"service": "things", "topic": thing})
        await talk.send({**message, "id": 2, "topic": thing})
        assert (await talk.until("error"))["message"] == "this service takes no messages"
        await talk.send({**message, "id": 3, "topic": site.new_thing("jonas")})
        assert (await talk.until("error"))["message"] == "no such topic, or not for you"


async def told_of(application: Any, scope: dict[str, Any], *received: dict[str, Any]) -> list[dict[str, Any]]:
    """What an ASGI application sent; nothing more is received than this."""
    sent: list[dict[str, Any]] = []
    waiting = list(received)

    async def receive() -> dict[str, Any]:
        return waiting.pop(0) if waiting else {"type": f"{scope['type']}.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await application(scope, receive, send)
    return sent


async def no_database(scope: Any, receive: Any, send: Any) -> None:
    raise OperationalError("connection refused\n\tIs the server running?")


@pytest.fixture
async def in_a_fresh_second(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    monkeypatch.setattr(database, "_logged_at", float("-inf"))
    yield
    await stop_hub()


def complained(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    return [one for one in caplog.records if one.levelno >= logging.ERROR and one.name.startswith("streaming")]


async def test_w7_hello_while_the_database_is_away(in_a_fresh_second: None, caplog: pytest.LogCaptureFixture) -> None:
    """It was 4200, internal error, and a traceback for every one of a thousand that come back."""
    hello = {"type": "websocket.receive", "text": '{"type":"hello","id":1,"version":1}'}
    for _ in range(20):
        connect = {"type": "websocket.connect"}
        sent = await told_of(Accept(no_database), {"type": "websocket", "headers": []}, connect, hello)
        bye = json.loads(sent[1]["text"])
        assert (bye["type"], bye["code"]) == ("bye", 4201)
        assert 0 < bye["retry"][0] < bye["retry"][1]
    told = complained(caplog)
    assert 1 <= len(told) < 20
    assert {(record.exc_info, "\n" in record.getMessage()) for record in told} == {(None, False)}


async def test_w7_push_while_the_database_is_away(in_a_fresh_second: None) -> None:
    scope = {"type": "http", "method": "GET", "headers": [], "query_string": b""}
    start, body = await told_of(AcceptPush(no_database), scope)
    assert (start["status"], json.loads(body["body"])["code"]) == (503, "stream_4201")
    assert (b"retry-after", b"10") in start["headers"]


class Away(StateService):
    """Its database is not there."""

    name = "away"

    def may_read(self, context: RequestContext, topic: str) -> bool:
        raise OperationalError("connection refused")


async def test_w7_a_subscription_while_the_database_is_away_is_unavailable(
    in_a_fresh_second: None, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(SERVICES, "away", Away())
    connection = Connection(RequestContext(), None, current_hub())  # type: ignore[arg-type]
    for number in range(20):
        wanted = [SubscriptionRequest(service="away", topic=str(number))]
        decided = await connection.subscribing.decide(connection.context, wanted)
        assert [outcome.code for outcome, _ in decided] == ["unavailable"]
    assert 1 <= len(complained(caplog)) < 20
    assert {record.exc_info for record in complained(caplog)} == {None}


@pytest.mark.process
async def test_docs_5_who_says_nothing_is_inside_too(site: Site) -> None:
    """Presence is who is inside a Thing; a subscriber that said nothing was not (T2), and no card counted it (T3)."""
    thing = site.new_thing(visibility="public")
    presence, card = ({"service": service, "topic": thing} for service in ("presence", "gallery"))
    async with site.talk("ana") as ana, site.talk() as guest, site.talk() as cards:
        mine = (await ana.hello(presence))["connection"]
        whole = await ana.until("state")
        assert set(whole["set"][mine]) == {"user"}  # of itself, too
        theirs = (await guest.hello(presence))["connection"]
        whole = await guest.until("state")
        assert whole["set"][mine]["user"]["name"] == "Ana Ruiz"
        assert (whole["set"][theirs]["user"]["id"], whole["set"][theirs]["user"]["name"]) == (None, "Guest")
        await cards.hello(card)
        while len(people := (await cards.until("state"))["set"]["card"]["people"]) < 2:
            pass
        assert [person["name"] for person in people] == ["Ana Ruiz", "Guest"]
        await guest.send({"type": "unsubscribe", "id": 2, **presence})
        while (await ana.until("state")).get("remove") != [theirs]:
            pass


@pytest.mark.process
def test_docs_5_who_reads_presence_by_push_is_inside(site: Site) -> None:
    """Push has no way up, so nothing could ever be said on it."""
    thing = site.new_thing()
    answer = Answer(site, f"subscribe=presence/{thing}", site.bearer("ana"))
    answer.until(lambda source: any(frame["type"] == "state" and frame["set"] for frame in source.frames))
    answer.close()


def test_docs_5_a_card_names_people_once_and_guests_last_and_is_bounded() -> None:
    def value(id: str | None, name: str) -> dict[str, Any]:
        return {"user": {"id": id, "name": name, "color": 1}}

    crowd = {f"g{number}": value(None, "Guest") for number in range(300)}
    inside = {**crowd, "c1": value("a", "Ana"), "c2": value("a", "Ana"), "c3": value("b", "Bo")}
    people = card_of(Thing(title="T"), inside)["people"]
    assert [person["name"] for person in people[:3]] == ["Ana", "Bo", "Guest"]
    assert len(people) == 100
