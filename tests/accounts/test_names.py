"""What a person may be called, at every door by which a name comes in."""

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from accounts.models import User
from accounts.names import require_readable
from tests.admin.forms import opened
from tests.conftest import MakeUser

UNSEEN = [
    "\u200b",
    "\u2800",
    "\u3164",
    "\u00ad",
    "\u0301",
    "\u200d\u200d",
    "\u00a0",
    "\ufeff",
    "\u115f \u1160",
    "\ufe0f",
]
SPOILING = ["Ana\u202eziuR", "\u2066Ana", "Ana\nRuiz", "Ana\x1b[31m", "A\u2028na", "\x7f"]


@pytest.mark.parametrize("name", [*UNSEEN, *SPOILING])
def test_v2_a_name_that_nobody_can_read_is_refused(name: str, ana: User, make_user: MakeUser) -> None:
    client, desk = Client(), Client()
    client.force_login(ana)
    desk.force_login(make_user("Ada", is_staff=True, is_superuser=True))
    answer = client.patch("/api/me/", {"name": name}, content_type="application/json")
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/name")
    page = f"/admin/accounts/user/{ana.pk}/change/"
    assert "errorlist" in desk.post(page, {**opened(desk, page), "name": name}).content.decode()
    ana.refresh_from_db()
    assert ana.name == "Ana"


@pytest.mark.parametrize("name", ["Ana Ruiz", "李明", "علی‌رضا", "क्षमा", "👩‍🚀", "X Æ A-12", "O'Brien", "e\u0301", "ㄱ"])
def test_a_name_of_any_script_is_taken(name: str) -> None:
    require_readable(name)


def test_what_is_refused_is_said_in_words() -> None:
    for name, code in (("\u200b", "unseen"), ("A\u202eB", "control")):
        with pytest.raises(ValidationError) as refused:
            require_readable(name)
        assert refused.value.code == code
