"""System checks: what is misconfigured is said at the start, not found out by users."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.core.exceptions import ImproperlyConfigured

from streaming import failpoints

LOOPBACK = {"localhost", "127.0.0.1", "[::1]", "::1"}
# `secrets.token_urlsafe(32)` is a good secret; what is shorter than this may be a word.
SECRET_CHARACTERS = 32
SECRET_DIFFERENT = 5
EXAMPLES = ("change-me", "django-insecure-")
FEWEST_THREADS = 3


@register
def workers_share_a_channel_layer(app_configs: Sequence[Any] | None = None, **options: Any) -> list[CheckMessage]:
    """The in-memory layer ends at its process: streams on another worker would hear only what they catch up on."""
    if settings.WORKERS > 1 and not settings.REDIS_HOSTS:
        hint = "Set REDIS_URL, for example redis://127.0.0.1:6379/0, or WEB_CONCURRENCY=1."
        return [Error(f"{settings.WORKERS} workers have no Redis to share.", hint=hint, id="widgetapp.E001")]
    return []


@register
def debug_stays_at_home(app_configs: Sequence[Any] | None = None, **options: Any) -> list[CheckMessage]:
    """Django's debug pages show settings and source."""
    others = sorted(set(settings.ALLOWED_HOSTS) - LOOPBACK)
    if settings.DEBUG and others:
        message = f"DEBUG is on while {', '.join(others)} may be asked for."
        return [Error(message, hint="Set DEBUG=false, or remove ALLOWED_HOSTS.", id="widgetapp.E002")]
    return []


@register
def failpoints_are_for_tests(app_configs: Sequence[Any] | None = None, **options: Any) -> list[CheckMessage]:
    """They kill what serves."""
    if settings.FAILPOINTS and not settings.ALLOW_FAILPOINTS:
        message = "WIDGETAPP_FAILPOINT lets this server die on purpose."
        return [Error(message, hint="Unset it, or set WIDGETAPP_ALLOW_FAILPOINT=true.", id="widgetapp.E003")]
    if unknown := sorted(settings.FAILPOINTS.keys() - failpoints.NAMES):
        hint = f"There are {', '.join(sorted(failpoints.NAMES))}."
        return [Error(f"There is no failpoint {', '.join(unknown)}.", hint=hint, id="widgetapp.E004")]
    return []


@register
def secret_is_one(app_configs: Sequence[Any] | None = None, **options: Any) -> list[CheckMessage]:
    """Who knows the secret signs sessions for anybody. While developing it is made, and kept in var/."""
    if settings.DEBUG or not (wrong := what_is_wrong_with(secret())):
        return []
    hint = "Make one: python -c 'import secrets; print(secrets.token_urlsafe(50))'"
    return [Error(f"SECRET_KEY {wrong}.", hint=hint, id="widgetapp.E005")]


def secret() -> str:
    try:
        return str(settings.SECRET_KEY)
    except ImproperlyConfigured:  # Django's answer to an empty one
        return ""


def what_is_wrong_with(secret: str) -> str:
    if not secret.strip():
        return "is missing"
    if any(example in secret.lower() for example in EXAMPLES):
        return "is the one of an example, which everybody knows"
    if len(secret) < SECRET_CHARACTERS:
        return f"is shorter than {SECRET_CHARACTERS} characters"
    return "repeats a few characters" if len(set(secret)) < SECRET_DIFFERENT else ""


@register
def writers_leave_threads(app_configs: Sequence[Any] | None = None, **options: Any) -> list[CheckMessage]:
    """Who writes leaves two threads to who reads; below three there is nothing to leave."""
    if settings.HTTP_THREADS < FEWEST_THREADS:
        message = f"With {settings.HTTP_THREADS} HTTP threads one slow write may hold up every request of a worker."
        return [Warning(message, hint=f"Set HTTP_THREADS to {FEWEST_THREADS} or more.", id="widgetapp.W002")]
    return []


@register(Tags.database)
def machines_share_a_database(app_configs: Sequence[Any] | None = None, **options: Any) -> list[CheckMessage]:
    """A Redis elsewhere is the sign of several machines; SQLite is a file of one."""
    elsewhere = [host for url in settings.REDIS_HOSTS if (host := urlsplit(url).hostname) and host not in LOOPBACK]
    if elsewhere and settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        message = f"SQLite serves one machine, but Redis is on {elsewhere[0]}."
        return [Warning(message, hint="Set DATABASE_URL=postgres://… .", id="widgetapp.W001")]
    return []
