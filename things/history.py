"""Reading the log: text effects of a widget, a person's undo steps, a Thing as it was."""

from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from accounts.models import User
from things.document import META_FIELDS, Document, Json
from things.draft import PastChange, TextEntry
from things.effects import apply_change
from things.errors import BaseTooOld, Invalid, RevisionAhead
from things.models import Change, TextChange, Thing, UndoStep
from things.models.thing import default_canvas

MAX_TEXT_CHANGES_BACK = 10_000


@dataclass(frozen=True, slots=True)
class ChangeLog:
    """The log of one Thing, as one person may undo it. The caller holds the Thing's row lock."""

    thing: Thing
    actor: User | None

    def text_since(self, widget: str, revision: int) -> list[TextEntry]:
        index = TextChange.objects.filter(thing=self.thing, widget=UUID(widget), revision__gt=revision)
        revisions = list(index.order_by("revision").values_list("revision", flat=True)[: MAX_TEXT_CHANGES_BACK + 1])
        if len(revisions) > MAX_TEXT_CHANGES_BACK:
            raise BaseTooOld(f"more than {MAX_TEXT_CHANGES_BACK} text changes since revision {revision}")
        changes = Change.objects.filter(thing=self.thing, revision__in=revisions).order_by("revision")
        return [entry for change in changes if (entry := text_entry(change, widget)) is not None]

    def undoable(self, change: int | None, group: str | None) -> list[PastChange]:
        steps = self._steps().filter(undone_at=None).order_by("-revision")
        if change is not None:
            return self._changes(self._one(steps.filter(revision=change), change))
        if group is None:
            latest = steps.first()
            if latest is None or not latest.group:
                return self._changes([latest] if latest else [])
            group = latest.group
        return self._changes(list(steps.filter(group=group)))

    def redoable(self, change: int | None, group: str | None) -> list[PastChange]:
        steps = self._steps().exclude(undone_at=None).order_by("revision")
        if change is not None:
            return self._changes(self._one(steps.filter(revision=change), change))
        if group is not None:
            return self._changes(list(steps.filter(group=group)))
        latest = steps.order_by("-undone_at").first()
        return self._changes(list(steps.filter(undone_at=latest.undone_at)) if latest else [])

    def _steps(self) -> Any:
        return UndoStep.objects.filter(thing=self.thing, user=self.actor)

    def _one(self, steps: Any, change: int) -> list[UndoStep]:
        found = list(steps)
        if not found:
            detail = f"change {change} is not among the changes of yours that this can be done to"
            raise Invalid(detail, [{"pointer": "/change", "code": "not_yours", "detail": detail}])
        return found

    def _changes(self, steps: list[UndoStep]) -> list[PastChange]:
        """In the order of the steps."""
        revisions = [step.revision for step in steps]
        rows = Change.objects.filter(thing=self.thing, revision__in=revisions)
        found = {
            row.revision: PastChange(revision=row.revision, effects=row.effects, before=row.before) for row in rows
        }
        return [found[revision] for revision in revisions]


def text_entry(change: Change, widget: str) -> TextEntry | None:
    for effect, before in zip(change.effects, change.before, strict=True):
        if effect["op"] == "text" and effect["widget"] == widget:
            first = change.types[0]
            sort: Literal["edit", "undo", "redo"] = first if first in ("undo", "redo") else "edit"
            return TextEntry(
                revision=change.revision,
                delta=effect["delta"],
                inverse=before["delta"],
                sort=sort,
                undoes=frozenset(change.undoes or [change.revision]),
            )
    return None


def empty_document() -> Document:
    """Revision 0."""
    meta: Json = dict.fromkeys(META_FIELDS)
    meta |= {
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
    rows = Change.objects.filter(thing=thing, revision__lte=revision).order_by("revision")
    for number, effects in rows.values_list("revision", "effects").iterator():
        apply_change(document, effects, number)
    return document
