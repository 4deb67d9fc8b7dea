"""One throttle before every door: each is tried until it shuts, and a new one cannot be forgotten."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts import doors, tokens
from accounts.doors import Door, TooManyTries, throttle
from accounts.models import SignInTry, User
from tests.accounts.trying import ADMIN, PASSWORD, SIGN_IN, sign_in, statuses
from tests.servers import ROOT

pytestmark = pytest.mark.django_db

FEW = 3
# Where a secret that came from outside is compared. A new place has to be behind a door.
COMPARES = re.compile(r"\b(?:a?check_password|check_token|a?authenticate|user_of_token)\(")
COMPARING = {
    "accounts/authentication.py",  # Door.TOKEN
    "accounts/backends.py",  # Door.SIGN_IN, Door.PASSWORD_CHANGE
    "accounts/stream_filters.py",  # Door.TOKEN
    "streaming/connection.py",  # a ticket of 256 random bits, good for 30 seconds
    "streaming/splitter.py",  # the same
    "things/demo/people.py",  # our own password, against our own rows
}


@pytest.fixture(autouse=True)
def few(settings: Any) -> None:
    settings.SIGN_IN_TRIES_PER_PERSON = FEW
    settings.SIGN_IN_TRIES_PER_ADDRESS = settings.DEMO_SIGN_INS_PER_HOUR = FEW
    settings.DEMO = True


def change(ana: User) -> Any:
    client = Client()
    client.force_login(ana)
    form = {"old_password": "wrong", "new_password1": "harbour lights", "new_password2": "harbour lights"}
    return client.post("/password/", form)


TRIES: dict[Door, list[Callable[[User], Any]]] = {
    Door.SIGN_IN: [lambda ana: sign_in(ana.email), lambda ana: sign_in(ana.email, at=ADMIN)],
    Door.PASSWORD_CHANGE: [change],
    Door.PASSWORD_RESET: [lambda ana: Client().post("/password/reset/", {"email": ana.email})],
    Door.TOKEN: [lambda ana: Client().get("/api/me/", headers={"Authorization": "Bearer wap_no"})],
    Door.DEMO: [lambda ana: Client().post("/demo/")],
}


def test_every_door_is_tried_here() -> None:
    assert set(TRIES) == set(Door) == set(doors.RULES)


@pytest.mark.parametrize(("door", "attempt"), [(door, attempt) for door in Door for attempt in TRIES[door]])
def test_every_door_shuts_after_its_tries_and_says_when_it_opens(
    door: Door, attempt: Callable[[User], Any], ana: User, settings: Any
) -> None:
    assert 429 not in [attempt(ana).status_code for _ in range(FEW)]
    refused = attempt(ana)
    assert refused.status_code == 429
    assert 0 < int(refused["Retry-After"]) <= (3600 if door is Door.DEMO else settings.SIGN_IN_SECONDS)
    SignInTry.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert attempt(ana).status_code != 429


def test_secrets_are_compared_behind_doors_only() -> None:
    apps = [ROOT / name for name in ("accounts", "streaming", "things", "widgetapp")]
    sources = [path for app in apps for path in app.rglob("*.py")]
    found = {str(path.relative_to(ROOT)) for path in sources if COMPARES.search(path.read_text())}
    assert found == COMPARING


def test_doors_to_one_password_count_together(ana: User) -> None:
    sign_in(ana.email, address="192.0.2.1")
    sign_in(ana.email, at=ADMIN, address="192.0.2.2")
    change(ana)
    assert sign_in(ana.email, PASSWORD, address="192.0.2.3").status_code == 429


def test_what_was_right_is_given_back(ana: User, settings: Any) -> None:
    assert {sign_in(ana.email, PASSWORD).status_code for _ in range(FEW * 2)} == {302}
    assert set(SignInTry.objects.values_list("tries", flat=True)) == {0}


def test_a_refused_try_writes_nothing(ana: User, django_assert_num_queries: Any) -> None:
    for _ in range(FEW):
        throttle(Door.SIGN_IN, ana, "192.0.2.1")
    with django_assert_num_queries(1), pytest.raises(TooManyTries):
        throttle(Door.SIGN_IN, ana, "192.0.2.1")


def test_an_address_is_shut_out_by_its_64_bits(ana: User) -> None:
    for host in range(FEW):
        throttle(Door.TOKEN, None, f"2001:db8::{host}")
    with pytest.raises(TooManyTries):
        throttle(Door.TOKEN, None, "2001:db8::ffff")
    throttle(Door.TOKEN, None, "2001:db8:0:1::1")


def test_only_time_removes_a_counter(ana: User) -> None:
    throttle(Door.SIGN_IN, ana, "192.0.2.1")
    before = set(SignInTry.objects.values_list("key", flat=True))
    for stranger in range(20):
        throttle(Door.SIGN_IN, f"nobody{stranger}@example.org", f"198.51.100.{stranger}")
    assert before <= set(SignInTry.objects.values_list("key", flat=True))
    SignInTry.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    throttle(Door.DEMO, None, "203.0.113.1")
    assert SignInTry.objects.count() == 1


def test_a_right_token_writes_nothing_and_is_never_refused(ana: User, django_assert_num_queries: Any) -> None:
    _, token = tokens.make(ana, name="bot", scopes=["read"])
    right, wrong = {"Authorization": f"Bearer {token}"}, {"Authorization": "Bearer wap_no"}
    client = Client()
    assert client.get("/api/me/", headers=right).status_code == 200  # the first use is written down
    for _ in range(FEW + 1):
        client.get("/api/me/", headers=wrong)
    with django_assert_num_queries(1):
        assert client.get("/api/me/", headers=right).status_code == 200


def test_the_page_of_a_shut_door_is_a_page(ana: User) -> None:
    statuses(FEW, ana.email, at=SIGN_IN)
    page = sign_in(ana.email, at=SIGN_IN)
    assert "Too many tries" in page.content.decode()
    assert page["Cache-Control"] == "no-store"
    shut = Client().get("/api/me/", headers={"Authorization": "Bearer wap_no"})
    assert shut.status_code == 401, "another secret, another counter"
