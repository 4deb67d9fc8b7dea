"""The doors, as they stood open once: none does again. Those that need a server are in test_doors_served.py."""

import threading
from typing import Any

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import SignInTry, Token, User
from tests.accounts.trying import ADMIN, PASSWORD, SIGN_IN, sign_in, statuses
from tests.conftest import MakeUser
from tests.waiting import PATIENCE_SECONDS
from things.models import Thing

pytestmark = pytest.mark.django_db

TRIES = 10  # by default
AT_ONCE = 24


class Hashes:
    """How often a password was hashed."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count, self._lock = 0, threading.Lock()
        encode = MD5PasswordHasher.encode

        def counted(hasher: MD5PasswordHasher, password: str, salt: str) -> str:
            with self._lock:
                self.count += 1
            return encode(hasher, password, salt)

        monkeypatch.setattr(MD5PasswordHasher, "encode", counted)


@pytest.fixture
def hashes(monkeypatch: pytest.MonkeyPatch) -> Hashes:
    return Hashes(monkeypatch)


@pytest.mark.parametrize("at", [ADMIN, SIGN_IN])
def test_v2_every_sign_in_shuts_after_ten_wrong_passwords(at: str, make_user: MakeUser, hashes: Hashes) -> None:
    """25 wrong passwords at the admin's door, then the right one: it let in."""
    ada = make_user("Ada", is_staff=True, is_superuser=True)
    hashes.count = 0
    assert statuses(25, ada.email, at=at) == [200] * TRIES + [429] * (25 - TRIES)
    assert hashes.count == TRIES, "what is refused is not even verified"
    right = sign_in(ada.email, PASSWORD, at=at)
    assert right.status_code == 429
    assert int(right["Retry-After"]) > 0
    assert right.client.get("/admin/").status_code == 302


def test_v2_who_is_no_staff_counts_like_anybody(ana: User) -> None:
    assert sign_in(ana.email, PASSWORD, at=ADMIN).status_code == 200
    assert 429 in statuses(TRIES + 1, ana.email, at=ADMIN)


@pytest.mark.parametrize("at", ["/password/", "/admin/password_change/"])
def test_v2_every_change_of_a_password_is_a_door(at: str, make_user: MakeUser, hashes: Hashes) -> None:
    """The admin has one of its own: a session that was left open could guess there as often as it liked."""
    ada, client = make_user("Ada", is_staff=True), Client()
    client.force_login(ada)
    new = "lanterns over water"
    hashes.count = 0
    form = {"old_password": "wrong", "new_password1": new, "new_password2": new}
    assert [client.post(at, form).status_code for _ in range(TRIES + 2)] == [200] * TRIES + [429] * 2
    assert hashes.count == TRIES
    assert client.post(at, {**form, "old_password": PASSWORD}).status_code == 429


def test_v9a_strangers_evict_no_counter(ana: User, thing: Thing) -> None:
    """330 anonymous requests, each with an address of its own choosing, and the account took tries again."""
    statuses(TRIES, ana.email)
    for number in range(400):
        cache.set(f"stranger:{number}", 1)
    client = Client()
    for number in range(40):
        client.post(
            f"/api/things/{thing.pk}/actions/", "{}", "application/json", HTTP_X_FORWARDED_FOR=f"10.0.0.{number}"
        )
    cache.clear()
    assert sign_in(ana.email, PASSWORD).status_code == 429


@pytest.mark.parametrize("name", ["jona\u017f", "JONAS", "\uff4aonas", "Jona\u017f", " jonas"])
def test_v9b_another_spelling_has_no_fresh_tries(name: str, jonas: User) -> None:
    """PostgreSQL took a long s for an s, the throttle did not."""
    statuses(TRIES, jonas.email)
    assert sign_in(f"{name}@example.org", PASSWORD).status_code in (200, 429)
    assert "_auth_user_id" not in sign_in(f"{name}@example.org", PASSWORD).client.session


def test_v9b_a_look_alike_is_somebody_else(make_user: MakeUser) -> None:
    """Written with a dotless i, it signed in as `elif@`."""
    make_user("Elif")
    for name in ("el\u0131f", "ELIF", "EL\u0130F"):
        answer = sign_in(f"{name}@example.org", PASSWORD)
        assert ("_auth_user_id" in answer.client.session) == (name == "ELIF")


def test_v9c_an_address_of_ones_choosing_is_not_believed(ana: User, settings: Any) -> None:
    """14 tries with 14 values, and no lock."""
    names = ("HTTP_X_FORWARDED_FOR", "HTTP_CF_CONNECTING_IP", "HTTP_FORWARDED", "HTTP_X_REAL_IP")
    for number in range(settings.SIGN_IN_TRIES_PER_ADDRESS):
        forged = dict.fromkeys(names, f"198.51.100.{number}")
        Client().post(SIGN_IN, {"username": f"p{number}@example.org", "password": "wrong"}, **forged)
    form = {"username": ana.email, "password": PASSWORD}
    assert Client().post(SIGN_IN, form, HTTP_X_FORWARDED_FOR="198.51.100.250").status_code == 429


