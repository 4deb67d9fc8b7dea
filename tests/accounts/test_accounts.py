"""Signing in, visiting, tickets, tokens."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts import tickets
from accounts.models import StreamTicket, Token, User
from tests.conftest import MakeUser
from things.models import Thing

pytestmark = pytest.mark.django_db


def sign_in(client: Client, password: str) -> int:
    return client.post("/sign-in/", {"username": "Ana@Example.org", "password": password}).status_code


def test_reading_one_column_anew_forgets_no_change_of_another(make_user: MakeUser) -> None:
    user = User.objects.only("name").get(pk=make_user("Tomas").pk)
    user.name = "Tom"
    assert user.email == "tomas@example.org", "read when it is asked for"
    user.save()
    user.refresh_from_db()
    assert user.name == "Tom"


def test_signing_in_and_out(client: Client, ana: User) -> None:
    assert sign_in(client, "draw together") == 302
    assert client.get("/").status_code == 200
    assert client.get("/sign-out/").status_code == 405
    client.post("/sign-out/")
    assert client.get("/").status_code == 302


def test_a_visitor_edits_after_one_click(client: Client, settings: object) -> None:
    settings.DEMO = True  # type: ignore[attr-defined]
    answer = client.post("/demo/", {"next": "https://evil.example/"})
    assert answer.status_code == 302
    assert answer["Location"].startswith("/")
    visitor = User.objects.get(is_demo=True)
    assert client.session["_auth_user_id"] == str(visitor.pk)
    assert 1 <= visitor.color <= 8
    settings.DEMO = False  # type: ignore[attr-defined]
    assert Client().post("/demo/").status_code == 404


def test_a_ticket_is_good_once_and_not_for_long(ana: User) -> None:
    ticket = tickets.issue(ana)
    assert ticket not in str(list(StreamTicket.objects.values()))
    row = tickets.redeem(ticket)
    assert row is not None
    assert row.user == ana
    assert tickets.redeem(ticket) is None
    late = tickets.issue(ana)
    StreamTicket.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert tickets.redeem(late) is None


def test_of_a_token_only_the_digest_is_kept(ana: User) -> None:
    row, token = Token.objects.create(user=ana, name="bot", scopes=["read"])
    assert token.startswith("wap_")
    assert token not in str(list(Token.objects.values()))
    assert str(row) == f"bot ({token[:8]}…)"


def test_health(client: Client, thing: Thing) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    ready = client.get("/readyz").json()
    assert (ready["status"], ready["database"]) == ("ok", "ok")
