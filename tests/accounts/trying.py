"""Trying the doors, as a stranger would."""

from typing import Any

from django.test import Client

PASSWORD = "draw together"
ADMIN, SIGN_IN = "/admin/login/", "/sign-in/"


def sign_in(
    email: str, password: str = "wrong", *, at: str = SIGN_IN, address: str = "192.0.2.1", client: Client | None = None
) -> Any:
    """The answer. Without a client it is a browser that was never here."""
    form = {"username": email, "password": password}
    return (client or Client()).post(at, form, REMOTE_ADDR=address)


def statuses(tries: int, email: str, **how: Any) -> list[int]:
    return [sign_in(email, **how).status_code for _ in range(tries)]
