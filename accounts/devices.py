"""Devices on which somebody has signed in before, known by a signed cookie.

Each counts its own tries, so that strangers who try a person's password from everywhere keep out nobody but
themselves. A changed password, or signing out everywhere, makes a device a stranger again.
"""

import secrets
from typing import Any

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare, salted_hmac

from accounts.models import User

COOKIE = "device"
SALT = "accounts.devices"
MAX_AGE_SECONDS = 365 * 24 * 3600
PEOPLE = 5  # who share a device; the one who signed in longest ago is forgotten first


def known(request: HttpRequest | None, user: User) -> str:
    """The name of the device, if this person has signed in on it with the password of now; else nothing."""
    device, proof = seen_on(request).get(str(user.pk), ("", ""))
    return device if device and constant_time_compare(proof, proof_of(device, user)) else ""


def signed_in(sender: Any, request: HttpRequest, user: User, **_: Any) -> None:
    """Receives `user_logged_in`."""
    if user.has_usable_password():
        remember(request, user)


def remember(request: HttpRequest, user: User) -> None:
    """`tell` puts it into the answer."""
    device = known(request, user) or secrets.token_hex(8)
    others = {pk: seen for pk, seen in seen_on(request).items() if pk != str(user.pk)}
    newest = [*others.items(), (str(user.pk), (device, proof_of(device, user)))][-PEOPLE:]
    request.device_cookie = signing.dumps(dict(newest), salt=SALT)  # type: ignore[attr-defined]


def tell(request: HttpRequest, response: HttpResponse) -> None:
    if (cookie := getattr(request, "device_cookie", None)) is not None:
        response.set_cookie(
            COOKIE,
            cookie,
            max_age=MAX_AGE_SECONDS,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )


def seen_on(request: HttpRequest | None) -> dict[str, tuple[str, str]]:
    """Person → device and proof, as the cookie says; nothing for one that we did not sign."""
    cookie = request.COOKIES.get(COOKIE, "") if request is not None else ""
    try:
        return {pk: (device, proof) for pk, (device, proof) in signing.loads(cookie, salt=SALT).items()}
    except signing.BadSignature:
        return {}


def proof_of(device: str, user: User) -> str:
    return salted_hmac(SALT, f"{device}:{user.get_session_auth_hash()}", algorithm="sha256").hexdigest()[:32]
