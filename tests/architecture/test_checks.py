"""Each system check refuses what it is for, and is silent otherwise."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.checks import CheckMessage
from django.core.management import call_command
from django.core.management.base import SystemCheckError

from widgetapp import checks

SQLITE = {"default": {"ENGINE": "django.db.backends.sqlite3"}}
POSTGRES = {"default": {"ENGINE": "django.db.backends.postgresql"}}
Check = Callable[[], list[CheckMessage]]


@pytest.mark.parametrize(
    ("check", "changed", "expected"),
    [
        (checks.workers_share_a_channel_layer, {"WORKERS": 2, "REDIS_HOSTS": []}, "widgetapp.E001"),
        (checks.workers_share_a_channel_layer, {"WORKERS": 1, "REDIS_HOSTS": []}, None),
        (checks.workers_share_a_channel_layer, {"WORKERS": 2, "REDIS_HOSTS": ["redis://127.0.0.1:6379/0"]}, None),
        (checks.debug_stays_at_home, {"DEBUG": True, "ALLOWED_HOSTS": ["*"]}, "widgetapp.E002"),
        (checks.debug_stays_at_home, {"DEBUG": True, "ALLOWED_HOSTS": ["localhost"]}, None),
        (checks.debug_stays_at_home, {"DEBUG": False, "ALLOWED_HOSTS": ["widgets.example"]}, None),
        (checks.failpoints_are_for_tests, {"FAILPOINTS": {"catch_up": 1}, "ALLOW_FAILPOINTS": False}, "widgetapp.E003"),
        (checks.failpoints_are_for_tests, {"FAILPOINTS": {"no": 1.0}, "ALLOW_FAILPOINTS": True}, "widgetapp.E004"),
        (checks.failpoints_are_for_tests, {"FAILPOINTS": {"catch_up": 1}, "ALLOW_FAILPOINTS": True}, None),
        (checks.failpoints_are_for_tests, {"FAILPOINTS": {}, "ALLOW_FAILPOINTS": False}, None),
        (checks.secret_is_one, {"DEBUG": False, "SECRET_KEY": "x" * 31}, "widgetapp.E005"),
        (checks.secret_is_one, {"DEBUG": False, "SECRET_KEY": "change-me" + "x" * 50}, "widgetapp.E005"),
        (checks.secret_is_one, {"DEBUG": False, "SECRET_KEY": "x" * 50}, "widgetapp.E005"),
        (checks.secret_is_one, {"DEBUG": False, "SECRET_KEY": "abcdefghij" * 5}, None),
        (checks.secret_is_one, {"DEBUG": True, "SECRET_KEY": "x"}, None),
        (checks.writers_leave_threads, {"HTTP_THREADS": 2}, "widgetapp.W002"),
        (checks.writers_leave_threads, {"HTTP_THREADS": 3}, None),
        (checks.machines_share_a_database, {"DATABASES": SQLITE, "REDIS_HOSTS": ["redis://r:6379"]}, "widgetapp.W001"),
        (checks.machines_share_a_database, {"DATABASES": SQLITE, "REDIS_HOSTS": ["redis://localhost:6379"]}, None),
        (checks.machines_share_a_database, {"DATABASES": POSTGRES, "REDIS_HOSTS": ["redis://r:6379"]}, None),
    ],
)
def test_check(
    check: Check, changed: dict[str, Any], expected: str | None, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    # Not through pytest-django's settings: DATABASES there is connected to what is open.
    for name, value in changed.items():
        monkeypatch.setattr(checks.settings, name, value)
    assert [message.id for message in check()] == ([expected] if expected else [])


def test_they_are_registered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks.settings, "WORKERS", 2)
    monkeypatch.setattr(checks.settings, "REDIS_HOSTS", [])
    with pytest.raises(SystemCheckError, match=r"widgetapp\.E001"):
        call_command("check")
