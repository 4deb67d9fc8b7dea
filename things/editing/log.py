"""Reading the log: text effects of a widget, a person's undo steps, a Thing as it was."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from typing import Literal
from uuid import UUID

from django.conf import settings
from django.db.models import Q, QuerySet, Sum

from accounts.models import User
from things import store
from things.document import Document
from things.document.draft import PastChange, TextEntry
from things.document.effects import apply_change
from things.errors import BaseTooOld, Fault, Invalid, RevisionAhead
from things.models import Change, TextChange, Thing, UndoStep
from things.models.thing import default_canvas
from things.shapes import Before, Meta, TextEffect
from things.work import Work

MAX_TEXT_CHANGES_BACK = 10_000
CHANGE_STEPS = 100  # to read one change
BYTES_A_STEP = 16  # of JSON that is read: about half a microsecond
PAGE_BYTES = 1024 * 1024
WRITTEN_SINCE = "text that was written since"
ENVELOPE_BYTES = 512  # of a page of changes, beside them


@dataclass(frozen=True, slots=True)
class ChangeLog:
    """The log of one Thing, as one person may undo it. The caller holds the Thing's row lock."""

    thing: Thing
    actor: User | None
    work: Work
    # By widget and revision; None where there are too many.
    _fetched: dict[tuple[str, int], list[TextEntry] | None] = field(default_factory=dict)

    def fetch_texts(self, since: Mapping[str, int]) -> None:
        revisions = self._text_revisions(since)
        if (rows := sum(map(len, revisions.values()))) > self.work.left:
            self.work.spend(rows, WRITTEN_SINCE)
        fit = {widget: found for widget, found in revisions.items() if len(found) <= MAX_TEXT_CHANGES_BACK}
        texts = self._texts(fit, since)
        self._fetched.update({(widget, since[widget]): texts.get(widget) for widget in since})

    def text_since(self, widget: str, revision: int) -> list[TextEntry]:
        if (widget, revision) not in self._fetched:
            self.fetch_texts({widget: revision})
        entries = self._fetched[widget, revision]
        if entries is None:
            raise BaseTooOld(f"more than {MAX_TEXT_CHANGES_BACK:,} text changes since revision {revision}")
        return entries

    def _text_revisions(self, since: Mapping[str, int]) -> dict[str, list[int]]:
        """When the text of each was changed after its revision, in order."""
        found = {widget: list[int]() for widget in since}
        together: dict[int, list[UUID]] = {}
        for widget, revision in since.items():
            together.setdefault(revision, []).append(UUID(widget))
        asked = [Q(widget__among=widgets, revision__gt=revision) for revision, widgets in together.items()]
        if asked:
            most = max(MAX_TEXT_CHANGES_BACK, self.work.left) + 1
            index = TextChange.objects.filter(reduce(or_, asked), thing=self.thing).order_by("revision")
            for written, revision in index.values_list("widget", "revision")[:most]:
                found[str(written)].append(revision)
        return found

    def _texts(self, revisions: dict[str, list[int]], since: Mapping[str, int]) -> dict[str, list[TextEntry]]:
        found = {widget: list[TextEntry]() for widget in revisions}
        edited = {widget: set[int]() for widget in revisions}
        for change in self._read(sorted(set().union(*revisions.values())), WRITTEN_SINCE):
            undoes = frozenset(change.undoes)
            before_all: dict[int, frozenset[int]] = {}
            for effect, before in zip(change.effects, change.before, strict=True):
                if effect["op"] != "text" or (widget := effect["widget"]) not in found:
                    continue
                if change.revision <= (base := since[widget]):
                    continue
                if not undoes:
                    edited[widget].add(change.revision)
                elif base not in before_all:
                    before_all[base] = frozenset(revision for revision in undoes if revision <= base)
                # A group writes to many widgets: for this one the change stands for those that wrote to it.
                own = before_all[base] | (edited[widget] & undoes) if undoes else frozenset([change.revision])
                found[widget].append(text_entry(change, effect, before, own))
        return found

    def moved_back(self, revision: int) -> dict[str, int] | None:
        since = Change.objects.filter(thing=self.thing, revision__gt=revision)
        size = since.aggregate(size=Sum("stored_bytes"))["size"] or 0
        if size // BYTES_A_STEP > self.work.left:
            return None
        self.work.spend(size // BYTES_A_STEP, "what was undone and redone since")
        changes = since.exclude(undoes=[]).order_by("revision").values_list("revision", "effects").iterator()
        return {
            effect["widget"]: written
            for written, effects in changes
            for effect in effects
            if effect.get("field") == "place"
        }

    def undoable(self, change: int | None, group: str | None) -> list[PastChange]:
        steps = self._steps().filter(undone_at=None).order_by("-revision")
        if change is not None:
            return self._changes(self._one(steps, change))
        if group is not None:
            return self._changes(self._all(steps.filter(group=group)))
        latest = store.latest_step(self.thing.pk, self.actor.pk) if self.actor is not None else None
        if latest is None:
            return []
        revision, named = latest
        if not named:
            return self._changes([revision])
        # A gesture ends where the person did something else: its name may be used again for another.
        other = steps.exclude(group=named).first()
        return self._changes(
            self._all(steps.filter(group=named, revision__gt=other.revision if other is not None else 0))
        )

    def redoable(self, change: int | None, group: str | None) -> list[PastChange]:
        steps = self._steps().exclude(undone_at=None).order_by("revision")
        if change is not None:
            return self._changes(self._one(steps, change))
        if group is not None:
            return self._changes(self._all(steps.filter(group=group)))
        if self.actor is None:
            return []
        return self._changes(store.undone_last(self.thing.pk, self.actor.pk, self.work.left + 1))

    def _steps(self) -> QuerySet[UndoStep]:
        return UndoStep.objects.filter(thing=self.thing, user=self.actor)

    def _all(self, steps: QuerySet[UndoStep]) -> list[int]:
        return list(steps.values_list("revision", flat=True)[: self.work.left + 1])

    def _one(self, steps: QuerySet[UndoStep], change: int) -> list[int]:
        if not steps.filter(revision=change).exists():
            detail = f"change {change} is not among the changes of yours that this can be done to"
            raise Invalid(detail, [{"pointer": "/change", "code": Fault.NOT_YOURS, "detail": detail}])
        return [change]

    def _changes(self, revisions: list[int]) -> list[PastChange]:
        """In this order. One change may always be undone: what it cost to make bounds what it costs."""
        found = {
            row.revision: PastChange(revision=row.revision, effects=row.effects, before=row.before)
            for row in self._read(revisions, "steps of the group", free=len(revisions) == 1)
        }
        return [found[revision] for revision in revisions]

    def _read(self, revisions: list[int], what: str, *, free: bool = False) -> Iterator[store.Logged]:
        """The changes, oldest first. Their size is spent before any is read."""
        if not revisions:
            return
        if not free:
            size = store.logged_bytes(self.thing.pk, revisions)
            self.work.spend(CHANGE_STEPS * len(revisions) + size // BYTES_A_STEP, what)
        yield from store.logged(self.thing.pk, revisions)


def text_entry(change: store.Logged, effect: TextEffect, before: Before, undoes: frozenset[int]) -> TextEntry:
    if before is None or "delta" not in before:
        raise ValueError("expected the delta that takes a text effect back")
    first = change.types[0]
    sort: Literal["edit", "undo", "redo"] = first if first in ("undo", "redo") else "edit"
    return TextEntry(revision=change.revision, delta=effect["delta"], inverse=before["delta"], sort=sort, undoes=undoes)


def empty_document() -> Document:
    """Revision 0."""
    meta: Meta = {
        "title": "",
        "canvas": default_canvas(),
        "tags": [],
        "visibility": "private",
        "trashed": False,
        "template": False,
    }
    return Document(meta, {})


def document_at(thing: Thing, revision: int) -> Document:
    """The Thing as it was, by replaying its log from revision 0."""
    if revision > thing.revision:
        raise RevisionAhead(f"revision {revision} does not exist; the newest is {thing.revision}")
    document = empty_document()
    for rows in pages_of(thing, 0, revision):
        for number, effects in rows.values_list("revision", "effects"):
            apply_change(document, effects, number)
    return document


def pages_of(thing: Thing, since: int, until: int) -> Iterator[QuerySet[Change]]:
    """The changes after `since` in ascending order, in pieces of about 1 MiB, so that memory is bounded however many
    and however large they are. Sizes are read before rows.
    """
    sizes = Change.objects.filter(thing=thing, revision__gt=since, revision__lte=until).order_by("revision")
    first, last, size = since, since, 0
    for revision, stored_bytes in sizes.values_list("revision", "stored_bytes").iterator():
        if last > first and size + stored_bytes > PAGE_BYTES:
            yield _between(thing, first, last)
            first, size = last, 0
        last, size = revision, size + stored_bytes
    if last > first:
        yield _between(thing, first, last)


def _between(thing: Thing, first: int, last: int) -> QuerySet[Change]:
    return Change.objects.filter(thing=thing, revision__gt=first, revision__lte=last).order_by("revision")


def page_end(thing: Thing, since: int, rows: int) -> int:
    """The last revision of a page of changes: at most `rows` and `ANSWER_BYTES`, but at least one."""
    sizes = Change.objects.filter(thing=thing, revision__gt=since).order_by("revision")
    last, size = since, ENVELOPE_BYTES
    for revision, stored_bytes in sizes.values_list("revision", "stored_bytes")[:rows]:
        size += stored_bytes + 1
        if last > since and size > settings.ANSWER_BYTES:
            break
        last = revision
    return last
