"""Things in the admin: every edit goes through the editing path and is seen at once in open editors."""

import json
from typing import Any, cast
from uuid import UUID

from csp.decorators import csp_replace
from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseRedirectBase
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from uuid6 import uuid7

from accounts.models import User
from things import editing, sharing
from things.document import load, snapshot
from things.drawing import svg
from things.errors import ThingsError
from things.kinds import KINDS
from things.models import Change, Membership, Thing, Via, Widget

Action = dict[str, Any]


def perform(request: HttpRequest, thing: UUID, actions: list[Action]) -> bool:
    """As `admin`, past the rights of the Thing. What is refused or skipped is told; nothing is half done."""
    assert isinstance(request.user, User)
    try:
        done = editing.perform(thing, request.user, {"actions": actions}, via=Via.ADMIN, staff=True)
    except ThingsError as error:
        told = "; ".join(f"{entry['pointer']}: {entry['detail']}" for entry in error.errors) or error.detail
        messages.error(request, f"Nothing was changed. {told}")
        return False
    for entry in done.skipped:
        messages.warning(request, f"Left out: {entry['widget']} ({entry['reason']})")
    return True


class PerformedAdmin(admin.ModelAdmin[Any]):
    """A model whose rows are written by the editing path only. `actions_of` says what a form asks for."""

    def actions_of(self, form: Any, change: bool) -> list[Action]:
        raise NotImplementedError

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        actions = self.actions_of(form, change)
        request.performed = not actions or perform(request, self.thing_of(obj), actions)  # type: ignore[attr-defined]

    def thing_of(self, obj: Any) -> UUID:
        raise NotImplementedError

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        return self._answer(request, super().response_change(request, obj))

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        return self._answer(request, super().response_add(request, obj, post_url_continue))

    def _answer(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """Without Django's word of success where nothing was done."""
        if not getattr(request, "performed", True):
            storage = messages.get_messages(request)
            kept = [message for message in storage if message.level != messages.SUCCESS]
            for message in kept:
                messages.add_message(request, message.level, message.message)
            if isinstance(response, HttpResponseRedirectBase) and request.path:
                response["Location"] = request.path
        return response


class ThingForm(forms.ModelForm[Thing]):
    trashed = forms.BooleanField(required=False)

    class Meta:
        model = Thing
        fields = ("title", "canvas", "visibility", "tags", "is_template")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["trashed"].initial = self.instance.trashed_at is not None


class MembershipInline(admin.TabularInline[Membership, Thing]):
    model = Membership
    fields = ("user", "role")
    extra = 0
    autocomplete_fields = ("user",)


@admin.register(Thing)
class ThingAdmin(PerformedAdmin):
    form = ThingForm
    list_display = ("thumbnail", "__str__", "owner", "widgets_alive", "visibility", "revision", "changed_at", "trashed")
    list_display_links = ("thumbnail", "__str__")
    list_filter = ("visibility", "is_template", ("trashed_at", admin.EmptyFieldListFilter))
    search_fields = ("title", "owner__email", "owner__name")
    list_select_related = ("owner",)
    readonly_fields = ("id", "owner", "revision", "digest", "epoch", "created_at", "changed_at")
    inlines = (MembershipInline,)
    actions = ("trash", "restore")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Thing]:
        # Counted for the rows of the page, not by a join over all.
        alive = Widget.objects.filter(thing=OuterRef("pk"), alive=True).order_by().values("thing")
        things: QuerySet[Thing] = super().get_queryset(request)
        return things.annotate(alive=Subquery(alive.annotate(count=Count("*")).values("count")))

    def get_urls(self) -> list[Any]:
        alone = csp_replace({"default-src": ["'none'"], "sandbox": True})
        drawn = alone(self.admin_site.admin_view(self.draw_thumbnail))  # type: ignore[arg-type]  # its stub forgets view arguments
        return [path("<uuid:pk>/thumbnail.svg", drawn, name="things_thing_thumbnail"), *super().get_urls()]

    def draw_thumbnail(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """The gallery shows a Thing to those who may see it; here staff see all."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        with snapshot():
            thing = get_object_or_404(Thing, pk=pk)
            widgets = load(thing).widgets_as_json()
        return HttpResponse(svg(widgets, canvas=thing.canvas, thumbnail=True), content_type="image/svg+xml")

    @admin.display(description="")
    def thumbnail(self, thing: Thing) -> SafeString:
        url = reverse("admin:things_thing_thumbnail", args=[thing.pk])
        return format_html('<img class="thumbnail" loading="lazy" alt="" src="{}?r={}">', url, thing.revision)

    @admin.display(description="Widgets")
    def widgets_alive(self, thing: Any) -> int:
        return int(thing.alive or 0)

    @admin.display(boolean=True, description="In trash")
    def trashed(self, thing: Thing) -> bool:
        return thing.trashed_at is not None

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def thing_of(self, obj: Any) -> UUID:
        return UUID(str(obj.pk))

    def actions_of(self, form: Any, change: bool) -> list[Action]:
        data, changed = form.cleaned_data, set(form.changed_data)
        names = {"is_template": "template", "visibility": "visibility", "tags": "tags", "trashed": "trashed"}
        wanted = {name: data[field] for field, name in names.items() if field in changed}
        found: list[Action] = []
        # Out of the trash first and alone: nothing else is taken meanwhile.
        if wanted.get("trashed") is False:
            found.append({"type": "set_thing", "set": {"trashed": wanted.pop("trashed")}})
        if "title" in changed:
            found.append({"type": "rename", "title": data["title"]})
        if "canvas" in changed:
            found.append({"type": "set_canvas", "set": data["canvas"]})
        return [*found, {"type": "set_thing", "set": wanted}] if wanted else found

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Members come and go through `sharing`, so that open streams and inboxes hear of it (A4)."""
        with transaction.atomic():
            for membership in formset.save(commit=False):
                save_membership(request, membership)
            sharing.unshare(formset.deleted_objects)

    @admin.action(description="Move to the trash")
    def trash(self, request: HttpRequest, things: QuerySet[Thing]) -> None:
        self._set_trashed(request, things, True)

    @admin.action(description="Take out of the trash")
    def restore(self, request: HttpRequest, things: QuerySet[Thing]) -> None:
        self._set_trashed(request, things, False)

    def _set_trashed(self, request: HttpRequest, things: QuerySet[Thing], trashed: bool) -> None:
        for pk in things.values_list("pk", flat=True):
            perform(request, pk, [{"type": "set_thing", "set": {"trashed": trashed}}])


class WidgetForm(forms.ModelForm[Widget]):
    """`fields` as the API shows them; what differs is written."""

    kind = forms.ChoiceField(choices=lambda: [(name, kind.title) for name, kind in KINDS.items()])
    words = forms.CharField(required=False, widget=forms.Textarea, label="Text")

    class Meta:
        model = Widget
        fields = ("thing", "kind", "fields", "alive")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Empty means: all defaults of the kind.
        self.fields["fields"].required = False
        if self.instance.pk:
            for name in ("thing", "kind"):
                self.fields[name].disabled = True
            if self.instance.text is None:
                del self.fields["words"]
            else:
                self.fields["words"].initial = "".join(operation["insert"] for operation in self.instance.text)


@admin.register(Widget)
class WidgetAdmin(PerformedAdmin):
    form = WidgetForm
    list_display = ("id", "kind", "thing", "alive")
    list_filter = ("kind", "alive")
    list_select_related = ("thing",)
    search_fields = ("id", "thing__title")
    autocomplete_fields = ("thing",)

    def thing_of(self, obj: Any) -> UUID:
        return UUID(str(obj.thing_id))

    def actions_of(self, form: Any, change: bool) -> list[Action]:
        data, widget = form.cleaned_data, form.instance
        if not change:
            widget.id = uuid7()
            made = {"id": str(widget.id), "kind": data["kind"], **(data["fields"] or {})}
            return [{"type": "add", "widgets": [{**made, "text": data["words"]} if data.get("words") else made]}]
        found: list[Action] = []
        if "alive" in form.changed_data:
            found.append({"type": "restore" if data["alive"] else "delete", "widgets": [str(widget.id)]})
        if "fields" in form.changed_data:
            found += field_actions(str(widget.id), form.initial["fields"], data["fields"] or {})
        if "words" in form.changed_data:
            found.append({"type": "set_text", "widget": str(widget.id), "text": data["words"]})
        return found

    def delete_model(self, request: HttpRequest, obj: Widget) -> None:
        perform(request, obj.thing_id, [{"type": "delete", "widgets": [str(obj.id)]}])

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Widget]) -> None:
        by_thing: dict[UUID, list[str]] = {}
        for thing, widget in queryset.values_list("thing_id", "id"):
            by_thing.setdefault(thing, []).append(str(widget))
        for thing, widgets in by_thing.items():
            perform(request, thing, [{"type": "delete", "widgets": widgets}])


