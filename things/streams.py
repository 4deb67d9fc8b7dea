"""The services that Things give to the stream: the log of a Thing, who is inside, gallery cards, the inbox."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import reduce
from operator import or_
from typing import TypedDict, TypeVar
from uuid import UUID

import msgspec
from django.db.models import Count, Model, Q, QuerySet, Sum

from accounts.models import COLORS, User
from streaming.context import RequestContext, Scope
from streaming.errors import Denied, Forbidden
from streaming.protocol import encode
from streaming.service import DerivedState, Followed, LogHead, LogService, Missed, Service, SharedState
from things.editing.events import event_frame
from things.kinds.fields import Angle, Field, PlaceField, SizeField, Wrong, identifier, number, read_part
from things.models import Change, Notification, Role, Thing
from things.people import inbox
from things.people.permissions import Verb, allows, can, may_each_read, role_of, visible_to
from things.shapes import Card, JsonObject, JsonValue, PersonShown, Value

M = TypeVar("M", bound=Model)

# What one key of a presence says.
Said = PersonShown | str | list[str] | dict[str, float] | dict[str, str | float] | dict[str, dict[str, Value]]


class Inside(TypedDict):
    """A presence, as far as a card looks at it."""

    user: PersonShown


PAGE_EVENTS = 100
PRESENCE_BYTES = 8 * 1024
CARD_PEOPLE = 100


def user_of(context: RequestContext) -> User | None:
    return context.user if isinstance(context.user, User) else None


def require_id(topic: str) -> str:
    """In one spelling only: frames name the topic in it, and who subscribed in another would not know them (S6)."""
    with suppress(ValueError):
        if str(UUID(topic)) == topic:
            return topic
    raise Forbidden


class AboutThings(Service):
    """Topic: a Thing. Who may read the Thing may read the topic."""

    def resolve(self, context: RequestContext, topic: str) -> str:
        return require_id(topic)

    def may_read(self, context: RequestContext, topic: str) -> bool:
        return visible_to(user_of(context)).filter(pk=topic).exists()

    def readable(self, context: RequestContext, topics: Collection[str]) -> set[str]:
        return {str(pk) for pk in visible_to(user_of(context)).filter(pk__in=topics).values_list("pk", flat=True)}

    def readers(self, topic: str, contexts: Sequence[RequestContext]) -> set[str]:
        if (thing := Thing.objects.filter(pk=topic).first()) is None:
            return set()
        answers = may_each_read(thing, [user_of(context) for context in contexts])
        return {context.connection for context, may in zip(contexts, answers, strict=True) if may}


class ThingsService(AboutThings, LogService):
    """Offset: the Thing's revision. The rows are the change log's."""

    name = "things"

    def heads(self, topics: Sequence[str]) -> dict[str, LogHead]:
        rows = Thing.objects.filter(pk__in=topics).values_list("pk", "epoch", "revision", "access_epoch", "changed_at")
        return {
            str(pk): LogHead(epoch=epoch, offset=head, access_epoch=access, at=at.timestamp())
            for pk, epoch, head, access, at in rows
        }

    def missed(self, offsets: Mapping[str, int]) -> dict[str, Missed]:
        after = [Q(thing_id=topic, revision__gt=offset) for topic, offset in offsets.items()]
        return missed_of(Change.objects.filter(reduce(or_, after)), "thing_id")

    def page(self, topic: str, offset: int, *, max_bytes: int) -> list[tuple[int, str]]:
        after = Change.objects.filter(thing_id=topic, revision__gt=offset).order_by("revision")
        changes = after[:PAGE_EVENTS].iterator(chunk_size=PAGE_EVENTS)
        return fitting(((change.revision, event_frame(change)) for change in changes), max_bytes)

    def snapshot(self, topic: str) -> str:
        return f"/api/things/{topic}/"


class PresenceService(AboutThings, SharedState):
    """Key: a connection. Nothing of it is stored (T2)."""

    name = "presence"

    def __init__(self, things: ThingsService) -> None:
        self._things = things

    def follows(self, topic: str) -> list[tuple[Service, str]]:
        return [(self._things, topic)]

    def enter(self, context: RequestContext, topic: str) -> dict[str, PersonShown]:
        """Whoever has the topic is inside, whether they say something or not."""
        return {"user": shown_user(context)}

    def rights(self, context: RequestContext, topic: str) -> bool:
        """Whether the connection may show edits in motion."""
        thing = Thing.objects.filter(pk=topic).first()
        if thing is None or not can(user_of(context), thing, Verb.READ):
            raise Forbidden
        return Scope.WRITE in context.scopes and allows(role_of(user_of(context), thing), Role.EDITOR)

    def merge(
        self, context: RequestContext, topic: str, rights: bool, value: dict[str, Said] | None, data: JsonObject
    ) -> dict[str, Said]:
        # What was said with the rights of before goes with them.
        kept = {key: part for key, part in (value or {}).items() if rights or key in LOOKING}
        merged: dict[str, Said] = {**kept, "user": shown_user(context)}
        for key, part in data.items():
            if key not in PARTS:
                raise Denied("malformed", f"{key}: presence has no such key")
            if key not in LOOKING and not rights:
                raise Denied("forbidden", f"{key}: your role does not allow this")
            if part is None:
                merged.pop(key, None)
            else:
                merged[key] = _checked(key, part)
        if len(encode(merged)) > PRESENCE_BYTES:
            raise Denied("limit", f"presence takes at most {PRESENCE_BYTES} bytes")
        return merged


class GalleryService(AboutThings, DerivedState):
    """For the Things on screen. Key `card`: what a card shows (T3)."""

    name = "gallery"
    most = 100

    def __init__(self, things: ThingsService, presence: PresenceService) -> None:
        self._things, self._presence = things, presence

    def follows(self, topic: str) -> list[tuple[Service, str]]:
        return [(self._things, topic), (self._presence, topic)]

    def read(self, topics: Sequence[str], followed: Followed) -> dict[str, dict[str, Card]]:
        things = Thing.objects.filter(pk__in=topics).only("title", "revision", "changed_at", "trashed_at")
        return {
            str(thing.pk): {"card": card_of(thing, followed[str(thing.pk)][self._presence.name, str(thing.pk)])}
            for thing in things
        }


def card_of(thing: Thing, inside: Mapping[str, Inside]) -> Card:
    """One entry a person, however many windows they have open, and one for each guest, behind those with a name."""
    named = {value["user"]["id"]: value["user"] for value in inside.values() if value["user"]["id"]}
    guests = [value["user"] for value in inside.values() if not value["user"]["id"]]
    return {
        "title": thing.title,
        "revision": thing.revision,
        "changed_at": thing.changed_at.isoformat().replace("+00:00", "Z"),
        "trashed": thing.trashed_at is not None,
        "people": [*named.values(), *guests][:CARD_PEOPLE],
    }


class InboxService(LogService):
    """Topic: `me`. What concerns a person, numbered; the rows are the inbox's."""

    name = "inbox"

    def resolve(self, context: RequestContext, topic: str) -> str:
        if topic != "me" or context.user is None:
            raise Forbidden
        return str(context.user.pk)

    def shown(self, topic: str) -> str:
        return "me"

    def may_read(self, context: RequestContext, topic: str) -> bool:
        return context.user is not None and User.objects.filter(pk=topic, is_active=True).exists()

    def heads(self, topics: Sequence[str]) -> dict[str, LogHead]:
        found = inbox.inboxes(topics)
        return {str(one.pk): LogHead(epoch=one.epoch, offset=one.head, access_epoch=0) for one in found}

    def missed(self, offsets: Mapping[str, int]) -> dict[str, Missed]:
        after = [Q(inbox_id=user, offset__gt=offset) for user, offset in offsets.items()]
        return missed_of(Notification.objects.filter(reduce(or_, after)), "inbox_id")

    def page(self, topic: str, offset: int, *, max_bytes: int) -> list[tuple[int, str]]:
        rows = inbox.after(topic, offset)[:PAGE_EVENTS]
        return fitting(((row.offset, inbox.event_frame(row)) for row in rows), max_bytes)

    def snapshot(self, topic: str) -> str:
        return "/api/inbox/"


