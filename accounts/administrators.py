"""The first administrator of a server: asked for by e-mail, with a password that is random and told once."""

from argparse import ArgumentParser, ArgumentTypeError

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.crypto import get_random_string

from accounts.emails import email_key
from accounts.models import User

PASSWORD_LENGTH = 20


def add_option(parser: ArgumentParser) -> None:
    told = "make an administrator; the password is printed once"
    parser.add_argument("--admin", metavar="EMAIL", type=address, help=told)


def address(text: str) -> str:
    try:
        validate_email(text)
    except ValidationError:
        raise ArgumentTypeError(f"{text} is no e-mail address") from None
    return text


def ensure_administrator(email: str) -> str:
    """The line that says how to sign in. Who is here already keeps the password they have."""
    user = User.objects.filter(email_key=email_key(email)).first() or User(email=email, name=email.partition("@")[0])
    password = "" if user.password and user.has_usable_password() else get_random_string(PASSWORD_LENGTH)
    if password:
        user.set_password(password)
    user.is_staff = user.is_superuser = user.is_active = True
    user.save()
    return f'user {user.email} "{password}"' if password else f"user {user.email}"


def is_missing() -> bool:
    return not User.objects.filter(is_superuser=True, is_active=True).exists()
