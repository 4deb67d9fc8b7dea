"""The demo's people, and how they sign in.

Where a developer works, everybody has the password of the README and one of them is the administrator. Where others
reach the server nobody has: passwords are random and told once, and the demo makes no administrator.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from django.contrib.auth.hashers import check_password, make_password
from django.utils.crypto import get_random_string

from accounts.emails import email_key
from accounts.models import User
from things.demo.collection import PASSWORD, PEOPLE, Person

RANDOM_LENGTH = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """`password` is empty where it was told before."""

    user: User
    password: str

    def __str__(self) -> str:
        return f'user {self.user.email} "{self.password}"' if self.password else f"user {self.user.email}"


def ensure_people(*, known: bool) -> dict[str, SignIn]:
    """By key. `known`: with the password of the README."""
    ensure = ensure_known if known else ensure_guarded
    return {person.key: ensure(person) for person in PEOPLE}


def ensure_known(person: Person) -> SignIn:
    user = found(person) or User(email=person.email, name=person.name, color=person.color)
    if not is_known(user.password):
        user.password = known_password()
        user.is_staff = user.is_superuser = person.staff
        user.save()
    return SignIn(user=user, password=PASSWORD)


def ensure_guarded(person: Person) -> SignIn:
    user = found(person) or User(email=person.email, name=person.name, color=person.color)
    own = user.password and user.has_usable_password() and not is_known(user.password)
    password = "" if own else get_random_string(RANDOM_LENGTH)
    if password:
        user.set_password(password)
        user.is_staff = user.is_superuser = False
        user.save()
    return SignIn(user=user, password=password)


def shut_known() -> None:
    """Of a demo that was made here before: the password of the README opens nothing any more."""
    for user in people():
        if is_known(user.password):
            user.set_unusable_password()
            user.is_staff = user.is_superuser = False
            user.save()


def people() -> Iterator[User]:
    yield from User.objects.filter(email_key__in=[email_key(person.email) for person in PEOPLE])


def found(person: Person) -> User | None:
    return User.objects.filter(email_key=email_key(person.email)).first()


@cache
def known_password() -> str:
    """Hashed once for all: it is no secret, and a hash takes a third of a second."""
    return make_password(PASSWORD)


@cache
def is_known(encoded: str) -> bool:
    return bool(encoded) and check_password(PASSWORD, encoded)
