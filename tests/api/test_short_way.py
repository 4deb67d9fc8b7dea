"""A program's request goes a shorter way than a page's, and is answered the same."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import Token, User
from things.models import Thing
from widgetapp import short_way

pytestmark = pytest.mark.django_db

OURS = "https://app.example.org"
VARIES = {"X-Request-ID", "RateLimit", "Vary"}
ASKED: list[tuple[str, str, Any, dict[str, str]]] = [
    ("get", "/api/", None, {}),
    ("get", "/api/things/", None, {}),
    ("get", "/api/things", None, {}),
    ("get", "/api/things/{thing}/", None, {}),
    ("head", "/api/things/{thing}/", None, {}),
    ("options", "/api/things/", None, {}),
    ("options", "/api/things/", None, {"Origin": OURS, "Access-Control-Request-Method": "GET"}),
    ("options", "/api/things/", None, {"Origin": "https://a.example", "Access-Control-Request-Method": "GET"}),
    ("get", "/api/things/{thing}/", None, {"Origin": OURS}),
    ("get", "/api/things/{thing}/", None, {"Host": "foreign.example"}),
    ("get", "/api/things/nothing/", None, {}),
    ("get", "/api/nothing/", None, {}),
    ("get", "/api/things/?ordering=colour", None, {}),
    ("get", "/api/things/", None, {"Accept": "application/xml"}),
    ("get", "/api/inbox/", None, {"Authorization": "Bearer wrong"}),
    ("post", "/api/things/{thing}/actions/", {"actions": []}, {}),
    ("post", "/api/things/{thing}/actions/", {"id": "1", "actions": [{"type": "rename", "title": "A"}]}, {}),
    ("put", "/api/things/{thing}/actions/", {}, {}),
]


def told(client: Client, thing: Thing, asked: tuple[str, str, Any, dict[str, str]]) -> tuple[Any, ...]:
    method, path, body, headers = asked
    more: dict[str, Any] = {"data": body, "content_type": "application/json"} if body is not None else {}
    answer = getattr(client, method)(path.format(thing=thing.pk), headers=headers, **more)
    said = {name.lower(): value for name, value in answer.headers.items() if name not in VARIES}
    varies = {name.strip() for name in answer.get("Vary", "").split(",")} - {"Accept-Language"}
    words = answer.json() if answer.content and "json" in answer["Content-Type"] else answer.content
    rest = {key: value for key, value in words.items() if key != "request_id"} if isinstance(words, dict) else words
    return answer.status_code, said, varies, rest, answer.cookies.output()


@pytest.mark.parametrize("asked", ASKED, ids=lambda asked: f"{asked[0]} {asked[1]} {'+'.join(asked[3])}")
@pytest.mark.parametrize("by", ["token", "session", "nobody"])
def test_both_ways_answer_the_same(
    asked: tuple[str, str, Any, dict[str, str]],
    by: str,
    thing: Thing,
    ana: User,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings.API_ORIGINS = settings.CORS_ALLOWED_ORIGINS = [OURS]
    token = Token.objects.create(ana, scopes=["read", "write"])[1]
    bearer = {"Authorization": f"Bearer {token}"} if by == "token" else {}
    asked = (*asked[:3], {"Accept": "application/json", **bearer, **asked[3]})
    client = Client()
    if by == "session":
        client.force_login(ana)
    short = told(client, thing, asked)
    monkeypatch.setattr(short_way, "is_for_program", lambda request: False)
    long = told(client, thing, asked)
    # A foreign host is refused in front of what gives a page its headers.
    more = {name: value for name, value in short[1].items() if name not in long[1]}
    assert not more or "Host" in asked[3]
    assert short == (long[0], {**long[1], **more}, long[2] | (short[2] if more else set()), *long[3:])
    assert ("content-security-policy" in short[1]) is ("Access-Control-Request-Method" not in asked[3])


@pytest.mark.parametrize(
    ("path", "accept", "expected"),
    [
        ("/api/things/", "", True),
        ("/api/things/", "*/*", True),
        ("/api/things/", "text/html,application/xhtml+xml", False),
        ("/api/things/?format=api", "*/*", False),
        ("/", "*/*", False),
        ("/apiary/", "*/*", False),
    ],
)
def test_who_goes_it(rf: Any, path: str, accept: str, *, expected: bool) -> None:
    assert short_way.is_for_program(rf.get(path, headers={"Accept": accept})) is expected


def test_the_language_of_a_page_stays_with_the_page(client: Client, thing: Thing) -> None:
    client.get("/accounts/sign-in/", headers={"Accept-Language": "de"})
    assert client.get("/api/things/", headers={"Accept": "application/json"})["Content-Language"] == "en"
    assert client.get("/api/inbox/", headers={"Accept-Language": "de"}).json()["title"].isascii()
