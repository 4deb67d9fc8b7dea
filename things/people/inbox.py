"""A person's inbox: entries are numbered in the transaction of what they tell about, under the inbox's row lock.

Lock order: the Thing first, then inboxes by ascending user.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import User
from accounts.quotas import Quota, take
from streaming.fanout.publisher import publish
from streaming.protocol import Event, encode
from things.models import Inbox, Notification, Thing
from things.shapes import JsonObject
from things.transactions import one_writer

SERVICE = "inbox"
TOPIC = "me"


def inboxes(users: Iterable[UUID | str]) -> list[Inbox]:
    """The inboxes of these users; a person's first look makes theirs."""
    wanted = {UUID(str(user)) for user in users}
    found = list(Inbox.objects.filter(pk__in=wanted))
    if missing := wanted - {inbox.user_id for inbox in found}:
        people = User.objects.filter(pk__in=missing).values_list("pk", flat=True)
        Inbox.objects.bulk_create([Inbox(user_id=pk) for pk in people], ignore_conflicts=True)
        found += list(Inbox.objects.filter(pk__in=missing))
    return found


def after(user: str, offset: int) -> QuerySet[Notification]:
    return Notification.objects.filter(inbox=UUID(user), offset__gt=offset).order_by("offset")


def notify(
    users: Iterable[UUID], kind: str, *, thing: Thing, by: User | None, staff: bool = False, **more: str
) -> None:
    """Tell these people. `kind`: `share`, `mention`, `reply`. Call it in the transaction of what it is about.

    What is over the day of who causes it is left out, and so is a second `share` before the first was read.
    """
    data: JsonObject = {
        "kind": kind,
        "thing": {"id": str(thing.pk), "title": thing.title},
        "actor": {"id": str(by.pk), "name": by.name} if by is not None else None,
        **more,
    }
    recipients = sorted({user for user in users if by is None or user != by.pk})
    inboxes(recipients)
    for inbox in Inbox.objects.select_for_update().filter(pk__in=recipients).order_by("pk"):
        told = kind == "share" and by is not None and _unread_share(inbox, thing, by)
        if not told and (by is None or staff or take(by, Quota.NOTIFICATIONS)):
            _append(inbox, Notification.Event.NOTIFICATION, data, thing)


def _unread_share(inbox: Inbox, thing: Thing, by: User) -> bool:
    shares = unread_of(inbox).filter(thing=thing, data__kind="share", data__actor__id=str(by.pk))
    return shares.exists()


def mark_read(user: User, through: int) -> Inbox:
    """Everything up to that offset was read; told to the person's other windows as an event of the same log."""
    with one_writer():
        inboxes([user.pk])
        inbox = Inbox.objects.select_for_update().get(pk=user.pk)
        unread = unread_of(inbox).filter(offset__lte=through)
        offsets = list(unread.values_list("offset", flat=True))
        if offsets:
            unread.update(read_at=timezone.now())
            _append(inbox, Notification.Event.READ, {"offsets": [*offsets]})
        return inbox


def unread_of(inbox: Inbox) -> QuerySet[Notification]:
    return Notification.objects.filter(inbox=inbox, event=Notification.Event.NOTIFICATION, read_at=None)


def entries(inbox: Inbox, before: int | None, limit: int) -> QuerySet[Notification]:
    """Newest first."""
    shown = Notification.objects.filter(inbox=inbox, event=Notification.Event.NOTIFICATION)
    return shown.filter(offset__lt=before).order_by("-offset")[:limit] if before else shown.order_by("-offset")[:limit]


def as_json(entry: Notification) -> JsonObject:
    return {
        "offset": entry.offset,
        **entry.data,
        "read": entry.read_at is not None,
        "created_at": _moment(entry.created_at),
    }


def event_frame(entry: Notification) -> bytes:
    """What the entry was when it was new: a log does not change."""
    data = {**entry.data, "created_at": _moment(entry.created_at)}
    return encode(Event(service=SERVICE, topic=TOPIC, offset=entry.offset, event=entry.event, data=data))


def _append(inbox: Inbox, event: str, data: JsonObject, thing: Thing | None = None) -> None:
    inbox.head += 1
    entry = Notification(inbox=inbox, offset=inbox.head, event=event, data=data, thing=thing)
    frame = event_frame(entry)
    entry.event_bytes = len(frame)
    entry.save(force_insert=True)
    inbox.save(update_fields=["head"])
    user, epoch, offset = str(inbox.pk), inbox.epoch, inbox.head
    transaction.on_commit(lambda: publish(SERVICE, user, epoch=epoch, offset=offset, frame=frame), robust=True)


def _moment(value: datetime) -> str:
    return value.isoformat().replace("+00:00", "Z")