def test_v9_one_address_tries_so_many_people_and_no_more(settings: Any) -> None:
    """40 e-mails from one address, no pause."""
    most = settings.SIGN_IN_TRIES_PER_ADDRESS
    tries = [sign_in(f"p{number}@example.org").status_code for number in range(most + 1)]
    assert tries == [200] * most + [429]


def test_v9_many_addresses_try_one_person_so_often_and_no_more(ana: User) -> None:
    tries = [sign_in(ana.email, address=f"198.51.100.{number}").status_code for number in range(TRIES + 1)]
    assert tries == [200] * TRIES + [429]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("email", ["ana@example.org", "nobody@example.org"])
def test_v9d_of_many_tries_at_once_exactly_ten_are_verified(email: str, ana: User, hashes: Hashes) -> None:
    """24 tries at once: 17 were verified instead of 10."""
    start, found = threading.Barrier(AT_ONCE), []
    hashes.count = 0

    def attempt() -> None:
        start.wait(PATIENCE_SECONDS)
        try:
            found.append(sign_in(email).status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=attempt) for _ in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_SECONDS)
    assert sorted(found) == [200] * TRIES + [429] * (AT_ONCE - TRIES)
    assert hashes.count == TRIES
    assert sorted(SignInTry.objects.values_list("tries", flat=True)) == [TRIES, AT_ONCE]


def test_v9_nobody_is_told_who_has_an_account(ana: User, make_user: MakeUser, hashes: Hashes) -> None:
    """The same answer after the same work: one hash, and as many questions to the database."""
    make_user("Away", is_active=False)
    User.objects.filter(pk=make_user("Visitor").pk).update(password="!")
    hashes.count = 0
    seen = set()
    for number, name in enumerate(("ana", "away", "visitor", "nobody")):
        with CaptureQueriesContext(connection) as asked:
            answer = sign_in(f"{name}@example.org", address=f"192.0.2.{number}")
        words = answer.context["form"].non_field_errors()
        seen.add((answer.status_code, str(words), len(asked)))
    assert len(seen) == 1, seen
    assert hashes.count == 4


def test_v11_a_token_for_writing_mints_nothing_that_it_is_not(ana: User) -> None:
    """A token of scope write that ends in 20 seconds made one that reads, too, and for ever."""
    client = Client()
    client.force_login(ana)
    path, form = "/api/tokens/", "application/json"
    made = client.post(path, {"name": "short", "scopes": ["write"]}, form).json()
    bearer = {"Authorization": f"Bearer {made['token']}"}
    assert Client().post(path, {"name": "x", "scopes": ["read", "write"]}, form, headers=bearer).status_code == 422
    child = Client().post(path, {"name": "x", "scopes": ["write"]}, form, headers=bearer)
    assert child.status_code == 201
    inbox = Client().get("/api/inbox/", headers=bearer)
    assert (inbox.status_code, inbox.json()["code"]) == (403, "scope")
    assert client.delete(f"{path}{made['id']}/").status_code == 204
    assert not Token.objects.exists(), "the child went with it"


def test_v16_a_second_account_of_one_address_is_refused(make_user: MakeUser) -> None:
    """`Tomas@HARBOURPOOL.example` was taken beside `tomas@…`, and then Tomas could not sign in: 500."""
    make_user("Tomas")
    desk = Client()
    desk.force_login(make_user("Ada", is_staff=True, is_superuser=True))
    form = {"name": "Tomas", "usable_password": "true", "password1": "lanterns over", "password2": "lanterns over"}
    for email in ("Tomas@EXAMPLE.org", "toma\u017f@example.org"):
        page = desk.post("/admin/accounts/user/add/", {**form, "email": email})
        assert page.status_code == 200
        assert page.context["adminform"].form.errors["email"]
    assert sign_in("tomas@example.org", PASSWORD).status_code == 302
    assert sign_in("TOMAS@example.org", PASSWORD).status_code == 302


def test_v19_a_changed_password_ends_tokens_where_that_is_ticked(ana: User) -> None:
    """Personal tokens outlived it, and nobody had decided so."""
    client = Client()
    sign_in(ana.email, PASSWORD, client=client)
    made = client.post("/api/tokens/", {"name": "bot", "scopes": ["read"]}, "application/json").json()
    bearer = {"Authorization": f"Bearer {made['token']}"}
    form = {"old_password": PASSWORD, "new_password1": "lanterns over", "new_password2": "lanterns over"}
    assert client.post("/password/", form).status_code == 302
    assert Client().get("/api/me/", headers=bearer).status_code == 200
    assert client.post("/sign-out/everywhere/", {"tokens": "on"}).status_code == 302
    assert Client().get("/api/me/", headers=bearer).status_code == 401


def test_s4_a_token_is_not_made_over_already_and_revokes_itself(ana: User) -> None:
    client = Client()
    client.force_login(ana)
    past = {"name": "x", "scopes": ["read"], "expires_at": "2001-01-01T00:00:00Z"}
    assert client.post("/api/tokens/", past, "application/json").status_code == 422
    made = client.post("/api/tokens/", {"name": "x", "scopes": ["read"]}, "application/json").json()
    bearer = {"Authorization": f"Bearer {made['token']}"}
    assert Client().delete(f"/api/tokens/{made['id']}/", headers=bearer).status_code == 204
