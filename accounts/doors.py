"""Every door at which a secret can be guessed, and the one throttle before all of them.

A try is counted before anything is verified, by one UPDATE that the database makes only while the limit is not
reached: of any number of tries at once, in any number of processes, exactly as many pass as may. The counters are rows
of their own that only time removes, so a stranger can neither evict one nor choose it.
"""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from rest_framework import exceptions

from accounts.emails import email_key
from accounts.models import SignInTry, User
from streaming.forwarded import address_key

FORGOTTEN_AT_ONCE = 500


class Door(StrEnum):
    SIGN_IN = "sign_in"  # every form behind the authentication backend, the admin's too
    PASSWORD_CHANGE = "password_change"  # noqa: S105 — a door, not a password
    PASSWORD_RESET = "password_reset"  # noqa: S105
    TOKEN = "token"  # noqa: S105
    DEMO = "demo"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What a door counts, and how far. Doors of one `counter` guard the same secret and share their tries.

    `per_person`, `per_address`, `seconds`: names of settings, or a number that no setting moves.
    """

    counter: str
    per_person: str = ""
    per_address: str
    seconds: str | int = "SIGN_IN_SECONDS"

    def window(self) -> timedelta:
        return timedelta(seconds=self.seconds if isinstance(self.seconds, int) else getattr(settings, self.seconds))


PERSON, ADDRESS = "SIGN_IN_TRIES_PER_PERSON", "SIGN_IN_TRIES_PER_ADDRESS"
PASSWORDS = Rule(counter="password", per_person=PERSON, per_address=ADDRESS)
RULES = {
    Door.SIGN_IN: PASSWORDS,
    Door.PASSWORD_CHANGE: PASSWORDS,
    Door.PASSWORD_RESET: Rule(counter="reset", per_person=PERSON, per_address=ADDRESS),
    Door.TOKEN: Rule(counter="token", per_address=ADDRESS),
    Door.DEMO: Rule(counter="demo", per_address="DEMO_SIGN_INS_PER_HOUR", seconds=3600),
}


class TooManyTries(exceptions.Throttled):
    """429. `wait`: seconds until the counter is forgotten."""

    wait: int
    default_code = "throttled"
    default_detail = "Too many tries"
    extra_detail_singular = extra_detail_plural = "Wait {wait} s, then try again."


@dataclass(frozen=True, slots=True)
class Try:
    """A try that was counted. What proves right is given back: only wrong ones are meant."""

    keys: Sequence[str] = field(default=())

    def give_back(self) -> None:
        SignInTry.objects.filter(key__in=self.keys, tries__gt=0).update(tries=F("tries") - 1)


def throttle(door: Door, user: User | str | None, address: str, *, device: str = "") -> Try:
    """Count a try at a door, or raise `TooManyTries`.

    `user`: a person, or for an address that nobody has the e-mail that was typed, so that both are refused alike.
    `device`: one on which this person signed in before counts by itself, and no stranger's tries with it.
    """
    rule = RULES[door]
    if device:
        wanted = [(key_of(rule, "device", device), rule.per_person)]
    else:
        wanted = [(key_of(rule, "address", address_key(address)), rule.per_address)] if address else []
        wanted += [(key_of(rule, "person", person_of(user)), rule.per_person)] if user and rule.per_person else []
    for key, most in wanted:
        count(key, getattr(settings, most), rule.window())
    return Try([key for key, _ in wanted])


def person_of(user: User | str | None) -> str:
    return str(user.pk) if isinstance(user, User) else email_key(user or "")


def key_of(rule: Rule, kind: str, name: str) -> str:
    """Of one length, whatever was typed."""
    return hashlib.sha256(f"{rule.counter}:{kind}:{name}".encode()).hexdigest()


def count(key: str, most: int, window: timedelta) -> None:
    now = timezone.now()
    if (until := _full_until(key, most, now)) is None and not _counted(key, most, now):
        forget(now)
        SignInTry.objects.bulk_create([SignInTry(key=key, expires_at=now + window)], ignore_conflicts=True)
        if not _counted(key, most, now):
            until = now + window
    if until is not None:
        raise TooManyTries(wait=max(1, math.ceil((until - now).total_seconds())))


def forget(now: datetime) -> None:
    """Remove what has run out. Whoever removes the same rows at this moment is left to it."""
    with transaction.atomic():
        over = SignInTry.objects.select_for_update(skip_locked=True).filter(expires_at__lte=now)
        SignInTry.objects.filter(pk__in=list(over.values_list("pk", flat=True)[:FORGOTTEN_AT_ONCE])).delete()


def forget_expired() -> int:
    """All of it, once a day: a door that nobody comes to any more forgets nothing by itself."""
    gone, _ = SignInTry.objects.filter(expires_at__lte=timezone.now()).delete()
    return gone


def _full_until(key: str, most: int, now: datetime) -> datetime | None:
    """Whoever is refused only reads: hammering on a shut door takes no write lock."""
    full = SignInTry.objects.filter(key=key, tries__gte=most, expires_at__gt=now)
    return full.values_list("expires_at", flat=True).first()


def _counted(key: str, most: int, now: datetime) -> bool:
    row = SignInTry.objects.filter(key=key, tries__lt=most, expires_at__gt=now)
    return row.update(tries=F("tries") + 1) == 1
