"""Every bound stands in one table, and the page of limits is made of it."""

from tests.servers import ROOT
from widgetapp.limits import page


def test_the_page_is_up_to_date() -> None:
    assert (ROOT / "docs" / "limits.md").read_text() == page(), "python manage.py limits > docs/limits.md"
