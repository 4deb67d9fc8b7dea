"""Passwords: changed, forgotten, set anew; what ends with them and what goes on."""

import re
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts import mailing, tokens
from accounts.models import Token, User
from tests.accounts.trying import PASSWORD, sign_in
from tests.waiting import eventually

pytestmark = pytest.mark.django_db

NEW = "lanterns over water"
QUERIES = 10  # of a first reset of somebody: the person, then two counters, one of them new


def signed_in(user: User, password: str = PASSWORD) -> Client:
    client = Client()
    assert sign_in(user.email, password, client=client).status_code == 302
    return client


def is_in(client: Client) -> bool:
    return bool(client.get("/api/me/").status_code == 200)


def change(client: Client, **more: str) -> Any:
    return client.post("/password/", {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW, **more})


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Of whom the stream was told that something ended."""
    told: list[Any] = []
    monkeypatch.setattr("streaming.access.publish_access", lambda users: told.extend(users))
    return told


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailing, "later", lambda write, **options: write(**options))


def link_for(email: str) -> str:
    Client().post("/password/reset/", {"email": email})
    eventually(lambda: mail.outbox, "the mail is written")
    found = re.search(r"https?://[^/]+(/password/reset/\S+)", str(mail.outbox.pop().body))
    assert found
    return found[1]


@pytest.mark.django_db(transaction=True)
def test_a_change_ends_every_other_session_and_tells_the_stream(ana: User, told: list[Any]) -> None:
    here, elsewhere = signed_in(ana), signed_in(ana)
    assert change(here).status_code == 302
    assert is_in(here)
    assert not is_in(elsewhere)
    assert told == [ana.pk]
    assert sign_in(ana.email, NEW).status_code == 302


@pytest.mark.parametrize(("ticked", "left"), [({"tokens": "on"}, 0), ({}, 1)])
def test_tokens_end_where_the_box_is_ticked(ticked: dict[str, str], left: int, ana: User) -> None:
    tokens.make(ana, name="bot", scopes=["read"])
    assert change(signed_in(ana), **ticked).status_code == 302
    assert Token.objects.count() == left


def test_the_box_is_ticked_at_first(ana: User) -> None:
    page = signed_in(ana).get("/password/").content.decode()
    assert len(re.findall(r'name="tokens"[^>]*checked', page)) == 2, "for the change, and for signing out everywhere"


def test_the_wrong_old_password_changes_nothing(ana: User) -> None:
    answer = change(signed_in(ana), old_password="wrong")
    assert answer.status_code == 200
    assert 'role="alert"' in answer.content.decode()
    assert sign_in(ana.email, PASSWORD).status_code == 302


@pytest.mark.parametrize("similar", ["ana@example.org", "Ana@Example", "anaanaana"])
def test_a_password_like_ones_name_or_e_mail_is_refused_everywhere(similar: str, make_user: Any) -> None:
    ana = make_user("Ana")
    User.objects.filter(pk=ana.pk).update(name="anaanaana")
    assert change(signed_in(ana), new_password1=similar, new_password2=similar).status_code == 200
    link = link_for(ana.email)
    client = Client()
    form = {"new_password1": similar, "new_password2": similar}
    assert client.post(client.get(link)["Location"], form).status_code == 200
    desk = Client()
    desk.force_login(make_user("Ada", is_staff=True, is_superuser=True))
    added = {"email": "ana@example", "name": "anaanaana", "usable_password": "true"}
    added = {**added, "email": "ana@example.com", "password1": similar, "password2": similar}
    assert desk.post("/admin/accounts/user/add/", added).status_code == 200
    assert not User.objects.filter(email_key="ana@example.com").exists()


@pytest.mark.django_db(transaction=True)
def test_a_reset_ends_every_session_and_is_good_once(ana: User, told: list[Any]) -> None:
    elsewhere, client = signed_in(ana), Client()
    link = link_for(ana.email)
    form = {"new_password1": NEW, "new_password2": NEW, "tokens": "on"}
    tokens.make(ana, name="bot", scopes=["read"])
    assert client.post(client.get(link)["Location"], form)["Location"] == "/password/reset/done/"
    assert not is_in(elsewhere)
    assert not is_in(client), "the new password signs in, not the link"
    assert not Token.objects.exists()
    assert ana.pk in told
    assert b"This link is over" in Client().get(link).content
    assert sign_in(ana.email, NEW).status_code == 302


def test_whoever_was_shut_out_comes_in_by_mail(ana: User, settings: Any) -> None:
    for _ in range(settings.SIGN_IN_TRIES_PER_PERSON):
        sign_in(ana.email)
    client = Client()
    client.post(client.get(link_for(ana.email))["Location"], {"new_password1": NEW, "new_password2": NEW})
    assert sign_in(ana.email, NEW, client=client).status_code == 302


@pytest.mark.django_db(transaction=True)
def test_signing_out_everywhere_ends_this_session_too(ana: User, told: list[Any]) -> None:
    here, elsewhere = signed_in(ana), signed_in(ana)
    tokens.make(ana, name="bot", scopes=["read"])
    told.clear()
    assert here.post("/sign-out/everywhere/").status_code == 302
    assert not is_in(here)
    assert not is_in(elsewhere)
    assert told
    assert Token.objects.count() == 1, "the box was not ticked"
    signed_in(ana).post("/sign-out/everywhere/", {"tokens": "on"})
    assert not Token.objects.exists()


def test_a_row_read_before_turns_no_epoch_back(ana: User) -> None:
    stale = User.objects.get(pk=ana.pk)
    here = signed_in(ana)
    here.post("/sign-out/everywhere/")
    before = User.objects.get(pk=ana.pk)
    stale.name = "Ana R."
    stale.save()
    after = User.objects.get(pk=ana.pk)
    assert after.name == "Ana R."
    assert (after.session_epoch, after.access_epoch) == (before.session_epoch, before.access_epoch)
    assert after.session_epoch == 1


@pytest.mark.parametrize("email", ["ana@example.org", "nobody@example.org", "away@example.org", "visitor@example.org"])
def test_a_reset_answers_everybody_alike(
    email: str, ana: User, make_user: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same page after the same work; who is written to is found out after the answer."""
    make_user("Away", is_active=False)
    User.objects.filter(pk=make_user("Visitor").pk).update(password="!")
    written: list[Any] = []
    monkeypatch.setattr(mailing, "later", lambda write, **options: written.append(write))
    Client().post("/password/reset/", {"email": "first@example.org"})  # what every first try of an address costs
    with CaptureQueriesContext(connection) as asked:
        answer = Client().post("/password/reset/", {"email": email})
    assert len(asked) == QUERIES
    assert (answer.status_code, answer["Location"]) == (302, "/password/reset/sent/")
    assert len(written) == 2


