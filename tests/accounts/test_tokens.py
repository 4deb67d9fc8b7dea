"""A token is no more than what made it, and ends with it."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts import tokens
from accounts.models import Token, User

pytestmark = pytest.mark.django_db


def by(token: str) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    return client


def made(ana: User, *scopes: str, seconds: float | None = None) -> tuple[Token, APIClient]:
    ends = None if seconds is None else timezone.now() + timedelta(seconds=seconds)
    row, token = tokens.make(ana, name="bot", scopes=scopes, ends=ends)
    return row, by(token)


def ask(client: APIClient, *scopes: str, **more: Any) -> Any:
    return client.post("/api/tokens/", {"name": "child", "scopes": list(scopes), **more}, format="json")


@pytest.mark.parametrize("wanted", [["read"], ["read", "write"], ["write", "read"]])
def test_a_child_has_no_scope_that_its_parent_has_not(wanted: list[str], ana: User) -> None:
    _, client = made(ana, "write")
    answer = ask(client, *wanted)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/scopes"
    assert ask(client, "write").status_code == 201


def test_a_token_for_reading_makes_none(ana: User) -> None:
    _, client = made(ana, "read")
    answer = ask(client, "read")
    assert (answer.status_code, answer.json()["code"]) == (403, "scope")


@pytest.mark.parametrize("more", [{}, {"expires_at": None}])
def test_a_child_without_an_end_ends_with_its_parent(more: dict[str, Any], ana: User) -> None:
    parent, client = made(ana, "write", seconds=60)
    assert ask(client, "write", **more).status_code == 201
    child = Token.objects.get(name="child")
    assert (child.parent, child.expiry) == (parent, parent.expiry)


def test_a_child_outlives_no_parent(ana: User) -> None:
    parent, client = made(ana, "write", seconds=60)
    assert parent.expiry is not None
    late = ask(client, "write", expires_at=(parent.expiry + timedelta(microseconds=1)).isoformat())
    assert (late.status_code, late.json()["errors"][0]["pointer"]) == (422, "/expires_at")
    assert ask(client, "write", expires_at=parent.expiry.isoformat()).status_code == 201


@pytest.mark.parametrize("seconds", [-3600, -1, 0])
def test_no_token_is_made_that_is_over_already(seconds: int, ana: User) -> None:
    client = APIClient()
    client.force_login(ana)
    answer = ask(client, "read", expires_at=(timezone.now() + timedelta(seconds=seconds)).isoformat())
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/expires_at")
    assert not Token.objects.exists()


def test_what_a_token_made_ends_with_it(ana: User, monkeypatch: Any, django_capture_on_commit_callbacks: Any) -> None:
    told: list[Any] = []
    monkeypatch.setattr("streaming.access.publish_access", lambda users: told.extend(users))
    parent, client = made(ana, "read", "write")
    child = by(ask(client, "read", "write").json()["token"])
    grandchild = by(ask(child, "read").json()["token"])
    assert grandchild.get("/api/me/").status_code == 200
    before = User.objects.get(pk=ana.pk).access_epoch
    with django_capture_on_commit_callbacks(execute=True):
        parent.delete()
    assert {client.get("/api/me/").status_code for client in (child, grandchild)} == {401}
    assert told == [ana.pk] * 3
    assert User.objects.get(pk=ana.pk).access_epoch == before + 3


def test_a_parent_that_was_revoked_meanwhile_makes_no_child(ana: User) -> None:
    parent, _ = made(ana, "write")
    Token.objects.all().delete()
    with pytest.raises(tokens.ParentEnded):
        tokens.make(ana, name="child", scopes=["write"], parent=parent)


@pytest.mark.parametrize("scopes", [["read"], ["write"], ["read", "write"]])
def test_a_token_may_always_revoke_itself(scopes: list[str], ana: User) -> None:
    row, client = made(ana, *scopes)
    assert client.delete(f"/api/tokens/{row.id}/").status_code == 204
    assert client.delete(f"/api/tokens/{row.id}/").status_code == 401


def test_a_token_for_reading_revokes_no_other(ana: User) -> None:
    _, client = made(ana, "read")
    other, _ = made(ana, "read")
    answer = client.delete(f"/api/tokens/{other.id}/")
    assert (answer.status_code, answer.json()["code"]) == (403, "scope")


def test_without_read_nothing_is_read(ana: User, thing: Any) -> None:
    """Of every path that the document tells of."""
    _, client = made(ana, "write")
    paths = Client().get("/api/schema/?format=json").json()["paths"]
    for path, operations in paths.items():
        if "get" not in operations or not operations["get"].get("security"):
            continue
        answer = client.get(path.format_map({"pk": thing.pk, "id": thing.pk, "type": "nudge", "user": ana.pk}))
        assert (path, answer.status_code, answer.json()["code"]) == (path, 403, "scope")
    assert client.get("/api/schema/?format=json").status_code == 403, "what the document does not tell of: itself"


def test_without_write_nothing_is_written(ana: User, thing: Any) -> None:
    _, client = made(ana, "read")
    paths = Client().get("/api/schema/?format=json").json()["paths"]
    meant = {"/api/stream/tickets/", "/api/tokens/{id}/"}
    for path, operations in paths.items():
        for method in operations.keys() & {"post", "patch", "put", "delete"} if path not in meant else ():
            url = path.format_map({"pk": thing.pk, "id": thing.pk, "type": "nudge", "user": ana.pk})
            answer = getattr(client, method)(url, {}, format="json")
            assert (path, method, answer.status_code, answer.json()["code"]) == (path, method, 403, "scope")


def test_staff_guess_at_no_digest(make_user: Any, ana: User) -> None:
    made(ana, "read")
    desk = Client()
    desk.force_login(make_user("Ada", is_staff=True, is_superuser=True))
    for lookup in ("digest__startswith=0", "pk__startswith=0", "token_key__startswith=wap", "parent__digest__gt=0"):
        assert desk.get(f"/admin/accounts/token/?{lookup}").status_code in (302, 400), lookup
    assert desk.get("/admin/accounts/user/?auth_token_set__digest__startswith=0").status_code == 400
    assert desk.get("/admin/accounts/token/?q=bot").status_code == 200