def field_actions(widget: str, before: dict[str, Any], after: dict[str, Any]) -> list[Action]:
    """The editor actions that make one set of fields into the other."""
    changed = {name: value for name, value in after.items() if before.get(name) != value}
    found: list[Action] = []
    for name, action in (("place", "move"), ("size", "resize"), ("rotation", "rotate")):
        if name in changed:
            found.append({"type": action, "widgets": [{"id": widget, name: changed.pop(name)}]})
    words = {name: changed.pop(name) for name in ("name", "alt", "link") if name in changed}
    if words:
        found.append({"type": "set_fields", "widgets": [{"id": widget, **words}]})
    ends = [end for end in ("start", "end") if end in changed]
    found += [{"type": "connect", "widget": widget, "end": end, "to": changed.pop(end)} for end in ends]
    for name, action in (("hidden", "hide"), ("locked", "lock")):
        if name in changed:
            found.append({"type": action, "widgets": [widget], "on": changed.pop(name)})
    return [{"type": "style", "widgets": [widget], "set": changed}, *found] if changed else found


@admin.register(Change)
class ChangeAdmin(admin.ModelAdmin[Change]):
    """The log, to read."""

    list_display = ("thing", "revision", "actor_name", "via", "types", "created_at")
    list_filter = ("via",)
    list_select_related = ("thing",)
    search_fields = ("thing__title", "actor_name", "request_id")
    fields = ("thing", "revision", "request_id", "actor_name", "via", "created_at", "group", "undoes", "digest")
    readonly_fields = ("asked", "done", "curl")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return (*self.fields, "asked", "done", "skipped", "curl") if self.fields else ()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description="Actions")
    def asked(self, change: Change) -> SafeString:
        return _pretty(change.actions)

    @admin.display(description="Effects")
    def done(self, change: Change) -> SafeString:
        return _pretty(change.effects)

    @admin.display(description="As curl")
    def curl(self, change: Change) -> SafeString:
        body = json.dumps({"actions": change.actions}, ensure_ascii=False).replace("'", "'\\''")
        command = (
            "curl -X POST -H 'Authorization: Bearer TOKEN' -H 'Content-Type: application/json' "
            f"-d '{body}' HOST/api/things/{change.thing_id}/actions/"
        )
        return format_html("<pre>{}</pre>", command)


def _pretty(value: Any) -> SafeString:
    return format_html("<pre>{}</pre>", json.dumps(value, indent=1, ensure_ascii=False))


def save_membership(request: HttpRequest, wanted: Membership) -> None:
    """One that was another person's, or another Thing's, is taken from there first."""
    found = Membership.objects.filter(pk=wanted.pk).first()
    if found is not None and (found.user_id, found.thing_id) != (wanted.user_id, wanted.thing_id):
        sharing.unshare([found])
    wanted.pk = sharing.share(wanted.thing, wanted.user, wanted.role, by=cast(User, request.user)).pk


@admin.register(Membership)
class MembershipAdmin(admin.ModelAdmin[Membership]):
    fields = ("thing", "user", "role")
    list_display = ("thing", "user", "role")
    list_filter = ("role",)
    list_select_related = ("thing", "user")
    autocomplete_fields = ("thing", "user")
    search_fields = ("thing__title", "user__email")

    def save_model(self, request: HttpRequest, obj: Membership, form: Any, change: bool) -> None:
        with transaction.atomic():
            save_membership(request, obj)

    def delete_model(self, request: HttpRequest, obj: Membership) -> None:
        sharing.unshare([obj])

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Membership]) -> None:
        sharing.unshare(list(queryset))
