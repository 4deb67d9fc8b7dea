"""Plain HTTP to a site that is served over HTTPS: a POST was redirected with a page of HTML, and came back as a GET."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from tests.cases.test_api import bearer, require_problem

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def served_over_https(settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True


@pytest.mark.parametrize("method", ["get", "post", "patch", "put", "delete", "options"])
@pytest.mark.parametrize("path", ["/api/", "/api/me/", "/api/nothing", "/api/things/"])
def test_the_api_is_not_spoken_in_the_clear(client: Client, ana: User, method: str, path: str) -> None:
    answer = getattr(client, method)(path, headers=bearer(ana))
    assert f"https://testserver{path}" in require_problem(answer, 403, "https_required")["detail"]


def test_over_https_nothing_changes(client: Client, ana: User) -> None:
    assert client.get("/api/me/", headers=bearer(ana), secure=True).status_code == 200


def test_pages_are_redirected_and_health_is_asked_as_it_was(client: Client) -> None:
    assert client.get("/sign-in/").status_code == 301
    assert [client.get(path).status_code for path in ("/healthz", "/readyz")] == [200, 200]
