"""Who somebody is by e-mail and password: the one place where a password that came from outside is compared."""

from functools import cache
from typing import Any
from uuid import UUID

from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from accounts import devices
from accounts.columns import columns_of, key
from accounts.doors import Door, throttle
from accounts.emails import email_key
from accounts.models import User
from accounts.statements import Statement


class PasswordBackend(ModelBackend):
    """Every form that signs in is behind it, the admin's too. Raises `TooManyTries` before it computes a hash."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> User | None:
        email = username if username is not None else kwargs.get(User.USERNAME_FIELD)
        if email is None or password is None:
            return None
        user = User.objects.filter(email_key=email_key(email)).first()
        return user if is_right(request, user or email, password, Door.SIGN_IN) else None

    def get_user(self, user_id: Any) -> User | None:
        """Whose session it is, at every request of a browser."""
        user = user_of(user_id)
        return user if user is not None and self.user_can_authenticate(user) else None


def user_of(pk: UUID | str) -> User | None:
    row = _by_id().one([key(pk)])
    return columns_of(User).instance(row) if row is not None else None


@cache
def _by_id() -> Statement:
    return Statement(f"SELECT {columns_of(User).sql} FROM accounts_user WHERE id = %s")  # noqa: S608


def is_right(request: HttpRequest | None, user: User | str, password: str, door: Door) -> bool:
    """Whether it is the password of this active person. For an e-mail that nobody has the same work is done."""
    device = devices.known(request, user) if isinstance(user, User) else ""
    counted = throttle(door, user, address_of(request), device=device)
    # A person without a usable password costs a hash too.
    person = user if isinstance(user, User) else User(password=NOBODYS)
    if not (person.check_password(password) and person.is_active and person is user):
        return False
    counted.give_back()
    return True


def address_of(request: HttpRequest | None) -> str:
    """As the edge has found it; nothing for a program that calls in here."""
    return str(request.META.get("REMOTE_ADDR", "")) if request is not None else ""


NOBODYS = "!"  # no password has this hash
