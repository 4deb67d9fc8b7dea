"""Every code a program can meet has its page."""

import importlib
from html import unescape

import pytest
from django.test import Client

from accounts.authentication import ScopeNeeded
from accounts.doors import TooManyTries
from streaming.close_codes import CloseCode
from things import errors
from things.web.error_codes import CLOSES, ENTRIES, PROBLEMS


def subclasses(base: type[errors.ThingsError]) -> list[type[errors.ThingsError]]:
    return [found for child in base.__subclasses__() for found in (child, *subclasses(child))]


def test_every_refusal_of_editing_is_listed_with_its_status() -> None:
    listed = {(entry.code, entry.status) for entry in PROBLEMS}
    assert {(error.code, error.status) for error in subclasses(errors.ThingsError)} <= listed


def test_every_problem_of_the_api_is_listed() -> None:
    # Through the urls: the framework reads its settings, which name the parsers, before the problems are whole.
    importlib.import_module("widgetapp.urls")
    problems, parsers = importlib.import_module("widgetapp.problems"), importlib.import_module("widgetapp.parsers")
    codes = {code for code, _ in problems.CODES.values()}
    codes |= {error.default_code for error in (parsers.MalformedBody, ScopeNeeded, TooManyTries)}
    assert codes <= {entry.code for entry in PROBLEMS}


def test_every_close_code_is_listed() -> None:
    assert {int(entry.code) for entry in CLOSES} == {int(code) for code in CloseCode}


@pytest.mark.django_db
@pytest.mark.parametrize("code", sorted({entry.code for entry in ENTRIES}))
def test_every_code_has_a_page(client: Client, code: str) -> None:
    page = client.get(f"/developers/errors/{code}/")
    assert page.status_code == 200
    for entry in ENTRIES:
        if entry.code == code:
            assert entry.title in unescape(page.content.decode())


@pytest.mark.django_db
def test_pages_for_developers_need_no_account(client: Client) -> None:
    assert b"/_stream" in client.get("/developers/").content
    assert client.get("/developers/errors/").status_code == 200
    assert client.get("/developers/errors/no_such_code/").status_code == 404
