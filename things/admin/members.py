"""Who may enter a Thing. Members come and go through `sharing`, so that open streams and inboxes hear of it (A4)."""

from django.contrib import admin
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.folding import FoldedSearch
from accounts.touched import TouchedForm
from things.admin.performed import staff_of
from things.models import Membership, Thing
from things.people import sharing


class MembershipInline(admin.TabularInline[Membership, Thing]):
    model = Membership
    form = TouchedForm[Membership]
    fields = ("user", "role")
    extra = 0
    autocomplete_fields = ("user",)


def save_membership(request: HttpRequest, wanted: Membership) -> None:
    """One that was another person's, or another Thing's, is taken from there first."""
    found = Membership.objects.filter(pk=wanted.pk).first()
    if found is not None and (found.user_id, found.thing_id) != (wanted.user_id, wanted.thing_id):
        sharing.unshare([found])
    wanted.pk = sharing.share(wanted.thing, wanted.user, wanted.role, by=staff_of(request), staff=True).pk


@admin.register(Membership)
class MembershipAdmin(FoldedSearch, admin.ModelAdmin[Membership]):
    form = TouchedForm[Membership]
    fields = ("thing", "user", "role")
    list_display = ("thing", "user", "role")
    list_filter = ("role",)
    list_select_related = ("thing", "user")
    autocomplete_fields = ("thing", "user")
    search_fields = ("thing__title_key__contains", "user__email_key__contains", "user__name_key__contains")

    def save_model(self, request: HttpRequest, obj: Membership, form: TouchedForm[Membership], change: bool) -> None:
        with transaction.atomic():
            save_membership(request, obj)

    def delete_model(self, request: HttpRequest, obj: Membership) -> None:
        sharing.unshare([obj])

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Membership]) -> None:
        sharing.unshare(list(queryset))
