"""What the admin pages of Things share: rows that only the editing path writes, and words that say what it did."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.models import LogEntry
from django.db.models import Model, QuerySet
from django.forms import BaseFormSet
from django.http import HttpRequest, HttpResponse
from django_stubs_ext import StrOrPromise

from accounts.folding import FoldedSearch
from accounts.models import User
from accounts.touched import TouchedForm
from things import editing
from things.errors import ThingsError
from things.models import Via
from things.shapes import JsonObject

Message = list[dict[str, dict[str, list[str]]]]  # what Django writes to its own log of the admin
M = TypeVar("M", bound=Model)
FormSet = BaseFormSet[forms.BaseForm]
TOLD = 10


@dataclass(slots=True)
class Outcome:
    """What came of one request to the admin."""

    refused: list[str] = field(default_factory=list)
    written: int = 0
    left_out: list[str] = field(default_factory=list)
    tried: bool = False

    @property
    def is_success(self) -> bool:
        """True also of a form in which nothing was touched."""
        return not self.refused and not self.left_out and (self.written > 0 or not self.tried)


def outcome_of(request: HttpRequest) -> Outcome:
    outcome = getattr(request, "admin_outcome", None)
    if not isinstance(outcome, Outcome):
        outcome = request.admin_outcome = Outcome()  # type: ignore[attr-defined]
    return outcome


def staff_of(request: HttpRequest) -> User:
    """Who is signed in to the admin."""
    assert isinstance(request.user, User)
    return request.user


def perform(request: HttpRequest, thing: UUID, actions: Sequence[JsonObject]) -> editing.Performed | None:
    """As `admin`, past the rights of the Thing. What is refused or left out stands in the request's outcome."""
    outcome = outcome_of(request)
    outcome.tried = True
    try:
        done = editing.perform(thing, staff_of(request), {"actions": list(actions)}, via=Via.ADMIN, staff=True)
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


class PerformedForm(TouchedForm[M]):
    """Shown again with what the editing path refused, so that nothing typed is lost."""

    refused: Sequence[str] = ()

    def clean(self) -> dict[str, Any] | None:
        touched = super().clean()
        for words in self.refused:
            self.add_error(None, words)
        return touched


class PerformedAdmin(FoldedSearch, admin.ModelAdmin[M]):
    """A model whose rows are written by the editing path only. `actions_of` says what a form asks for."""

    form: type[forms.ModelForm[M]] = PerformedForm

    def actions_of(self, form: PerformedForm[M], change: bool) -> list[JsonObject]:
        raise NotImplementedError

    def thing_of(self, obj: M) -> UUID:
        raise NotImplementedError

    def get_form(
        self, request: HttpRequest, obj: M | None = None, change: bool = False, **kwargs: Sequence[str] | None
    ) -> type[forms.ModelForm[M]]:
        form = super().get_form(request, obj, change, **kwargs)
        form.refused = outcome_of(request).refused  # type: ignore[attr-defined]
        return form

    def save_model(self, request: HttpRequest, obj: M, form: PerformedForm[M], change: bool) -> None:
        if actions := self.actions_of(form, change):
            perform(request, self.thing_of(obj), actions)

    def save_related(
        self, request: HttpRequest, form: PerformedForm[M], formsets: Iterable[FormSet], change: bool
    ) -> None:
        if not outcome_of(request).refused:
            super().save_related(request, form, formsets, change)

    def construct_change_message(
        self, request: HttpRequest, form: forms.Form, formsets: Iterable[FormSet], add: bool = False
    ) -> Message:
        """Of what was refused nothing is told; its formsets were not saved either."""
        return [] if outcome_of(request).refused else super().construct_change_message(request, form, formsets, add)

    def response_change(self, request: HttpRequest, obj: M) -> HttpResponse:
        if outcome_of(request).refused:
            return self.changeform_view(request, str(obj.pk))
        tell(request)
        return super().response_change(request, obj)

    def response_add(self, request: HttpRequest, obj: M, post_url_continue: str | None = None) -> HttpResponse:
        if outcome_of(request).refused:
            return self.changeform_view(request)
        tell(request)
        return super().response_add(request, obj, post_url_continue)

    def message_user(
        self,
        request: HttpRequest,
        message: StrOrPromise,
        level: int | str = messages.INFO,
        extra_tags: str = "",
        fail_silently: bool = False,
    ) -> None:
        """Django tells success without looking."""
        if level != messages.SUCCESS or outcome_of(request).is_success:
            super().message_user(request, message, level, extra_tags, fail_silently)

    def log_addition(self, request: HttpRequest, obj: M, message: str | Message) -> LogEntry | None:  # type: ignore[override]
        return super().log_addition(request, obj, message) if not outcome_of(request).refused else None

    def log_change(self, request: HttpRequest, obj: M, message: str | Message) -> LogEntry | None:  # type: ignore[override]
        return super().log_change(request, obj, message) if not outcome_of(request).refused else None

    def log_deletions(self, request: HttpRequest, queryset: QuerySet[M]) -> list[LogEntry]:
        """Django logs before it deletes; `deleted` does when it is known what went."""
        return []

    def deleted(self, request: HttpRequest, rows: QuerySet[M]) -> None:
        super().log_deletions(request, rows)
