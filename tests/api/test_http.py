"""The HTTP API: shapes, positions, credentials, and every refusal a documented problem."""

import json
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import Token, User
from tests.conftest import MakeUser
from tests.things.making import add, note, shown, wid, widget
from things.models import Change, Membership, Role, Thing

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(ana: User) -> APIClient:
    """Ana with a personal token."""
    return client_of(ana)


def client_of(user: User, *scopes: str) -> APIClient:
    _, token = Token.objects.create(user=user, name="test", scopes=list(scopes or ("read", "write")))
    client = APIClient(raise_request_exception=False)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}", HTTP_ACCEPT="application/json")
    return client


def actions_url(thing: Thing, type: str = "") -> str:
    return f"/api/things/{thing.pk}/actions/" + (f"{type}/" if type else "")


def post(client: APIClient, url: str, body: Any) -> Any:
    raw = body if isinstance(body, bytes) else json.dumps(body)
    return client.post(url, raw, content_type="application/json")


def require_problem(answer: Any, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"].startswith("application/problem+json")
    problem: dict[str, Any] = json.loads(answer.content)
    assert set(problem) == {"type", "title", "status", "detail", "code", "errors", "request_id"}
    assert (problem["status"], problem["code"]) == (status, code)
    assert problem["type"] == f"/developers/errors/{code}/"
    assert problem["request_id"] == answer["X-Request-ID"]
    return problem


def test_an_action_is_answered_with_its_position(client: APIClient, thing: Thing) -> None:
    answer = post(client, actions_url(thing), {"id": "one", "actions": [add(note(1))]})
    assert answer.status_code == 200
    assert answer["Stream-Position"] == f"things/{thing.pk}; epoch={thing.epoch}; offset=2"
    body = answer.json()
    assert set(body) == {"revision", "id", "effects", "skipped"}
    assert (body["revision"], body["id"]) == (2, "one")
    assert Change.objects.get(thing=thing, revision=2).via == "api"
    state = client.get(f"/api/things/{thing.pk}/")
    assert state["Stream-Position"] == answer["Stream-Position"]
    assert state.json()["widgets"] == shown(thing)
    assert client.get(f"/api/things/{thing.pk}/", HTTP_IF_NONE_MATCH=state["ETag"]).status_code == 304


def test_each_action_has_a_path_of_its_own(client: APIClient, thing: Thing) -> None:
    post(client, actions_url(thing), {"actions": [add(note(1))]})
    answer = post(client, actions_url(thing, "nudge"), {"widgets": [wid(1)], "dx": 5, "id": "mine", "group": "g"})
    assert (answer.status_code, answer.json()["id"]) == (200, "mine")
    assert widget(thing, 1)["place"]["x"] == 5
    described = client.get(actions_url(thing, "nudge")).json()
    assert {"type", "family", "description", "role", "conflict", "schema", "example"} == set(described)
    require_problem(client.get(actions_url(thing, "fly")), 404, "not_found")


def test_every_example_of_the_catalogue_is_accepted(client: APIClient, thing: Thing) -> None:
    catalogue = client.get("/api/actions/").json()["results"]
    for entry in catalogue:
        answer = post(client, actions_url(thing), {"actions": [entry["example"]]})
        # On an empty Thing most are skipped; a connector is needed for its ends.
        assert answer.status_code == 200, (entry["type"], answer.content)


def test_changes_are_pages_in_ascending_order(client: APIClient, thing: Thing) -> None:
    for number in range(1, 4):
        post(client, actions_url(thing), {"actions": [add(note(number))]})
    page = client.get(f"/api/things/{thing.pk}/changes/?since=1&limit=2").json()
    assert [change["revision"] for change in page["results"]] == [2, 3]
    rest = client.get(page["next"]).json()
    assert ([change["revision"] for change in rest["results"]], rest["next"]) == ([4], None)
    past = client.get(f"/api/things/{thing.pk}/?revision=2").json()
    assert (past["revision"], len(past["widgets"])) == (2, 1)
    require_problem(client.get(f"/api/things/{thing.pk}/?revision=99"), 409, "revision_ahead")
    require_problem(client.get(f"/api/things/{thing.pk}/changes/?since=x"), 422, "invalid")


def test_creating_patching_and_trashing_are_changes(client: APIClient, ana: User) -> None:
    made = post(client, "/api/things/", {"title": "New", "visibility": "public"})
    assert made.status_code == 201
    url = f"/api/things/{made.json()['id']}/"
    assert (made.json()["revision"], made.json()["role"]) == (1, "owner")
    again = post(client, "/api/things/", {"title": "New", "visibility": "public", "id": made.json()["id"]})
    assert again.status_code in (201, 409)
    patched = client.patch(url, json.dumps({"title": "Newer", "tags": ["a"]}), content_type="application/json")
    assert (patched.json()["title"], patched.json()["tags"], patched.json()["revision"]) == ("Newer", ["a"], 2)
    assert client.delete(url).status_code == 200
    require_problem(post(client, f"{url}actions/", {"actions": [add(note(1))]}), 409, "trashed")
    listed = client.get("/api/things/").json()
    assert set(listed) == {"next", "previous", "results"}
    assert listed["results"] == []


HOSTILE: list[tuple[bytes, int, str]] = [
    (b"", 422, "invalid"),
    (b"{", 400, "malformed"),
    (b"\xff\xfe", 400, "malformed"),
    (b'{"actions":[{"type":"nudge","widgets":[],"dx":NaN}]}', 400, "malformed"),
    (b'{"actions":[{"type":"rename","title":"\\ud800"}]}', 400, "malformed"),
    (b'{"actions":[{"type":"rename","title":"\\u0000"}]}', 400, "malformed"),
    (b'{"actions":[],"actions":[]}', 400, "malformed"),
    (b'{"__proto__":{},"actions":[]}', 400, "malformed"),
    (b"[" * 100_000, 400, "malformed"),
    (b'{"actions":[' + b"9" * 5000 + b"]}", 400, "malformed"),
    (b'{"actions":[{"type":"rename","title":"' + b"x" * 10_000_000 + b'"}]}', 413, "too_large"),
    (b'"text"', 422, "invalid"),
    (b"[]", 422, "invalid"),
    (b'{"actions":"all"}', 422, "invalid"),
    (b'{"actions":[1]}', 422, "invalid"),
    (b'{"actions":[{"type":["add"]}]}', 422, "invalid"),
    (b'{"actions":[{"type":"rename","title":"x","more":1}]}', 422, "invalid"),
    (b'{"actions":[{"type":"rename","title":"x"}],"more":1}', 422, "invalid"),
    (b'{"id":5,"actions":[{"type":"rename","title":"x"}]}', 422, "invalid"),
    (b'{"id":"' + b"x" * 65 + b'","actions":[{"type":"rename","title":"x"}]}', 422, "invalid"),
    (b'{"actions":[{"type":"nudge","widgets":["' + wid(1).encode() + b'"],"dx":1e308}]}', 422, "invalid"),
]


@pytest.mark.parametrize(("body", "status", "code"), HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_bodies_are_documented_problems(
    client: APIClient, thing: Thing, body: bytes, status: int, code: str
) -> None:
    post(client, actions_url(thing), {"actions": [add(note(1))]})
    require_problem(post(client, actions_url(thing), body), status, code)
    assert Thing.objects.get(pk=thing.pk).revision == 2
    for url in ("/api/things/", "/api/tokens/", f"/api/things/{thing.pk}/actions/move/"):
        assert post(client, url, body).status_code in (201, 400, 413, 422)


def test_other_errors_are_problems_too(client: APIClient, thing: Thing) -> None:
    require_problem(client.get("/api/nowhere/"), 404, "not_found")
    require_problem(client.put(f"/api/things/{thing.pk}/"), 405, "method_not_allowed")
    require_problem(client.post(actions_url(thing), "a=b", content_type="text/plain"), 415, "unsupported_media_type")
    require_problem(APIClient().get("/api/actions/", HTTP_ACCEPT="image/png"), 406, "not_acceptable")


def test_credentials(thing: Thing, ana: User, make_user: MakeUser) -> None:
    anonymous = APIClient(raise_request_exception=False)
    require_problem(anonymous.get("/api/me/"), 401, "not_authenticated")
    require_problem(anonymous.get(f"/api/things/{thing.pk}/"), 404, "not_found")
    require_problem(post(anonymous, actions_url(thing), {"actions": [add(note(1))]}), 404, "not_found")
    bad = APIClient(raise_request_exception=False)
    for header in ("Bearer wap_no", "Bearer", "Bearer a b", "Bearer \xe9"):
        bad.credentials(HTTP_AUTHORIZATION=header)
        assert bad.get("/api/me/").status_code == 401
    require_problem(post(client_of(ana, "read"), actions_url(thing), {"actions": [add(note(1))]}), 403, "scope")
    require_problem(client_of(make_user("Sam")).get(f"/api/things/{thing.pk}/"), 404, "not_found")


def test_a_session_needs_its_csrf_token(thing: Thing, ana: User) -> None:
    browser = APIClient(enforce_csrf_checks=True, raise_request_exception=False)
    browser.force_login(ana)
    require_problem(post(browser, actions_url(thing), {"actions": [add(note(1))]}), 403, "csrf")


RIGHTS = [
    (None, 404, 404),
    ("stranger", 404, 404),
    (Role.VIEWER, 200, 403),
    (Role.COMMENTER, 200, 403),
    (Role.EDITOR, 200, 200),
    (Role.OWNER, 200, 200),
]


@pytest.mark.parametrize(("role", "reading", "writing"), RIGHTS)
def test_rights(thing: Thing, make_user: MakeUser, role: str | None, reading: int, writing: int) -> None:
    person = make_user("Sam")
    if role not in (None, "stranger"):
        Membership.objects.create(thing=thing, user=person, role=role)
    client = client_of(person) if role else APIClient(raise_request_exception=False)
    for path in ("", "changes/", "digest/", "actions/add/"):
        assert client.get(f"/api/things/{thing.pk}/{path}").status_code == reading, path
    assert post(client, actions_url(thing), {"actions": [add(note(1))]}).status_code == writing
    trash = {"actions": [{"type": "set_thing", "set": {"trashed": True}}]}
    owned = 200 if role == Role.OWNER else writing if writing != 200 else 403
    assert post(client, actions_url(thing), trash).status_code == owned


def test_tokens_and_tickets(client: APIClient) -> None:
    made = post(client, "/api/tokens/", {"name": "bot", "scopes": ["read"]})
    assert made.status_code == 201
    assert made.json()["token"].startswith("wap_")
    listed = client.get("/api/tokens/").json()["results"]
    assert all("token" not in entry for entry in listed)
    assert client.delete(f"/api/tokens/{made.json()['id']}/").status_code == 204
    ticket = client.post("/api/stream/tickets/")
    assert (ticket.status_code, ticket.json()["expires_in"]) == (201, 30)
    me = client.get("/api/me/").json()
    assert set(me) == {"id", "name", "email", "color"}


def test_too_many_actions_are_told_when_to_come_back(client: APIClient, thing: Thing, settings: Any) -> None:
    settings.ACTIONS_BURST, settings.ACTIONS_PER_MINUTE = 2, 60
    body = {"actions": [{"type": "rename", "title": "x"}]}
    answers = [post(client, actions_url(thing), body) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    require_problem(answers[2], 429, "rate_limited")
    assert int(answers[2]["Retry-After"]) >= 1
