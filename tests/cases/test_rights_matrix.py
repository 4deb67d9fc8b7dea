"""Every address and service, asked by everybody about Things of every kind: a new one without a row fails.

What is expected is told by a few sentences here (`reads`, `role`), not by the code that is asked.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.test import APIClient

from accounts.models import Token, User
from streaming.context import RequestContext
from streaming.errors import Forbidden
from streaming.services.registry import SERVICES
from tests.conftest import MakeUser
from tests.things.making import add, do, fresh, note
from things import editing
from things.models import Membership, Role, Thing, Via

pytestmark = pytest.mark.django_db

RANK = ("viewer", "commenter", "editor", "owner")
ACTORS = ("anonymous", "stranger", "visitor", *RANK)
MEMBER = UUID(int=7)
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A sort of Thing."""

    public: bool = False
    demo: bool = False
    trashed: bool = False


KINDS = {
    f"{name}{', trashed' if trashed else ''}": Kind(**{name: True} if name != "private" else {}, trashed=trashed)
    for name in ("private", "public", "demo")
    for trashed in (False, True)
}


def role(actor: str, kind: Kind) -> str | None:
    """Of who is in it. Visitors are in what the demo made, until it is trashed."""
    if actor in RANK:
        return actor
    return "editor" if actor == "visitor" and kind.demo and not kind.trashed else None


def reads(actor: str, kind: Kind) -> bool:
    return role(actor, kind) is not None or (kind.public and not kind.trashed)


Expected = Callable[[str, Kind], int]


def reading(actor: str, kind: Kind) -> int:
    return 200 if reads(actor, kind) else 404


def members(actor: str, kind: Kind) -> int:
    if not reads(actor, kind):
        return 404
    if actor == "anonymous":
        return 401
    return 200 if role(actor, kind) else 403


def needs(least: str, done: int = 200, trashed: int = 409) -> Expected:
    """A write over the API. `trashed`: the answer for who may, while it lies there."""

    def expected(actor: str, kind: Kind) -> int:
        if not reads(actor, kind):
            return 404
        if actor == "anonymous":
            return 401
        if RANK.index(role(actor, kind) or "viewer") < RANK.index(least):
            return 403
        return trashed if kind.trashed else done

    return expected


def copying(actor: str, kind: Kind) -> int:
    if actor == "anonymous":
        return 401
    return 201 if reads(actor, kind) else 404


def page_form(actor: str, kind: Kind) -> int:
    """Anonymous people are sent to the sign-in."""
    return 302 if actor == "anonymous" or reads(actor, kind) else 404


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    method: str
    route: str
    expected: Expected
    body: dict[str, Any] | None = None
    form: bool = False
    values: dict[str, Any] = field(default_factory=dict)


THING = "api/things/<uuid:pk>/"
RENAME = {"title": "New"}
PRIVATE = {"visibility": "private"}
ABOUT_THINGS = (
    Row(method="GET", route="things/<uuid:pk>/", expected=reading),
    Row(method="GET", route="things/<uuid:pk>/state.json", expected=reading),
    Row(method="GET", route="things/<uuid:pk>/thumbnail.svg", expected=reading),
    Row(method="POST", route="things/<uuid:pk>/duplicate/", expected=page_form, form=True),
    Row(method="POST", route="things/<uuid:pk>/trash/", expected=page_form, form=True),
    Row(method="POST", route="things/new/", expected=page_form, form=True, body={"template": "PK"}),
    Row(method="POST", route="api/things/", expected=copying, body={"title": "Copy", "template": "PK"}),
    Row(method="GET", route=THING, expected=reading),
    Row(method="PATCH", route=THING, expected=needs("editor"), body=RENAME),
    Row(method="PATCH", route=THING, expected=needs("owner", trashed=200), body=PRIVATE),
    Row(method="DELETE", route=THING, expected=needs("owner")),
    Row(method="GET", route=f"{THING}actions/", expected=reading),
    Row(method="POST", route=f"{THING}actions/", expected=needs("editor"), body={"actions": [add(note(9))]}),
    Row(method="GET", route=f"{THING}actions/<slug:type>/", expected=reading, values={"type": "rename"}),
    Row(
        method="POST",
        route=f"{THING}actions/<slug:type>/",
        expected=needs("owner"),
        values={"type": "set_thing"},
        body={"set": {"template": True}},
    ),
    Row(method="GET", route=f"{THING}changes/", expected=reading),
    Row(method="GET", route=f"{THING}digest/", expected=reading),
    Row(method="GET", route=f"{THING}members/", expected=members),
    Row(
        method="POST",
        route=f"{THING}members/",
        expected=needs("owner", 201, 201),
        body={"user": str(MEMBER), "role": "editor"},
    ),
    Row(
        method="POST",
        route=f"{THING}members/",
        expected=needs("owner", 201, 201),
        body={"email": "new@example.org", "role": "viewer"},
    ),
    Row(
        method="DELETE",
        route=f"{THING}members/<uuid:user>/",
        expected=needs("owner", 204, 204),
        values={"user": MEMBER},
    ),
)

