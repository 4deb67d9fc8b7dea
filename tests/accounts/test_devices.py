"""A device on which somebody signed in before is not shut out by strangers, and is no way around the throttle."""

from typing import Any

import pytest
from django.core import signing
from django.test import Client

from accounts import devices
from accounts.models import User
from tests.accounts.trying import PASSWORD, sign_in, statuses

pytestmark = pytest.mark.django_db


@pytest.fixture
def device(ana: User) -> Client:
    """Ana was signed in here, and is signed out."""
    client = Client()
    assert sign_in(ana.email, PASSWORD, client=client).status_code == 302
    client.post("/sign-out/")
    return client


def test_strangers_shut_out_nobody_who_was_here_before(device: Client, ana: User, settings: Any) -> None:
    statuses(settings.SIGN_IN_TRIES_PER_PERSON, ana.email, address="198.51.100.1")
    assert sign_in(ana.email, PASSWORD).status_code == 429, "on a new device she waits"
    assert sign_in(ana.email, PASSWORD, client=device).status_code == 302


def test_nor_do_neighbours_behind_the_same_address(device: Client, ana: User, settings: Any) -> None:
    for number in range(settings.SIGN_IN_TRIES_PER_ADDRESS):
        sign_in(f"nobody{number}@example.org", address="192.0.2.1")
    assert sign_in("somebody@example.org", address="192.0.2.1").status_code == 429
    assert sign_in(ana.email, PASSWORD, address="192.0.2.1", client=device).status_code == 302


def test_a_known_device_has_as_many_tries_as_anybody(device: Client, ana: User, settings: Any) -> None:
    tries = [sign_in(ana.email, client=device).status_code for _ in range(settings.SIGN_IN_TRIES_PER_PERSON + 1)]
    assert tries == [200] * settings.SIGN_IN_TRIES_PER_PERSON + [429]
    assert sign_in(ana.email, PASSWORD).status_code == 302, "and takes none from her other devices"


def test_it_is_known_for_its_people_only(device: Client, ana: User, jonas: User, settings: Any) -> None:
    statuses(settings.SIGN_IN_TRIES_PER_PERSON, jonas.email, address="198.51.100.1")
    assert sign_in(jonas.email, PASSWORD, client=device).status_code == 429


# Named: a signature holds the time, and the processes of one run would have different tests.
@pytest.mark.parametrize("cookie", ["", "x", "a:b:c", signing.dumps({}, salt="another")], ids=["", "x", "abc", "other"])
def test_a_cookie_that_we_did_not_sign_says_nothing(cookie: str, ana: User, settings: Any) -> None:
    client = Client()
    client.cookies[devices.COOKIE] = cookie
    statuses(settings.SIGN_IN_TRIES_PER_PERSON, ana.email, address="198.51.100.1")
    assert sign_in(ana.email, PASSWORD, client=client).status_code == 429


def test_a_changed_password_makes_it_a_stranger(device: Client, ana: User, settings: Any) -> None:
    ana.set_password("harbour lights")
    ana.save()
    statuses(settings.SIGN_IN_TRIES_PER_PERSON, ana.email, address="198.51.100.1")
    assert sign_in(ana.email, "harbour lights", client=device).status_code == 429


def test_a_device_remembers_a_few_people(settings: Any, make_user: Any) -> None:
    client = Client()
    for number in range(devices.PEOPLE + 1):
        sign_in(make_user(f"p{number}").email, PASSWORD, client=client, address=f"192.0.2.{number}")
        client.post("/sign-out/")
    assert len(signing.loads(client.cookies[devices.COOKIE].value, salt=devices.SALT)) == devices.PEOPLE
    cookie = client.cookies[devices.COOKIE]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
