"""Who may enter a Thing: memberships, and everybody who has to hear when they change (A4)."""

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction
from django.db.models import F

from accounts.models import User
from streaming.fanout.publisher import publish_access
from things import inbox
from things.models import Membership, Thing
from things.writing import one_writer


def share(thing: Thing, user: User, role: str, *, by: User | None) -> Membership:
    """Give a role, or another one; the person finds it in their inbox. The owner's own role is not a membership."""
    with one_writer():
        thing = Thing.objects.select_for_update().get(pk=thing.pk)
        found = Membership.objects.filter(thing=thing, user=user).first()
        if found is not None and found.role == role:
            return found
        membership, _ = Membership.objects.update_or_create(thing=thing, user=user, defaults={"role": role})
        inbox.notify([user.pk], "share", thing=thing, by=by, role=role)
        rights_changed([thing.pk])
    return membership


def unshare(memberships: Sequence[Membership]) -> None:
    """Take them away; open topics end at once."""
    things = sorted({membership.thing_id for membership in memberships})
    with one_writer():
        Membership.objects.filter(pk__in=[membership.pk for membership in memberships]).delete()
        rights_changed(things)


def rights_changed(things: Sequence[UUID]) -> None:
    """Open streams ask again at once; the epoch is found by the sweep if the word is lost."""
    Thing.objects.filter(pk__in=things).update(access_epoch=F("access_epoch") + 1)
    transaction.on_commit(lambda: publish_access(topics=things), robust=True)