UNKNOWN = r"api/^(?P<path>[\s\S]*)\Z"
RESET = "password/reset/<uidb64>/<token>/"

# Method, route: answers to anonymous people and to somebody signed in.
OTHERS: dict[tuple[str, str], tuple[int, int]] = {
    ("GET", ""): (302, 200),
    ("POST", "demo/"): (302, 302),
    ("GET", "developers/"): (200, 200),
    ("GET", "developers/errors/"): (200, 200),
    ("GET", "developers/errors/<slug:code>/"): (200, 200),
    ("GET", "developers/rest/"): (200, 200),
    ("GET", "developers/rest/redoc/"): (200, 200),
    ("GET", "sign-in/"): (200, 302),
    ("POST", "sign-in/"): (200, 302),
    ("POST", "sign-out/"): (302, 302),
    ("POST", "sign-out/everywhere/"): (302, 302),
    ("GET", "password/"): (302, 200),
    ("POST", "password/"): (302, 200),
    ("GET", "password/changed/"): (302, 200),
    ("GET", "password/reset/"): (200, 200),
    ("POST", "password/reset/"): (200, 200),
    ("GET", "password/reset/sent/"): (200, 200),
    ("GET", "password/reset/done/"): (200, 200),
    ("GET", RESET): (200, 200),
    ("POST", RESET): (200, 200),
    ("GET", "api"): (404, 404),
    ("GET", UNKNOWN): (404, 404),
    ("POST", UNKNOWN): (404, 404),
    ("GET", "api/"): (200, 200),
    ("GET", "api/things/"): (200, 200),
    ("GET", "api/actions/"): (200, 200),
    ("GET", "api/kinds/"): (200, 200),
    ("GET", "api/schema/"): (200, 200),
    ("GET", "api/stream/asyncapi.json"): (200, 200),
    ("GET", "api/inbox/"): (401, 200),
    ("POST", "api/inbox/"): (401, 200),
    ("GET", "api/me/"): (401, 200),
    ("PATCH", "api/me/"): (401, 200),
    ("GET", "api/tokens/"): (401, 200),
    ("POST", "api/tokens/"): (401, 201),
    ("DELETE", "api/tokens/<uuid:pk>/"): (401, 404),
    ("POST", "api/stream/tickets/"): (401, 201),
    ("GET", "admin/connections/"): (302, 302),
    ("GET", "admin/password_change/"): (302, 200),
    ("POST", "admin/password_change/"): (302, 200),
    ("POST", "admin/connections/cut/"): (302, 302),
    ("GET", "healthz"): (200, 200),
    ("GET", "readyz"): (200, 200),
    ("GET", "metrics"): (404, 404),
}
BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("POST", "api/inbox/"): {"through": 0},
    ("PATCH", "api/me/"): {"name": "New"},
    ("POST", "api/tokens/"): {"name": "bot", "scopes": ["read"]},
}


def routes(patterns: list[Any], before: str = "") -> Iterator[tuple[str, URLPattern]]:
    """The admin has a test of its own over all its pages."""
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from () if route == "admin/" else routes(pattern.url_patterns, route)
        else:
            yield route, pattern


def methods(pattern: URLPattern) -> set[str]:
    """Those that a class handles; a function says nothing of itself."""
    view = getattr(pattern.callback, "view_class", None) or getattr(pattern.callback, "cls", None)
    handled = {name.upper() for name in ("get", "post", "put", "patch", "delete") if hasattr(view, name)}
    return handled - {"PUT"} if "POST" in handled else handled  # PUT is Django's other name for a form's POST


def test_every_address_has_a_row() -> None:
    rows = {(row.method, row.route) for row in ABOUT_THINGS} | OTHERS.keys()
    told = {route for _, route in rows}
    found = dict(routes(get_resolver().url_patterns))
    assert found.keys() == told
    assert {(method, route) for route, pattern in found.items() for method in methods(pattern)} <= rows


@pytest.fixture
def people(make_user: MakeUser) -> dict[str, User | None]:
    made: dict[str, User | None] = {name: make_user(name, is_demo=name == "visitor") for name in ACTORS[1:]}
    make_user("Member", id=MEMBER)
    return {"anonymous": None, **made}


def thing_of(kind: Kind, people: dict[str, User | None]) -> Thing:
    owner = people["owner"]
    assert owner is not None
    thing = editing.create(owner, {"title": "T", "visibility": "public" if kind.public else "private"}, via=Via.API)
    for name in RANK[:-1]:
        Membership.objects.create(thing=thing, user=people[name], role=Role(name))
    Membership.objects.create(thing=thing, user_id=MEMBER, role=Role.VIEWER)
    Thing.objects.filter(pk=thing.pk).update(is_demo=kind.demo)
    if kind.trashed:
        do(thing, owner, {"type": "set_thing", "set": {"trashed": True}})
    return fresh(thing)


