"""What the admin pages of Things share: rows that only the editing path writes, and words that say what it did."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, cast
from uuid import UUID

from django.contrib import admin, messages
from django.contrib.admin.models import LogEntry
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from accounts.folding import FoldedSearch
from accounts.models import User
from accounts.touched import TouchedForm
from things import editing
from things.errors import ThingsError
from things.models import Via

Action = dict[str, Any]
TOLD = 10


@dataclass(slots=True)
class Outcome:
    """What came of one request to the admin."""

    refused: list[str] = field(default_factory=list)
    written: int = 0
    left_out: list[str] = field(default_factory=list)
    asked: bool = False

    @property
    def is_success(self) -> bool:
        """True also of a form in which nothing was touched."""
        return not self.refused and not self.left_out and (self.written > 0 or not self.asked)


def outcome_of(request: HttpRequest) -> Outcome:
    if not hasattr(request, "admin_outcome"):
        request.admin_outcome = Outcome()  # type: ignore[attr-defined]
    return cast(Outcome, request.admin_outcome)  # type: ignore[attr-defined]


def perform(request: HttpRequest, thing: UUID, actions: Sequence[Action]) -> editing.Performed | None:
    """As `admin`, past the rights of the Thing. What is refused or left out stands in the request's outcome."""
    outcome = outcome_of(request)
    outcome.asked = True
    try:
        asked = {"actions": list(actions)}
        done = editing.perform(thing, cast(User, request.user), asked, via=Via.ADMIN, staff=True)
    except ThingsError as error:
        told = "; ".join(f"{entry['pointer']}: {entry['detail']}" for entry in error.errors) or error.detail
        outcome.refused.append(f"Nothing was changed. {told}")
        return None
    outcome.written += len(done.effects)
    outcome.left_out += [f"{entry['widget']} ({entry['reason']})" for entry in done.skipped]
    return done


def tell(request: HttpRequest) -> None:
    """What was refused or left out, a bounded number of it in words."""
    outcome = outcome_of(request)
    _tell_some(request, messages.ERROR, outcome.refused, "Also refused: {}.")
    _tell_some(request, messages.WARNING, [f"Left out: {entry}" for entry in outcome.left_out], "And {} more left out.")


def _tell_some(request: HttpRequest, level: int, told: Sequence[str], rest: str) -> None:
    for words in told[:TOLD]:
        messages.add_message(request, level, words)
    if len(told) > TOLD:
        messages.add_message(request, level, rest.format(len(told) - TOLD))


class PerformedForm(TouchedForm[Any]):
    """Shown again with what the editing path refused, so that nothing typed is lost."""

    refused: Sequence[str] = ()

    def clean(self) -> dict[str, Any] | None:
        touched = super().clean()
        for words in self.refused:
            self.add_error(None, words)
        return touched


class PerformedAdmin(FoldedSearch, admin.ModelAdmin[Any]):
    """A model whose rows are written by the editing path only. `actions_of` says what a form asks for."""

    form = PerformedForm

    def actions_of(self, form: Any, change: bool) -> list[Action]:
        raise NotImplementedError

    def thing_of(self, obj: Any) -> UUID:
        raise NotImplementedError

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        form.refused = outcome_of(request).refused  # type: ignore[attr-defined]
        return form

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if actions := self.actions_of(form, change):
            perform(request, self.thing_of(obj), actions)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        if not outcome_of(request).refused:
            super().save_related(request, form, formsets, change)

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> Any:
        """Of what was refused nothing is told; its formsets were not saved either."""
        return [] if outcome_of(request).refused else super().construct_change_message(request, form, formsets, add)

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        if outcome_of(request).refused:
            return self.changeform_view(request, str(obj.pk))
        tell(request)
        return super().response_change(request, obj)

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        if outcome_of(request).refused:
            return self.changeform_view(request)
        tell(request)
        return super().response_add(request, obj, post_url_continue)

    def message_user(
        self, request: HttpRequest, message: Any, level: int | str = messages.INFO, *more: Any, **options: Any
    ) -> None:
        """Django tells success without looking."""
        if level != messages.SUCCESS or outcome_of(request).is_success:
            super().message_user(request, message, level, *more, **options)

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        return super().log_addition(request, obj, message) if not outcome_of(request).refused else None

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        return super().log_change(request, obj, message) if not outcome_of(request).refused else None

    def log_deletions(self, request: HttpRequest, queryset: Any) -> list[LogEntry]:
        """Django logs before it deletes; `deleted` does when it is known what went."""
        return []

    def deleted(self, request: HttpRequest, rows: "QuerySet[Any] | Iterable[Any]") -> None:
        super().log_deletions(request, rows)  # type: ignore[arg-type]
