"""Things: what they are called, who may see them, the trash, their people."""

from typing import Any
from uuid import UUID

from csp.decorators import csp_replace
from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.forms import BaseModelFormSet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from things.admin.members import MembershipInline, save_membership
from things.admin.performed import PerformedAdmin, PerformedForm, outcome_of, perform, tell
from things.admin.strict_json import StrictJSONField
from things.models import Membership, Thing, Widget
from things.people import sharing
from things.reading import pictures
from things.shapes import JsonObject

RESTORE: JsonObject = {"type": "set_thing", "set": {"trashed": False}}


MemberForms = BaseModelFormSet[Membership, forms.ModelForm[Membership]]


class ThingForm(PerformedForm[Thing]):
    canvas = StrictJSONField(of=dict, widget=forms.Textarea)
    tags = StrictJSONField(of=list, widget=forms.Textarea, required=False)
    trashed = forms.BooleanField(required=False)

    class Meta:
        model = Thing
        fields = ("title", "canvas", "visibility", "tags", "is_template")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "trashed" in self.fields:
            self.fields["trashed"].initial = self.instance.trashed_at is not None


@admin.register(Thing)
class ThingAdmin(PerformedAdmin[Thing]):
    form = ThingForm
    list_display = ("thumbnail", "__str__", "owner", "widgets_alive", "visibility", "revision", "changed_at", "trashed")
    list_display_links = ("thumbnail", "__str__")
    list_filter = ("visibility", "is_template", ("trashed_at", admin.EmptyFieldListFilter))
    search_fields = ("title_key__contains", "owner__email_key__contains", "owner__name_key__contains")
    list_select_related = ("owner",)
    readonly_fields = ("id", "owner", "revision", "digest", "epoch", "created_at", "changed_at")
    inlines = (MembershipInline,)
    actions = ("trash", "restore")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Thing]:
        # Counted for the rows of the page, not by a join over all.
        alive = Widget.objects.filter(thing=OuterRef("pk"), alive=True).order_by().values("thing")
        things: QuerySet[Thing] = super().get_queryset(request)
        return things.annotate(alive=Subquery(alive.annotate(count=Count("*")).values("count")))

    def get_urls(self) -> list[URLPattern]:
        alone = csp_replace({"default-src": ["'none'"], "sandbox": True})
        drawn = alone(self.admin_site.admin_view(self.draw_thumbnail))  # type: ignore[arg-type]  # its stub forgets view arguments
        return [path("<uuid:pk>/thumbnail.svg", drawn, name="things_thing_thumbnail"), *super().get_urls()]

    def draw_thumbnail(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """The gallery shows a Thing to those who may see it; here staff see all."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return pictures.card_answer(request, lambda: get_object_or_404(Thing, pk=pk))

    @admin.display(description="")
    def thumbnail(self, thing: Thing) -> SafeString:
        url = reverse("admin:things_thing_thumbnail", args=[thing.pk])
        return format_html('<img class="thumbnail" loading="lazy" alt="" src="{}?r={}">', url, thing.revision)

    @admin.display(description="Widgets")
    def widgets_alive(self, thing: Thing) -> int:
        return int(thing.alive or 0)  # type: ignore[attr-defined]  # of `get_queryset`

    @admin.display(boolean=True, description="In trash")
    def trashed(self, thing: Thing) -> bool:
        return thing.trashed_at is not None

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Thing | None = None) -> bool:
        return False

    def thing_of(self, obj: Thing) -> UUID:
        return UUID(str(obj.pk))

    def save_model(self, request: HttpRequest, obj: Thing, form: PerformedForm[Thing], change: bool) -> None:
        """Out of the trash first, as a change of its own: a Thing in the trash takes nothing else."""
        first, rest = self.actions_of(form, change), list[JsonObject]()
        if RESTORE in first:
            first, rest = [RESTORE], [action for action in first if action != RESTORE]
        for actions in (first, rest):
            if actions and not outcome_of(request).refused:
                perform(request, self.thing_of(obj), actions)

    def actions_of(self, form: PerformedForm[Thing], change: bool) -> list[JsonObject]:
        touched = form.cleaned_data
        names = {"is_template": "template", "visibility": "visibility", "tags": "tags", "trashed": "trashed"}
        wanted = {name: touched[field] for field, name in names.items() if field in touched}
        if "tags" in wanted:
            wanted["tags"] = wanted["tags"] or []
        found: list[JsonObject] = []
        if wanted.get("trashed") is False:
            found.append(RESTORE)
            del wanted["trashed"]
        if "title" in touched:
            found.append({"type": "rename", "title": touched["title"]})
        if "canvas" in touched:
            shown = form.shown("canvas") or {}
            changed = {name: value for name, value in touched["canvas"].items() if shown.get(name) != value}
            found += [{"type": "set_canvas", "set": changed}] if changed else []
        return [*found, {"type": "set_thing", "set": wanted}] if wanted else found

    def save_formset(self, request: HttpRequest, form: ThingForm, formset: MemberForms, change: bool) -> None:
        """Members come and go through `sharing`, so that open streams and inboxes hear of it (A4)."""
        with transaction.atomic():
            for membership in formset.save(commit=False):
                save_membership(request, membership)
            sharing.unshare(formset.deleted_objects)

    @admin.action(description="Move to the trash", permissions=["change"])
    def trash(self, request: HttpRequest, things: QuerySet[Thing]) -> None:
        self._set_trashed(request, things, True)

    @admin.action(description="Take out of the trash", permissions=["change"])
    def restore(self, request: HttpRequest, things: QuerySet[Thing]) -> None:
        self._set_trashed(request, things, False)

    def _set_trashed(self, request: HttpRequest, things: QuerySet[Thing], trashed: bool) -> None:
        moved = 0
        for pk in things.values_list("pk", flat=True):
            done = perform(request, pk, [{"type": "set_thing", "set": {"trashed": trashed}}])
            moved += bool(done and done.effects)
        tell(request)
        where = "moved to the trash" if trashed else "taken out of the trash"
        messages.add_message(request, messages.SUCCESS if moved else messages.INFO, f"{moved} Things were {where}.")
