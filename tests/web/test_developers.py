"""Every code a program can meet has its page."""

import importlib
import re
from html import unescape
from typing import Any

import pytest
from django.test import Client
from rest_framework.exceptions import APIException

from tests.servers import ROOT
from things.errors import ThingsError
from widgetapp.site.error_codes import ENTRIES, PROBLEMS

OURS = ("accounts", "streaming", "things", "widgetapp")
SAID = re.compile(r'(?:plain_problem|problem_response|problem)\(\s*(\d{3}), "(\w+)"')


def subclasses(base: type[Any]) -> list[type[Any]]:
    """Those of this project, however far below."""
    found = [each for child in base.__subclasses__() for each in (child, *subclasses(child))]
    return [kind for kind in found if kind.__module__.startswith(OURS)]


def test_every_code_that_can_be_answered_is_listed_with_its_status() -> None:
    """Collected from the classes of what is raised and from the places that write a problem themselves."""
    importlib.import_module("widgetapp.urls")
    problems = importlib.import_module("widgetapp.problems")
    said = {(code, kind.status_code) for kind, (code, _) in problems.CODES.items()}
    said |= {(kind.code, kind.status) for kind in subclasses(ThingsError)}
    said |= {(kind.default_code, kind.status_code) for kind in subclasses(APIException)}
    for package in OURS:
        for path in (ROOT / package).rglob("*.py"):
            said |= {(code, int(status)) for status, code in SAID.findall(path.read_text())}
    assert said >= {("internal", 500), ("malformed", 400), ("csrf", 403), ("throttled", 429), ("not_found", 404)}
    assert said <= {(entry.code, entry.status) for entry in PROBLEMS}


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