def missed_of(rows: QuerySet[M], owner: str) -> dict[str, Missed]:
    """How many, and how large as events, by their log's owner."""
    counted = rows.order_by().values(owner).annotate(events=Count("pk"), bytes=Sum("event_bytes"))
    return {str(row[owner]): Missed(events=row["events"], bytes=row["bytes"] or 0) for row in counted}


def fitting(frames: Iterable[tuple[int, bytes]], max_bytes: int) -> list[tuple[int, str]]:
    """The first of them that fit, at least one."""
    page: list[tuple[int, str]] = []
    size = 0
    for offset, frame in frames:
        size += len(frame)
        if page and size > max_bytes:
            break
        page.append((offset, frame.decode()))
    return page


def shown_user(context: RequestContext) -> PersonShown:
    user = context.user
    if user is None:
        color = sum(context.connection.encode()) % COLORS + 1
        return {"id": None, "name": "Guest", "color": color}
    return {"id": str(user.pk), "name": user.name, "color": user.color}


def _point(value: JsonValue) -> dict[str, float]:
    return _numbers(value, ("x", "y"))


def _viewport(value: JsonValue) -> dict[str, float]:
    return _numbers(value, ("x", "y", "width", "height"))


def _numbers(value: JsonValue, keys: tuple[str, ...]) -> dict[str, float]:
    if not isinstance(value, dict) or set(value) != set(keys):
        raise Wrong(f"expected {', '.join(keys)}")
    return {key: read_part(key, number, value[key]) for key in keys}


