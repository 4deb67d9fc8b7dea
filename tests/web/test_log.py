"""The log names requests as their answers do."""

import logging
from collections.abc import Callable, Iterator

import pytest
from django.conf import settings
from django.test import Client, RequestFactory

from widgetapp.request_ids import RequestIdMiddleware, RequestIdOfLine

pytestmark = pytest.mark.django_db


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Iterator[Callable[[], str]]:
    """What stands in it, by the settings."""
    given, about = settings.LOGGING["formatters"]["line"], RequestIdOfLine()
    formatter = logging.Formatter(given["format"], style=given["style"])
    caplog.handler.addFilter(about)
    yield lambda: "\n".join(formatter.format(record) for record in caplog.records)
    caplog.handler.removeFilter(about)


@pytest.mark.parametrize("path", ["/api/nothing/", "/there-is-no-such-page/"])
def test_the_id_of_a_refusal_is_in_the_log(path: str, client: Client, log: Callable[[], str]) -> None:
    """It was told to people, who told it to us, who found it nowhere."""
    answer = client.get(path)
    assert f"[{answer['X-Request-ID']}] Not Found: {path}" in log()


def test_the_id_of_what_broke_is_beside_its_traceback(log: Callable[[], str]) -> None:
    def broken(_: object) -> None:
        logging.getLogger("things").error("It broke")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        RequestIdMiddleware(broken)(RequestFactory().get("/", headers={"X-Request-ID": "mine"}))  # type: ignore[arg-type]
    assert "things [mine] It broke" in log()


def test_what_is_about_no_request_has_none(log: Callable[[], str]) -> None:
    logging.getLogger("things").error("A timer")
    assert "things A timer" in log()
