"""The HTTP API as outsiders tried it: each test is named after the case that failed."""

import base64
import json
import re
from typing import Any

import pytest
from django.test import Client

from accounts.models import Token, User
from tests.conftest import MakeUser
from tests.things.making import add, do, note
from things import editing
from things.api.lists import MAX_PAGE
from things.errors import TooLarge
from things.models import Thing, Via

pytestmark = pytest.mark.django_db

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
JSON = "application/json"


def bearer(user: User, *scopes: str) -> dict[str, str]:
    _, token = Token.objects.create(user=user, name="test", scopes=list(scopes or ("read", "write")))
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture
def client() -> Client:
    """Who never swallows a 500, and is held to the CSRF token as browsers are."""
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def sent(ana: User) -> dict[str, str]:
    return bearer(ana)


def require_problem(answer: Any, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    told: dict[str, Any] = json.loads(answer.content)
    assert (told["status"], told["code"]) == (status, code)
    assert told["request_id"] == answer["X-Request-ID"]
    return told


def send(client: Client, method: str, path: str, body: Any, headers: dict[str, str]) -> Any:
    return client.generic(method, path, json.dumps(body), content_type=JSON, headers=headers)


UNKNOWN = [
    "/api/nothing/", "/api/nothing", "/api/things/not-an-id/", "/api/%00", "/api/things/%00/", "/api/a%0Ab/",
    "/api/things/%0A", "/api/things%0D%0A/", "/api/..%2Fadmin/", "/api/%FF%FE/", "/api//things/",
]  # fmt: skip


@pytest.mark.parametrize("path", UNKNOWN)
def test_w6_v22_an_unknown_path_is_a_problem_to_every_method(client: Client, sent: dict[str, str], path: str) -> None:
    """Below /api/, writing to a path that is none was 403 in HTML, with a token too; line ends broke out of the API."""
    for method in METHODS:
        for headers in ({}, sent, {"Authorization": "Bearer wap_no"}):
            answer = client.generic(method, path, headers=headers)
            assert answer.status_code == 404, method
            assert answer["Content-Type"] == "application/problem+json"
            if method != "HEAD":
                require_problem(answer, 404, "not_found")


@pytest.mark.parametrize("path", ["/api/things", "/api/me", "/api/stream/tickets", "/api/tokens", "/api"])
def test_w6_a_forgotten_slash_is_told(client: Client, sent: dict[str, str], path: str) -> None:
    """A path without its last slash said nothing about it."""
    for method in METHODS[2:6]:
        assert require_problem(send(client, method, path, {}, sent), 404, "not_found")["detail"].endswith(f" {path}/")
    assert require_problem(client.get("/api/stream/asyncapi.json/"), 404, "not_found")["detail"].endswith(
        "asyncapi.json"
    )


KNOWN = ["/api/", "/api/actions/", "/api/kinds/", "/api/schema/", "/api/stream/asyncapi.json", "/api/things/{}/digest/"]


@pytest.mark.parametrize("path", KNOWN)
def test_w6_a_wrong_method_is_a_problem(client: Client, thing: Thing, sent: dict[str, str], path: str) -> None:
    """The documents answered in HTML, or in YAML under the name of a problem."""
    for method in ("POST", "PUT", "PATCH", "DELETE", "TRACE"):
        for accept in ("*/*", JSON):
            answer = send(client, method, path.format(thing.pk), {}, {**sent, "Accept": accept})
            require_problem(answer, 405, "method_not_allowed")
            assert "GET" in answer["Allow"]
    assert client.options(path.format(thing.pk), headers=sent).headers["Content-Type"].startswith("application/")
    require_problem(client.get(path.format(thing.pk), headers={**sent, "Accept": "image/png"}), 406, "not_acceptable")


def test_w6_a_session_without_its_csrf_token_is_told_so_in_json(client: Client, ana: User, thing: Thing) -> None:
    """CSRF has one answer below /api/, whoever checks it."""
    client.force_login(ana)
    require_problem(send(client, "POST", "/api/things/", {}, {}), 403, "csrf")
    require_problem(send(client, "PATCH", f"/api/things/{thing.pk}/", {}, {}), 403, "csrf")
    assert client.post("/healthz").status_code == 405


def cursor(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode()


CURSORS = [
    "zzz", "%00", "\u00e9", "a" * 5000, "=", "cD0=", "cD1hYmM=", "cD1ub3RhZGF0ZQ==", "cj0xJnA9MjAyNg==",
    *map(cursor, (
        "null", "5", "[]", "{}", "[" * 40, "[1,2,3,4]", '["title","a","b",false]', '["-changed_at","a","%s",false]',
        '["nonsense","a","01900000-0000-7000-8000-000000000001",false]', '[["title"],"a","b",false]',
        '["-changed_at","2026-01-01T00:00:00","01900000-0000-7000-8000-000000000001",false]',
        '["-changed_at","0001-01-01T00:00:00+23:59","01900000-0000-7000-8000-000000000001",false]',
        '["-changed_at","9999-12-31T23:59:59-23:59","01900000-0000-7000-8000-000000000001",true]',
        '["title","a\\u0000","01900000-0000-7000-8000-000000000001",false]',
        '["title",5,"01900000-0000-7000-8000-000000000001",false]',
        '["-changed_at",5,"01900000-0000-7000-8000-000000000001",false]',
    )),
]  # fmt: skip


@pytest.mark.parametrize("given", CURSORS, ids=range(len(CURSORS)))
def test_w5_v15_a_cursor_that_is_none(client: Client, ana: User, thing: Thing, given: str) -> None:
    """`?cursor=` with a position that is no date was a 500 for anybody; so was `?after=` of the gallery."""
    require_problem(client.get("/api/things/", {"cursor": given}), 404, "not_found")
    require_problem(client.get("/api/things/", {"cursor": given, "ordering": "title"}), 404, "not_found")
    client.force_login(ana)
    assert b"Harbour pool" in client.get("/", {"after": given}).content


@pytest.mark.parametrize("after", ["0001-01-01T00:00:00+23:59_{}", "9999-12-31T23:59:59-23:59_{}", "_", "x_{}"])
def test_v15_a_moment_out_of_range_in_the_gallery(client: Client, ana: User, thing: Thing, after: str) -> None:
    """Moments that no time zone can hold were a 500."""
    client.force_login(ana)
    assert client.get("/", {"after": after.format(thing.pk)}).status_code == 200


def test_w5_a_cursor_of_another_ordering_is_refused(client: Client, ana: User, sent: dict[str, str]) -> None:
    """A cursor says where it is of; it cannot mean another place in another list."""
    for title in "abc":
        editing.create(ana, {"title": title}, via=Via.EDITOR)
    following = client.get("/api/things/?ordering=title&limit=1", headers=sent).json()["next"]
    require_problem(client.get(following.replace("ordering=title", "ordering=-title"), headers=sent), 404, "not_found")


@pytest.mark.parametrize("search", ["\0", "a\0b", "x" * 201, "x" * 51_000, "%" * 51_000])
def test_v15_a_search_that_no_title_could_answer(client: Client, ana: User, search: str) -> None:
    """NUL was a 500 on PostgreSQL, a very long pattern on SQLite a 503 "unavailable"."""
    told = require_problem(client.get("/api/things/", {"search": search}), 422, "invalid")
    assert [error["pointer"] for error in told["errors"]] == ["/search"]
    client.force_login(ana)
    for show in ("all", "mine", "trash", "templates"):
        assert client.get("/", {"search": search, "show": show}).status_code == 200


@pytest.mark.parametrize(
    "wanted", ["foo", "demo", "things:editor", "gallery.views", "\n", "\0", "//evil.example", "/\\x"]
)
def test_v15_the_demo_goes_only_to_paths(client: Client, settings: Any, wanted: str) -> None:
    """`next=foo` was taken for the name of a page: 500."""
    settings.DEMO = True
    answer = Client().post("/demo/", {"next": wanted})
    assert (answer.status_code, answer["Location"]) == (302, "/")


def test_v15_a_copy_that_is_refused_says_so(
    client: Client, ana: User, thing: Thing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A Thing too large to copy was a 500 in the gallery, where the API says 413."""

    def refuse(*_: Any, **__: Any) -> None:
        raise TooLarge("at most so many effects in a change")

    monkeypatch.setattr(editing, "create", refuse)
    browser = Client()
    browser.force_login(ana)
    for path, form in (
        (f"/things/{thing.pk}/duplicate/", {}),
        ("/things/new/", {"template": str(thing.pk)}),
        ("/things/new/", {}),
    ):
        answer = browser.post(path, form, follow=True)
        assert answer.redirect_chain == [("/", 302)]
        assert b"at most so many effects" in answer.content


BODIES = ["[]", "[null,null]", '"x"', "5", "0", "true", "null", "[{}]", "1.5"]
WRITES = [
    ("POST", "/api/things/"), ("PATCH", "/api/things/{}/"), ("POST", "/api/things/{}/actions/"),
    ("POST", "/api/things/{}/actions/undo/"), ("POST", "/api/things/{}/actions/redo/"),
    ("POST", "/api/things/{}/actions/rename/"), ("POST", "/api/things/{}/members/"), ("POST", "/api/inbox/"),
    ("POST", "/api/tokens/"), ("PATCH", "/api/me/"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path"), WRITES)
def test_w10_a_body_that_is_no_object(
    client: Client, thing: Thing, ana: User, sent: dict[str, str], method: str, path: str
) -> None:
    """`[null,null]` to `undo` undid something: any value was read as an empty object."""
    do(thing, ana, {"type": "rename", "title": "Before"})
    for body in BODIES:
        answer = client.generic(method, path.format(thing.pk), body, content_type=JSON, headers=sent)
        told = require_problem(answer, 422, "invalid")
        assert [(error["pointer"], error["code"]) for error in told["errors"]] == [("", "type")], body
    thing.refresh_from_db()
    assert (thing.title, thing.revision) == ("Before", 2)


POINTERS = [
    ("POST", "actions/rename/", {}, ["/title"]),
    ("POST", "actions/rename/", {"title": 5}, ["/title"]),
    ("POST", "actions/rename/", {"title": "x", "B": 1}, ["/B"]),
    ("POST", "actions/rename/", {"title": "x", "id": 5}, ["/id"]),
    ("POST", "actions/rename/", {"title": "x", "group": None}, ["/group"]),
    ("POST", "actions/rename/", {"title": "x", "type": "undo"}, ["/type"]),
    ("POST", "actions/nudge/", {"widgets": ["x"], "dx": 1, "dy": 1}, ["/widgets/0"]),
    ("POST", "actions/set_thing/", {"set": {"B": 1}}, ["/set/B"]),
    ("POST", "actions/set_canvas/", {"set": {"grid": 1}}, ["/set/grid"]),
    ("POST", "actions/", {}, ["/actions"]),
    ("POST", "actions/", {"actions": [{"type": "rename"}]}, ["/actions/0/title"]),
    ("PATCH", "", {"B": 1}, ["/B"]),
    ("PATCH", "", {"title": "x", "B": 1}, ["/B"]),
    ("PATCH", "", {"title": "x", "set": 1}, ["/set"]),
    ("PATCH", "", {"title": 5}, ["/title"]),
    ("PATCH", "", {"title": "x" * 201}, ["/title"]),
    ("PATCH", "", {"tags": ["a", 5]}, ["/tags/1"]),
    ("PATCH", "", {"tags": ["x" * 41]}, ["/tags"]),
    ("PATCH", "", {"template": None}, ["/template"]),
    ("PATCH", "", {"visibility": None}, ["/visibility"]),
    ("PATCH", "", {"visibility": "secret"}, ["/visibility"]),
]


@pytest.mark.parametrize(("method", "path", "body", "pointers"), POINTERS)
def test_w11_pointers_point_into_the_body_that_was_sent(
    client: Client, thing: Thing, sent: dict[str, str], method: str, path: str, body: Any, pointers: list[str]
) -> None:
    """`{}` to `rename` was answered with `/actions/0/title`; the body has no `actions`. PATCH likewise."""
    told = require_problem(send(client, method, f"/api/things/{thing.pk}/{path}", body, sent), 422, "invalid")
    assert [error["pointer"] for error in told["errors"]] == pointers


@pytest.mark.parametrize("name", ["id", "template"])
def test_w_s4_null_is_no_id(client: Client, sent: dict[str, str], name: str) -> None:
    """`template: null` was accepted where the document says UUID."""
    told = require_problem(send(client, "POST", "/api/things/", {"title": "x", name: None}, sent), 422, "invalid")
    assert [error["pointer"] for error in told["errors"]] == [f"/{name}"]


REFUSED = [
    ("ordering", "nonsense"), ("ordering", "owner"), ("ordering", "title,id"), ("mine", "maybe"), ("shared", "2"),
    ("template", "null"), ("trashed", "null"), ("trashed", "both"), ("visibility", "secret"), ("limit", "0"),
    ("limit", "-1"), ("limit", "x"), ("limit", "1.5"), ("limit", "\u0661"), ("tag", "x" * 41), ("tag", "\0"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value"), REFUSED)
def test_w12_a_filter_is_honoured_or_refused(client: Client, sent: dict[str, str], name: str, value: str) -> None:
    """Unknown values were taken for something else in silence."""
    told = require_problem(client.get("/api/things/", {name: value}, headers=sent), 422, "invalid")
    assert [error["pointer"] for error in told["errors"]] == [f"/{name}"]


def test_w12_what_is_no_filter_is_ignored(client: Client, sent: dict[str, str]) -> None:
    """Parameters that nobody knows change nothing; an empty one is none."""
    for query in ("utm_source=mail", "mine=&tag=&search=&ordering=", f"limit={MAX_PAGE + 1}"):
        assert client.get(f"/api/things/?{query}", headers=sent).status_code == 200


def test_w12_changes_are_numbers_too(client: Client, thing: Thing, sent: dict[str, str]) -> None:
    """`limit=0` was a page of a hundred."""
    for query in ("limit=0", "limit=-1", "since=-1", "since=x"):
        require_problem(client.get(f"/api/things/{thing.pk}/changes/?{query}", headers=sent), 422, "invalid")


def titles(answer: Any) -> list[str]:
    return [thing["title"] for thing in answer.json()["results"]]


def through(client: Client, url: str, way: str, sent: dict[str, str]) -> list[str]:
    """All titles, following the links."""
    found = []
    while url:
        answer = client.get(url, headers=sent)
        found.append(titles(answer))
        url = answer.json()[way]
    return [title for page in (found if way == "next" else found[::-1]) for title in page]


def test_w12_ordering_is_honoured_page_by_page(client: Client, ana: User, sent: dict[str, str]) -> None:
    """`?ordering=` was ignored. Equal titles keep their places from page to page, there and back."""
    for title in ("b", "a", "c", "a", "a", "b"):
        editing.create(ana, {"title": title}, via=Via.EDITOR)
    made = ["b", "a", "c", "a", "a", "b"]
    assert through(client, "/api/things/?ordering=title&limit=2", "next", sent) == sorted(made)
    assert through(client, "/api/things/?ordering=-title&limit=2", "next", sent) == sorted(made)[::-1]
    assert through(client, "/api/things/?ordering=created_at&limit=1", "next", sent) == made
    assert through(client, "/api/things/?limit=4", "next", sent) == made[::-1]
    first = client.get("/api/things/?ordering=title&limit=2", headers=sent).json()
    assert first["previous"] is None
    second = client.get(first["next"], headers=sent).json()
    third = client.get(second["next"], headers=sent).json()
    assert (third["next"], client.get(third["previous"], headers=sent).json()["results"]) == (None, second["results"])
    assert client.get(second["previous"], headers=sent).json()["results"] == first["results"]


def test_w12_a_thing_that_moves_hides_no_other(client: Client, ana: User, sent: dict[str, str]) -> None:
    """Pages go on behind a value and an id, so what changes meanwhile is not skipped over."""
    for number in range(5):
        editing.create(ana, {"title": str(number)}, via=Via.EDITOR)
    first = client.get("/api/things/?ordering=title&limit=2", headers=sent).json()
    Thing.objects.filter(title="0").update(title="9")
    rest = through(client, first["next"], "next", sent)
    assert rest == ["2", "3", "4", "9"]


def test_w12_tags_are_a_filter(client: Client, ana: User, sent: dict[str, str]) -> None:
    """There was no `tag`. It means the tag, not a part of one."""
    for title, tags in (("one", ["plan"]), ("two", ["plan b", "\u00e9cole"]), ("three", []), ("four", ['a"b', "100%"])):
        made = editing.create(ana, {"title": title}, via=Via.EDITOR)
        do(made, ana, {"type": "set_thing", "set": {"tags": tags}})
    expected = {"plan": ["one"], " PLAN  b ": ["two"], "\u00e9cole": ["two"], "pla": [], "%": [], 'a"b': ["four"]}
    for tag, found in expected.items():
        assert titles(client.get("/api/things/", {"tag": tag}, headers=sent)) == found, tag


def test_w12_yes_and_no_are_words(client: Client, ana: User, thing: Thing, sent: dict[str, str]) -> None:
    """Each filter in both directions."""
    trashed = editing.create(ana, {"title": "Gone"}, via=Via.EDITOR)
    do(trashed, ana, {"type": "set_thing", "set": {"trashed": True}})
    for word, found in (("true", ["Gone"]), ("True", ["Gone"]), ("false", ["Harbour pool"]), ("0", ["Harbour pool"])):
        assert titles(client.get("/api/things/", {"trashed": word}, headers=sent)) == found
    assert titles(client.get("/api/things/?mine=false", headers=sent)) == []
    assert titles(client.get("/api/things/?template=true", headers=sent)) == []
    assert titles(client.get("/api/things/?visibility=private", headers=sent)) == ["Harbour pool"]


def left(answer: Any) -> int:
    assert answer["RateLimit-Policy"].startswith('"actions";q=')
    return int(re.fullmatch(r'"actions";r=(\d+)', answer["RateLimit"])[1])  # type: ignore[index]


def test_w9_the_headers_tell_the_bucket_as_it_is(client: Client, thing: Thing, ana: User, settings: Any) -> None:
    """The 429 told the bucket of the default, and looking at the page of an action cost a token."""
    settings.ACTIONS_BURST, settings.ACTIONS_PER_MINUTE = 3, 1
    sent, url = bearer(ana), f"/api/things/{thing.pk}/actions/rename/"
    told = [left(send(client, "POST", url, {"title": str(number)}, sent)) for number in range(2)]
    assert told == [2, 1]
    for _ in range(5):
        looked = client.get(url, headers=sent)
        assert (looked.status_code, left(looked)) == (200, 1)
    assert left(send(client, "POST", url, {}, sent)) == 0
    refused = send(client, "POST", url, {"title": "late"}, sent)
    require_problem(refused, 429, "rate_limited")
    assert (left(refused), refused["RateLimit-Policy"]) == (0, '"actions";q=3;w=180')
    assert 1 <= int(refused["Retry-After"]) <= 60
    assert client.get(url, headers=sent).status_code == 200


WRITTEN = [
    ("POST", "/api/things/", {"title": "x"}), ("PATCH", "/api/things/{}/", {"title": "x"}),
    ("DELETE", "/api/things/{}/", {}), ("POST", "/api/things/{}/actions/", {"actions": []}),
    ("POST", "/api/things/{}/members/", {}), ("DELETE", "/api/things/{}/members/{}/", {}), ("PATCH", "/api/me/", {}),
    ("POST", "/api/tokens/", {"name": "x", "scopes": ["read"]}), ("DELETE", "/api/tokens/{}/", {}),
    ("POST", "/api/stream/tickets/", {}), ("POST", "/api/inbox/", {"through": 0}),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "body"), WRITTEN)
def test_w9_v14_writes_of_every_kind_are_limited(
    client: Client, thing: Thing, ana: User, settings: Any, method: str, path: str, body: Any
) -> None:
    """Only editor actions were; PATCH, creation, members, tokens and tickets never."""
    settings.ACTIONS_BURST, settings.ACTIONS_PER_MINUTE = 2, 1
    sent, url = bearer(ana), path.format(thing.pk, thing.pk)
    answers = [send(client, method, url, body, sent) for _ in range(3)]
    assert [answer.status_code == 429 for answer in answers] == [False, False, True]
    assert [left(answer) for answer in answers] == [1, 0, 0]


PAGES = ["/things/new/", "/things/{}/duplicate/", "/things/{}/trash/", "/sign-out/", "/nothing/"]


@pytest.mark.parametrize("path", PAGES)
def test_v14_the_forms_of_pages_use_the_same_bucket(ana: User, thing: Thing, settings: Any, path: str) -> None:
    """Copying in the gallery, the trash and new Things were outside every limit."""
    settings.ACTIONS_BURST, settings.ACTIONS_PER_MINUTE = 2, 1
    browser = Client()
    browser.force_login(ana)
    send(browser, "PATCH", f"/api/things/{thing.pk}/", {"title": "x"}, {})
    assert left(browser.post("/things/new/")) == 0
    refused = browser.post(path.format(thing.pk))
    assert (refused.status_code, left(refused)) == (429, 0)
    assert int(refused["Retry-After"]) >= 1
    assert b"try again" in refused.content


def test_v14_visitors_are_limited_by_address(client: Client, settings: Any) -> None:
    """Who is nobody yet is counted by where they come from; an address of one's choosing is not believed."""
    settings.ACTIONS_BURST, settings.ACTIONS_PER_MINUTE, settings.DEMO = 2, 1, True
    forged = {"X-Forwarded-For": "198.51.100.1"}
    where = {"REMOTE_ADDR": "2001:db8::1"}
    statuses = [Client().post("/demo/", headers=forged, **where).status_code for _ in range(3)]
    assert statuses == [302, 302, 429]
    assert Client().post("/demo/", REMOTE_ADDR="2001:db8::ffff").status_code == 429
    assert Client().post("/demo/", REMOTE_ADDR="2001:db8:1::1").status_code == 302


@pytest.mark.thorough
def test_v9_nobody_pushes_another_out_of_the_buckets(client: Client, thing: Thing, ana: User, settings: Any) -> None:
    """Three hundred forged addresses emptied the cache, and with it everybody's count."""
    settings.ACTIONS_BURST, settings.ACTIONS_PER_MINUTE = 1, 1
    sent = bearer(ana)
    assert send(client, "PATCH", "/api/me/", {}, sent).status_code == 200
    for number in range(3000):
        client.post("/api/stream/tickets/", REMOTE_ADDR=f"10.0.{number // 250}.{number % 250}")
    require_problem(send(client, "PATCH", "/api/me/", {}, sent), 429, "rate_limited")


def conditional(client: Client, url: str, given: str, sent: dict[str, str]) -> Any:
    return client.get(url, headers={**sent, "If-None-Match": given})


@pytest.mark.parametrize("path", ["", "?revision=1", "digest/", "changes/"])
def test_w13_a_tag_is_understood_weak_in_a_list_and_as_a_star(
    client: Client, thing: Thing, sent: dict[str, str], path: str
) -> None:
    """One exact strong tag was understood: behind a proxy that compresses there was never a 304."""
    url = f"/api/things/{thing.pk}/{path}"
    first = client.get(url, headers=sent)
    etag = first["ETag"]
    for given in (etag, f"W/{etag}", f'"a", W/"b", {etag}', f'W/"a",W/{etag}', "*"):
        known = conditional(client, url, given, sent)
        assert (known.status_code, known.content, known["ETag"]) == (304, b"", etag), given
        assert known["Stream-Position"] == first["Stream-Position"]
        assert known["Cache-Control"] == "private, no-cache"
    for given in ('"a"', etag.strip('"'), f"{etag[:-1]}x", "", ",", '"'):
        assert conditional(client, url, given, sent).status_code == 200, given


def test_w13_a_tag_changes_with_all_that_is_shown(client: Client, thing: Thing, ana: User, jonas: User) -> None:
    """Revision, rights, role, and the owner's name, which is not in the log."""
    url = f"/api/things/{thing.pk}/"
    tags = {client.get(url, headers=bearer(person))["ETag"] for person in (ana, jonas)}
    ana.name = "Ana Maria"
    ana.save()
    tags.add(client.get(url, headers=bearer(ana))["ETag"])
    do(thing, ana, {"type": "rename", "title": "New"})
    tags.add(client.get(url, headers=bearer(ana))["ETag"])
    Thing.objects.filter(pk=thing.pk).update(access_epoch=7)
    tags.add(client.get(url, headers=bearer(ana))["ETag"])
    assert len(tags) == 5


def test_w13_rights_are_asked_before_every_304(client: Client, thing: Thing, ana: User, make_user: MakeUser) -> None:
    """A tag is no credential."""
    etag = client.get(f"/api/things/{thing.pk}/", headers=bearer(ana))["ETag"]
    for path in ("", "?revision=1", "digest/", "changes/"):
        for given in (etag, "*"):
            url = f"/api/things/{thing.pk}/{path}"
            require_problem(
                conditional(client, url, given, bearer(make_user(f"S{path[:2]}{given[:1]}"))), 404, "not_found"
            )
            require_problem(conditional(client, url, given, {}), 404, "not_found")
    ahead = conditional(client, f"/api/things/{thing.pk}/?revision=9", "*", bearer(ana))
    require_problem(ahead, 409, "revision_ahead")


def test_docs_12_body_and_position_are_one_state(client: Client, thing: Thing, ana: User, sent: dict[str, str]) -> None:
    """`?revision=1` carried the position of the head: who went on from there missed what lies between."""
    do(thing, ana, add(note(1)))
    do(thing, ana, add(note(2)))
    for revision in (1, 2, 3):
        answer = client.get(f"/api/things/{thing.pk}/?revision={revision}", headers=sent)
        assert answer["Stream-Position"].endswith(f"offset={revision}")
        assert (answer.json()["revision"], len(answer.json()["widgets"])) == (revision, revision - 1)


@pytest.mark.parametrize(
    "path", ["", "things/", "things/{}/", "things/{}/changes/", "things/{}/members/", "me/", "inbox/"]
)
def test_v18_what_is_private_is_asked_for_each_time(
    client: Client, thing: Thing, sent: dict[str, str], path: str
) -> None:
    """There was no Cache-Control on most answers."""
    answer = client.get(f"/api/{path}".format(thing.pk), headers=sent)
    assert answer["Cache-Control"] == "private, no-cache"
    assert {"Cookie", "Authorization"} <= {word.strip() for word in answer["Vary"].split(",")}


def test_v18_secrets_are_not_kept(client: Client, sent: dict[str, str]) -> None:
    """Answers with a token or a ticket."""
    made = send(client, "POST", "/api/tokens/", {"name": "x", "scopes": ["read"]}, sent)
    for answer in (made, client.get("/api/tokens/", headers=sent), client.post("/api/stream/tickets/", headers=sent)):
        assert answer.status_code < 300
        assert answer["Cache-Control"] == "no-store"


def test_v18_pages_of_who_is_signed_in_are_not_kept(ana: User, thing: Thing) -> None:
    """After the sign-out, Back showed them."""
    browser = Client()
    browser.force_login(ana)
    for path in ("/", f"/things/{thing.pk}/", "/developers/", "/api/things/"):
        answer = browser.get(path, headers={"Accept": "text/html"})
        assert answer["Content-Type"].startswith("text/html")
        assert answer["Cache-Control"] == "no-store", path
    assert "no-store" not in browser.get(f"/things/{thing.pk}/thumbnail.svg")["Cache-Control"]


@pytest.mark.parametrize("path", ["/sign-out/", "/admin/logout/"])
def test_v18_signing_out_empties_the_cache(ana: User, path: str) -> None:
    """Through whichever door."""
    User.objects.filter(pk=ana.pk).update(is_staff=True)
    browser = Client()
    browser.force_login(ana)
    assert "Clear-Site-Data" not in browser.get("/")
    assert browser.post(path)["Clear-Site-Data"] == '"cache"'


PREFLIGHT = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"}
ELSEWHERE = "https://elsewhere.example"


def test_w4_docs_2_listed_origins_may_use_the_api(
    client: Client, thing: Thing, sent: dict[str, str], settings: Any
) -> None:
    """A page of another origin could not fetch the ticket it was promised: there was no CORS at all."""
    settings.API_ORIGINS = settings.CORS_ALLOWED_ORIGINS = [ELSEWHERE]
    for path in ("/api/stream/tickets/", f"/api/things/{thing.pk}/", f"/api/things/{thing.pk}/changes/"):
        asked = client.options(path, headers={"Origin": ELSEWHERE, **PREFLIGHT})
        assert (asked.status_code, asked["Access-Control-Allow-Origin"]) == (200, ELSEWHERE)
        assert {"authorization", "content-type"} <= set(asked["Access-Control-Allow-Headers"].split(", "))
        assert "Content-Type" not in asked, "below /api/ nothing says that it is HTML"
    answer = client.post("/api/stream/tickets/", headers={"Origin": ELSEWHERE, **sent})
    assert (answer.status_code, answer["Access-Control-Allow-Origin"]) == (201, ELSEWHERE)
    assert "Access-Control-Allow-Credentials" not in answer
    exposed = set(answer["Access-Control-Expose-Headers"].split(", "))
    assert {"Stream-Position", "ETag", "RateLimit", "Retry-After", "X-Request-ID", "Location"} <= exposed
    refused = client.get("/api/me/", headers={"Origin": ELSEWHERE})
    assert (refused.status_code, refused["Access-Control-Allow-Origin"]) == (401, ELSEWHERE)


@pytest.mark.parametrize("origin", ["null", "https://elsewhere.example.evil", "http://elsewhere.example", "x" * 5000])
def test_w4_a_refused_preflight_says_how(client: Client, settings: Any, origin: str) -> None:
    """It was answered 200 without a word."""
    settings.API_ORIGINS = settings.CORS_ALLOWED_ORIGINS = [ELSEWHERE]
    for path in ("/api/stream/tickets/", "/api/nothing/"):
        answer = client.options(path, headers={"Origin": origin, **PREFLIGHT})
        assert "API_ORIGINS" in require_problem(answer, 403, "origin_not_allowed")["detail"]
        assert "Access-Control-Allow-Origin" not in answer
    assert "Access-Control-Allow-Origin" not in client.get("/api/actions/", headers={"Origin": origin})


def test_w4_only_the_api_is_open(client: Client, settings: Any) -> None:
    """Pages, the admin and the health of the site are nobody else's."""
    settings.API_ORIGINS = settings.CORS_ALLOWED_ORIGINS = [ELSEWHERE]
    for path in ("/", "/admin/", "/healthz", "/sign-in/", "/developers/"):
        assert "Access-Control-Allow-Origin" not in client.get(path, headers={"Origin": ELSEWHERE})


def test_w_s4_what_was_made_says_where(client: Client, sent: dict[str, str]) -> None:
    """No Location on 201."""
    made = send(client, "POST", "/api/things/", {"title": "x"}, sent)
    assert made["Location"].endswith(f"/api/things/{made.json()['id']}/")
    assert client.get(made["Location"], headers=sent).json() == made.json()


@pytest.mark.parametrize("encoding", ["gzip", "br", "GZIP", "x-gzip, identity", "identity, gzip"])
def test_w10_a_body_in_an_encoding_that_is_not_read_is_refused(
    client: Client, ana: User, encoding: str, sent: dict[str, str]
) -> None:
    """`{}` was carried out whatever the label said."""
    for path in ("/api/things/", "/api/tokens/"):
        refused = send(client, "POST", path, {}, {**sent, "Content-Encoding": encoding})
        require_problem(refused, 415, "unsupported_media_type")
    assert send(client, "POST", "/api/things/", {}, {**sent, "Content-Encoding": "identity"}).status_code == 201


@pytest.mark.parametrize("path", ["/api/", "/api/things/", "/api/actions/"])
def test_w8_a_format_that_there_is_not_is_406(client: Client, path: str) -> None:
    """It was a 404, which is in few entries of the document."""
    for format in ("xml", "%00", "json,api"):
        require_problem(client.get(f"{path}?format={format}"), 406, "not_acceptable")
    assert client.get(f"{path}?format=json").status_code == 200


def test_w8_any_operation_may_refuse_a_body_or_a_head(client: Client) -> None:
    """A body that a GET does not take is bounded and read all the same."""
    paths = client.get("/api/schema/", headers={"Accept": "application/vnd.oai.openapi+json"}).json()["paths"]
    for operation in (operation for operations in paths.values() for operation in operations.values()):
        assert {"400", "406", "408", "413", "429", "431", "500", "503"} <= operation["responses"].keys()


@pytest.mark.parametrize("number", ["2.0", "2e0", "20e-1"])
def test_w_s4_an_integer_may_be_written_with_a_point(client: Client, thing: Thing, ana: User, number: str) -> None:
    """JSON Schema calls 252.0 an integer; it was refused."""
    do(thing, ana, {"type": "rename", "title": "Two"})
    url = f"/api/things/{thing.pk}/actions/undo/"
    answer = client.generic("POST", url, f'{{"change":{number}}}', content_type=JSON, headers=bearer(ana))
    assert (answer.status_code, answer.json()["revision"]) == (200, 3)
    require_problem(
        client.generic("POST", url, '{"change":2.5}', content_type=JSON, headers=bearer(ana)), 422, "invalid"
    )
    read = client.generic("POST", "/api/inbox/", f'{{"through":{number}}}', content_type=JSON, headers=bearer(ana))
    assert read.status_code == 200


STRICT = [
    ("PATCH", "/api/me/", {"name": 0}, "/name"), ("PATCH", "/api/me/", {"name": True}, "/name"),
    ("PATCH", "/api/me/", {"name": None}, "/name"), ("PATCH", "/api/me/", {"name": ["x"]}, "/name"),
    ("PATCH", "/api/me/", {"name": ""}, "/name"), ("PATCH", "/api/me/", {"name": "x" * 81}, "/name"),
    ("PATCH", "/api/me/", {"nmae": "x"}, "/nmae"), ("PATCH", "/api/me/", {"email": "x@example.org"}, "/email"),
    ("POST", "/api/tokens/", {"name": 0, "scopes": ["read"]}, "/name"),
    ("POST", "/api/tokens/", {"name": "x", "scopes": "read"}, "/scopes"),
    ("POST", "/api/tokens/", {"name": "x", "scopes": []}, "/scopes"),
    ("POST", "/api/tokens/", {"name": "x", "scopes": [1]}, "/scopes/0"),
    ("POST", "/api/tokens/", {"name": "x", "scopes": ["read"], "token": "x"}, "/token"),
    ("POST", "/api/tokens/", {"name": "x", "scopes": ["read"], "expires_at": "2001-01-01T00:00:00Z"}, "/expires_at"),
    ("POST", "/api/tokens/", {"name": "x", "scopes": ["read"], "expires_at": 5}, "/expires_at"),
    ("POST", "/api/tokens/", {"name": "x", "scopes": ["read"], "expires_at": "0001-01-01T00:00+23:59"}, "/expires_at"),
    ("POST", "/api/inbox/", {"through": "1"}, "/through"), ("POST", "/api/inbox/", {"through": True}, "/through"),
    ("POST", "/api/inbox/", {}, "/through"), ("POST", "/api/things/", {"title": 0}, "/title"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "body", "pointer"), STRICT)
def test_w_s4_types_are_strict(
    client: Client, sent: dict[str, str], method: str, path: str, body: Any, pointer: str
) -> None:
    """`{"name": 0}` became the name "0"; an expiry in the past made a dead token; what is no field was passed over."""
    told = require_problem(send(client, method, path, body, sent), 422, "invalid")
    assert pointer in [error["pointer"] for error in told["errors"]]


def test_w10_a_member_without_a_name_is_told_what_is_missing(
    client: Client, thing: Thing, sent: dict[str, str]
) -> None:
    """`{}` was answered "nobody with this name has an account here"."""
    url = f"/api/things/{thing.pk}/members/"
    for body, missing in (
        ({}, {"/email", "/role"}),
        ({"user": str(thing.pk)}, {"/role"}),
        ({"role": "viewer"}, {"/email"}),
    ):
        told = require_problem(send(client, "POST", url, body, sent), 422, "invalid")
        assert {(error["pointer"], error["code"]) for error in told["errors"]} == {
            (name, "required") for name in missing
        }


def test_w_s4_options_promises_no_fields_of_the_answer(client: Client, sent: dict[str, str]) -> None:
    """OPTIONS of the list described POST with `owner` and `revision`, required."""
    told = client.options("/api/things/", headers=sent).json()
    assert "actions" not in told
    assert told["parses"] == [JSON]


def test_undo_of_one_action_may_name_a_group(client: Client, ana: User, thing: Thing, sent: dict[str, str]) -> None:
    """The group was taken for that of the request, and the latest change was undone instead."""
    for title, group in (("one", "g"), ("two", "g"), ("three", "h")):
        rename = {"actions": [{"type": "rename", "title": title}], "group": group}
        send(client, "POST", f"/api/things/{thing.pk}/actions/", rename, sent)
    send(client, "POST", f"/api/things/{thing.pk}/actions/add/", {"widgets": [note(1)]}, sent)
    answer = send(client, "POST", f"/api/things/{thing.pk}/actions/undo/", {"group": "h"}, sent)
    thing.refresh_from_db()
    assert (answer.status_code, thing.title) == (200, "two")


STRANGE = [
    ("GET", "/things/%00/", {}),
    ("GET", "/developers/errors/%00/", {}),
    ("GET", "/?show=%00", {}),
    ("GET", "/?after=%00", {}),
    ("GET", "/sign-in/?next=%00", {}),
    ("GET", "/admin/%00/", {}),
    ("GET", "/static/%00", {}),
    ("GET", "/static/../manage.py", {}),
    ("GET", "/static/%2e%2e/manage.py", {}),
    ("GET", "/things/{}/?revision=%D9%A3", {}),
    ("GET", "/things/{}/?revision=9", {}),
    ("GET", "/things/{}/?revision=" + "9" * 400, {}),
    ("GET", "/things/{}/thumbnail.svg?r=%00", {}),
    ("GET", "/?part=%00&search=%00", {}),
    ("GET", "/sign-in/", {"Accept-Language": "\u00e9;q=x,,;" * 50}),
    ("GET", "/", {"Cookie": 'sessionid="\\000aaaaaaaaaa"'}),
    ("GET", "/api/me/", {"Cookie": 'sessionid="\\000aaaaaaaaaa"'}),
    ("GET", "/api/me/", {"Cookie": "sessionid=" + "a" * 4000}),
    ("GET", "/", {"Cookie": 'messages="\\000"; csrftoken="\\000"; device="\\000"; django_language="\\000"'}),
    ("GET", "/api/things/", {"Cookie": 'sessionid="\\377\\376aaaaaaaa"'}),
    ("GET", "/api/things/?format=%00", {}),
    ("GET", "/api/things/", {"Accept": "application/json; indent=99999999999"}),
    ("GET", "/api/things/", {"Accept": ";;;,=/"}),
    ("GET", "/api/schema/?format=%00&lang=%00", {}),
    ("GET", "/api/schema/?lang=xx", {}),
    ("POST", "/things/new", {}),
    ("POST", "/sign-in", {}),
    ("POST", "/demo", {}),
    ("PUT", "/developers", {}),
    ("POST", "/admin", {}),
    ("POST", "/sign-in/", {"Content-Type": "multipart/form-data; boundary=\u00e9"}),
    ("POST", "/sign-in/", {"Content-Type": "multipart/form-data"}),
    ("POST", "/api/things/", {"Content-Type": "application/json; charset=nonsense"}),
    ("POST", "/api/things/", {"Content-Type": "\u00e9"}),
    ("POST", "/api/things/", {"Authorization": "Bearer " + "a" * 5000}),
    ("POST", "/api/things/", {"Authorization": "Bearer \u00e9"}),
    ("POST", "/api/things/", {"Content-Length": "x"}),
    ("GET", "/readyz", {}),
    ("GET", "/metrics", {"Authorization": "Bearer \u00e9"}),
]


@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize(("method", "path", "headers"), STRANGE, ids=range(len(STRANGE)))
def test_v15_nothing_a_stranger_sends_is_a_500(
    thing: Thing, settings: Any, method: str, path: str, headers: dict[str, str], debug: bool
) -> None:
    """NUL, moments, octal cookies and forgotten slashes were errors of ours, with a traceback each."""
    settings.DEBUG = debug
    browser = Client(raise_request_exception=False)
    answer = browser.generic(method, path.format(thing.pk), headers=headers)
    assert answer.status_code < 500