def _selection(value: JsonValue) -> list[str]:
    if not isinstance(value, list) or len(value) > 200:
        raise Wrong("expected a list of at most 200 widget ids")
    return [read_part(index, identifier, widget) for index, widget in enumerate(value)]


def _caret(value: JsonValue) -> dict[str, str | float]:
    """`{"widget", "index", "length"}`, in UTF-16 code units."""
    if not isinstance(value, dict) or not {"widget", "index"} <= set(value) <= {"widget", "index", "length"}:
        raise Wrong("expected widget, index and perhaps length")
    caret: dict[str, str | float] = {
        key: read_part(key, number, value[key]) for key in ("index", "length") if key in value
    }
    return {"widget": read_part("widget", identifier, value["widget"]), **caret}


_PREVIEW: dict[str, Field[Value]] = {"place": PlaceField(), "size": SizeField(width=0, height=0), "rotation": Angle()}


def _preview(value: JsonValue) -> dict[str, dict[str, Value]]:
    if not isinstance(value, dict) or len(value) > 100:
        raise Wrong("expected an object of at most 100 widgets")
    return {identifier(widget): read_part(widget, _moving, part) for widget, part in value.items()}


def _moving(value: JsonValue) -> dict[str, Value]:
    if not isinstance(value, dict) or not set(value) <= set(_PREVIEW):
        raise Wrong("expected place, size, rotation")
    return {key: read_part(key, _PREVIEW[key].read, part) for key, part in value.items()}


PARTS: dict[str, Callable[[JsonValue], Said]] = {
    "cursor": _point,
    "selection": _selection,
    "viewport": _viewport,
    "caret": _caret,
    "preview": _preview,
    "editing": identifier,
}
LOOKING = frozenset({"cursor", "selection", "viewport"})  # what may be sent by who may only look


def _checked(key: str, part: JsonValue) -> Said:
    try:
        return PARTS[key](part)
    except (Wrong, msgspec.MsgspecError) as error:
        raise Denied("malformed", f"{key}: {error}") from None
