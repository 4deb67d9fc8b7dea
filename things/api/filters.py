"""Which Things a list shows. Every filter is honoured, or refused with its name; what is no filter is ignored."""

import json
from typing import ClassVar

from django import forms
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BooleanField, Func, Q, QuerySet
from django.db.models.sql.compiler import SQLCompiler
from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field

from accounts.folding import fold
from accounts.models import User
from things.actions.canvas import TAG, TITLE, cleaned_tag
from things.models import Thing, Visibility
from things.people.permissions import given_to

Said = tuple[str, tuple[str | int, ...]]  # SQL and its parameters

WORDS = {"true": True, "1": True, "false": False, "0": False}


class FlagField(forms.CharField):
    """`true` or `false`; Django's own would read any other word as neither."""

    def clean(self, value: str | None) -> bool | None:
        word = super().clean(value)
        if word and word.lower() not in WORDS:
            raise forms.ValidationError("expected true or false", code="choice")
        return WORDS[word.lower()] if word else None


@extend_schema_field(OpenApiTypes.BOOL)
class Flag(filters.Filter):
    field_class = FlagField


class HasTag(Func):
    """Whether a list of JSON holds a string, asked of the database in its own words."""

    output_field = BooleanField()

    def __init__(self, field: str, tag: str) -> None:
        super().__init__(field)
        self.tag = tag

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: str) -> Said:
        field, params = compiler.compile(self.source_expressions[0])
        sql = f"EXISTS (SELECT 1 FROM JSON_EACH({field}) WHERE value = %s)"  # noqa: S608 — `field` is Django's own SQL
        return sql, (*params, self.tag)

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: str) -> Said:
        field, params = compiler.compile(self.source_expressions[0])
        return f"{field} @> %s::jsonb", (*params, json.dumps([self.tag]))


class ThingFilter(filters.FilterSet):
    search = filters.CharFilter(method="filter_search", max_length=TITLE.limit)
    tag = filters.CharFilter(method="filter_tag", max_length=TAG.limit)
    mine = Flag(method="filter_mine")
    shared = Flag(method="filter_shared")
    template = Flag(field_name="is_template")
    trashed = Flag(method="filter_trashed")
    visibility = filters.ChoiceFilter(choices=Visibility.choices)

    class Meta:
        model = Thing
        fields: ClassVar[list[str]] = []

    @property
    def user(self) -> User | None:
        return self.request.user if isinstance(self.request.user, User) else None

    def filter_queryset(self, things: QuerySet[Thing]) -> QuerySet[Thing]:
        """Without a word about the trash, what lies in it is left out."""
        if self.form.cleaned_data["trashed"] is None:
            things = things.filter(trashed_at=None)
        found: QuerySet[Thing] = super().filter_queryset(things)
        return found

    def filter_search(self, things: QuerySet[Thing], name: str, value: str) -> QuerySet[Thing]:
        return things.filter(title_key__contains=fold(value))

    def filter_tag(self, things: QuerySet[Thing], name: str, value: str) -> QuerySet[Thing]:
        return things.filter(HasTag("tags", cleaned_tag(value)))

    def filter_mine(self, things: QuerySet[Thing], name: str, value: bool) -> QuerySet[Thing]:
        return things.filter(owner=self.user) if value else things.exclude(owner=self.user)

    def filter_shared(self, things: QuerySet[Thing], name: str, value: bool) -> QuerySet[Thing]:
        given = given_to(self.user) if self.user is not None else Q(pk=None)
        return things.filter(given) if value else things.exclude(given)

    def filter_trashed(self, things: QuerySet[Thing], name: str, value: bool) -> QuerySet[Thing]:
        return things.filter(trashed_at__isnull=not value)
