"""The commands of whoever keeps the database."""

from datetime import timedelta
from io import StringIO

import pytest
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from accounts.models import SignInTry, StreamTicket, Usage, User
from tests.things.making import add, do, fresh, note, wid
from things.models import Thing, Widget


def test_replay_finds_what_differs_from_the_log(thing: Thing, ana: User) -> None:
    do(thing, ana, add(note(1, text="Boats")))
    said = StringIO()
    call_command("replay", str(thing.pk), stdout=said)
    assert said.getvalue().splitlines() == [f"{thing.pk} equal", "1 Things, 0 differ from their log"]

    row = Widget.objects.get(thing=thing, id=wid(1))
    row.fields["fill"] = "#000000"
    row.save()
    said = StringIO()
    with pytest.raises(CommandError, match="not what the log says"):
        call_command("replay", stdout=said)
    assert "the rows' digest is" in said.getvalue()


def test_replay_of_what_is_not_there(db: None) -> None:
    with pytest.raises(CommandError, match="there is no Thing"):
        call_command("replay", wid(9))
    with pytest.raises(CommandError, match="is not the id"):
        call_command("replay", "nine")


def test_new_epoch_of_one_and_of_all(thing: Thing, ana: User) -> None:
    first = thing.epoch
    call_command("new_epoch", str(thing.pk), stdout=StringIO())
    second = fresh(thing).epoch
    call_command("new_epoch", "--all", stdout=StringIO())
    assert len({first, second, fresh(thing).epoch}) == 3
    assert fresh(thing).revision == thing.revision
    with pytest.raises(CommandError):
        call_command("new_epoch")


def test_purge_leaves_nothing_that_has_had_its_time(ana: User) -> None:
    """Of every model with an end; what has not come to it stays."""
    now = timezone.now()
    past, later = now - timedelta(days=9), now + timedelta(days=1)
    for number, ends in enumerate((past, later)):
        SignInTry.objects.create(key=f"{number:064}", expires_at=ends)
        StreamTicket.objects.create(digest=f"{number:064}", user=ana, expires_at=ends)
        Session.objects.create(session_key=f"s{number}", session_data="", expire_date=ends)
        Usage.objects.create(user=ana, kind="things", day=ends.date())
    call_command("purge", stdout=StringIO())
    assert SignInTry.objects.get().expires_at == StreamTicket.objects.get().expires_at == later
    assert Session.objects.get().expire_date == later
    assert Usage.objects.get().day == later.date()