def signed_in(user: User | None) -> APIClient:
    client = APIClient(raise_request_exception=False)
    if user is not None:
        client.force_login(user)
    return client


def ask(client: APIClient, method: str, route: str, body: Any = None, *, form: bool = False, **values: Any) -> Any:
    for name, value in values.items():
        for converter in ("uuid", "slug"):
            route = route.replace(f"<{converter}:{name}>", str(value))
    given = {key: str(values["pk"]) if value == "PK" else value for key, value in (body or {}).items()}
    if method == "GET":
        return client.get(f"/{route}")
    return client.generic(method, f"/{route}", **sent(given, form=form))


def sent(body: dict[str, Any], *, form: bool) -> dict[str, Any]:
    if form:
        return {"data": "&".join(f"{k}={v}" for k, v in body.items()), "content_type": FORM}
    return {"data": json.dumps(body), "content_type": "application/json"}


def undone(client: APIClient, row: Row, thing: Thing) -> Any:
    """The answer; the database is what it was before."""
    with transaction.atomic():
        answer = ask(client, row.method, row.route, row.body, form=row.form, pk=thing.pk, **row.values)
        transaction.set_rollback(True)
    return answer


@pytest.mark.parametrize("name", KINDS)
def test_everybody_asks_about_things(name: str, people: dict[str, User | None]) -> None:
    kind = KINDS[name]
    thing = thing_of(kind, people)
    wrong = []
    for actor, user in people.items():
        client = signed_in(user)
        for row in ABOUT_THINGS:
            answer = undone(client, row, thing)
            if answer.status_code != row.expected(actor, kind):
                wrong.append((actor, row.method, row.route, row.body, answer.status_code, row.expected(actor, kind)))
    assert wrong == []


@pytest.mark.parametrize("name", KINDS)
def test_everybody_looks_at_lists_and_streams(name: str, people: dict[str, User | None]) -> None:
    kind = KINDS[name]
    thing = thing_of(kind, people)
    topic = str(thing.pk)
    contexts = {actor: RequestContext(user=user) for actor, user in people.items()}
    expected = {contexts[actor].connection for actor in ACTORS if reads(actor, kind)}
    for service in (SERVICES["things"], SERVICES["presence"], SERVICES["gallery"]):
        assert service.readers(topic, list(contexts.values())) == expected
        for context in contexts.values():
            may = context.connection in expected
            assert (service.may_read(context, topic), bool(service.readable(context, [topic]))) == (may, may)
    for actor, user in people.items():
        listed = signed_in(user).get(f"/api/things/?trashed={str(kind.trashed).lower()}").json()["results"]
        assert [entry["id"] for entry in listed] == ([topic] if reads(actor, kind) else []), actor
        if listed:
            assert listed[0]["role"] == (role(actor, kind) or "viewer")


def test_services_of_one_person(people: dict[str, User | None]) -> None:
    """The inbox is one's own; the monitor is for staff with the permission, by session."""
    assert SERVICES.keys() == {"things", "presence", "gallery", "inbox", "monitor"}
    inbox, monitor = SERVICES["inbox"], SERVICES["monitor"]
    for user in people.values():
        context = RequestContext(user=user, session_key="s")
        assert monitor.may_read(context, "connections") is False
        if user is None:
            with pytest.raises(Forbidden):
                inbox.resolve(context, "me")
        else:
            assert inbox.resolve(context, "me") == str(user.pk)
            with pytest.raises(Forbidden):
                inbox.resolve(context, str(people["owner"].pk if people["owner"] else ""))


OTHER_VALUES = {"code": "quota", "pk": UUID(int=1)}


@pytest.mark.parametrize(("method", "route"), OTHERS)
def test_what_is_about_no_thing(method: str, route: str, people: dict[str, User | None], settings: Any) -> None:
    settings.DEMO = True
    form = not route.startswith("api")
    path = {UNKNOWN: "api/nowhere/", RESET: "password/reset/x/y/"}.get(route, route)
    answers = [
        ask(signed_in(people[who]), method, path, BODIES.get((method, route)), form=form, **OTHER_VALUES)
        for who in ("anonymous", "stranger")
    ]
    assert tuple(answer.status_code for answer in answers) == OTHERS[method, route]


@pytest.mark.parametrize("scope", ["read", "write"])
def test_a_token_does_what_its_scopes_say(scope: str, people: dict[str, User | None]) -> None:
    """Whatever the owner may do, a token of half the scopes does half of."""
    thing = thing_of(Kind(public=True), people)
    _, token = Token.objects.create(user=people["owner"], name="half", scopes=[scope])
    client = APIClient(raise_request_exception=False)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    wrong = []
    for row in ABOUT_THINGS:
        if not row.route.startswith("api/"):
            continue
        reading_row = row.method == "GET"
        answer = undone(client, row, thing)
        allowed = reading_row == (scope == "read")
        if (answer.status_code < 400) != allowed or (not allowed and answer.json()["code"] != "scope"):
            wrong.append((row.method, row.route, answer.status_code))
    assert wrong == []
