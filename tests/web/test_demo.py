"""`manage.py demo`: everything it promises is there, and a second run adds nothing but fresh tokens."""

import re
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from accounts.models import Token, User
from things.demo.collection import PASSWORD, PEOPLE, PIECES
from things.models import Change, Membership, Role, Thing, Visibility
from things.people.permissions import visible_to

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def at_home(settings: Any) -> None:
    settings.DEBUG = True


def run() -> str:
    out = StringIO()
    call_command("demo", stdout=out)
    return out.getvalue()


def tokens(said: str) -> dict[str, str]:
    return dict(re.findall(r"^token (\w+) (wap_\w+)$", said, re.MULTILINE))


def test_it_makes_people_things_and_roles() -> None:
    said = run()
    assert f'user ana@harbourpool.example "{PASSWORD}"' in said
    assert set(tokens(said)) == {person.key for person in PEOPLE}
    assert all(user.check_password(PASSWORD) for user in User.objects.all())
    assert Thing.objects.count() == len(PIECES)
    pool = Thing.objects.get(title="Harbour pool, opening week")
    roles = dict(Membership.objects.filter(thing=pool).values_list("user__email", "role"))
    assert set(roles.values()) == {Role.EDITOR, Role.COMMENTER, Role.VIEWER}
    shown = visible_to(None).filter(is_template=False)
    assert [thing.visibility for thing in shown] == [Visibility.PUBLIC]
    assert visible_to(None).filter(is_template=True).count() == 6


def test_nothing_of_it_was_left_out() -> None:
    """Every widget of every Thing went through editing and was accepted."""
    run()
    assert not Change.objects.exclude(skipped=[])
    assert set(Change.objects.values_list("via", flat=True)) == {"command"}


def test_a_second_run_keeps_what_was_done_and_renews_the_tokens() -> None:
    first = run()
    pool = Thing.objects.get(title="Harbour pool, opening week")
    User.objects.filter(email="ana@harbourpool.example").update(name="Ana R.")
    before = dict(Thing.objects.values_list("pk", "revision"))
    second = run()
    assert dict(Thing.objects.values_list("pk", "revision")) == before
    assert User.objects.get(pk=pool.owner_id).name == "Ana R."
    assert Token.objects.count() == len(PEOPLE)
    assert not set(tokens(first).values()) & set(tokens(second).values())