def test_only_people_with_a_password_are_written_to(ana: User, make_user: Any, at_once: None) -> None:
    make_user("Away", is_active=False)
    User.objects.filter(pk=make_user("Visitor").pk).update(password="!")
    for name in ("away", "visitor", "nobody", "ana"):
        Client().post("/password/reset/", {"email": f"{name}@example.org"})
    assert [message.to for message in mail.outbox] == [["ana@example.org"]]


def test_a_server_without_mail_says_so(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("accounts.views.Reset.extra_context", {"sends_mail": False})
    page = Client().get("/password/reset/").content.decode()
    assert "sends no mail" in page
    assert "<form method" not in page


def test_mail_that_cannot_be_sent_disturbs_nobody(monkeypatch: pytest.MonkeyPatch, caplog: Any) -> None:
    def breaks() -> None:
        raise OSError("no route to the mail server")

    mailing.later(breaks)
    eventually(lambda: "mail was not sent" in caplog.text, "it is logged")


def test_a_visitor_has_no_password_to_change(make_user: Any) -> None:
    visitor = make_user("Visitor", is_demo=True)
    User.objects.filter(pk=visitor.pk).update(password="!")
    client = Client()
    client.force_login(User.objects.get(pk=visitor.pk))
    page = client.get("/password/").content.decode()
    assert "no password here" in page
    assert "old_password" not in page
