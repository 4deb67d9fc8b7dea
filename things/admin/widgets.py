"""Widgets: the fields as the API shows them; what was touched is written, by editor actions."""

from collections import defaultdict
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from uuid6 import uuid7

from things import text
from things.admin.performed import PerformedAdmin, PerformedForm, perform, tell
from things.admin.strict_json import StrictJSONField
from things.editing import Performed
from things.kinds import KINDS
from things.models import Widget
from things.shapes import JsonObject

# A request of the editing path names at most so many.
DELETED_AT_ONCE = 10_000


class TextField(forms.CharField):
    """Words as they were typed: spaces stay, and a line ends as it does everywhere else."""

    widget = forms.Textarea

    def __init__(self, *, label: str) -> None:
        super().__init__(label=label, strip=False, required=False)

    def to_python(self, value: str | None) -> str | None:
        words = super().to_python(value)
        return words.replace("\r\n", "\n").replace("\r", "\n") if words else words


class WidgetForm(PerformedForm[Widget]):
    """`revision` is the one whose text was shown: what is typed is merged with what others typed since."""

    kind = forms.ChoiceField(choices=lambda: [(name, kind.title) for name, kind in KINDS.items()])
    words = TextField(label="Text")
    revision = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0)

    class Meta:
        model = Widget
        fields = ("thing", "kind", "fields", "alive")
        # Empty means: all defaults of the kind.
        field_classes = {"fields": lambda **options: StrictJSONField(of=dict, **{**options, "required": False})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("thing", "kind"):
            if self.instance.pk and name in self.fields:
                self.fields[name].disabled = True
        if self.instance.pk and "words" in self.fields:
            self.fields["words"].initial = text.plain(self.instance.text or [])
        if self.instance.pk and "revision" in self.fields:
            self.fields["revision"].initial = self.instance.thing.revision


@admin.register(Widget)
class WidgetAdmin(PerformedAdmin[Widget]):
    form = WidgetForm
    list_display = ("id", "kind", "thing", "alive")
    list_filter = ("kind", "alive")
    list_select_related = ("thing",)
    search_fields = ("id", "thing__title_key__contains")
    autocomplete_fields = ("thing",)

    def get_fields(self, request: HttpRequest, obj: Widget | None = None) -> tuple[str, ...]:
        textless = obj is not None and obj.text is None
        return ("thing", "kind", "fields", "alive", *(() if textless else ("words",)), *(("revision",) if obj else ()))

    @admin.display(description="Text")
    def words(self, widget: Widget) -> str:
        """For who may only look."""
        return text.plain(widget.text or [])

    def revision(self, widget: Widget) -> int:
        return widget.thing.revision

    def thing_of(self, obj: Widget) -> UUID:
        return UUID(str(obj.thing_id))

    def actions_of(self, form: PerformedForm[Widget], change: bool) -> list[JsonObject]:
        touched, widget = form.cleaned_data, form.instance
        if not change:
            widget.id = uuid7()
            made = {"id": str(widget.id), "kind": touched["kind"], **(touched.get("fields") or {})}
            return [{"type": "add", "widgets": [{**made, "text": touched["words"]} if "words" in touched else made]}]
        found: list[JsonObject] = []
        if "alive" in touched:
            found.append({"type": "restore" if touched["alive"] else "delete", "widgets": [str(widget.id)]})
        if "fields" in touched:
            found += field_actions(str(widget.id), form.shown("fields") or {}, touched["fields"] or {})
        return [*found, *text_actions(form)] if "words" in touched else found

    def delete_model(self, request: HttpRequest, obj: Widget) -> None:
        self.delete_queryset(request, Widget.objects.filter(pk=obj.pk))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Widget]) -> None:
        """Told in numbers of what really went: a locked one stays."""
        by_thing: dict[UUID, list[str]] = defaultdict(list)
        for thing, widget in queryset.values_list("thing_id", "id"):
            by_thing[thing].append(str(widget))
        gone: set[UUID] = set()
        for thing, widgets in by_thing.items():
            for start in range(0, len(widgets), DELETED_AT_ONCE):
                chosen = widgets[start : start + DELETED_AT_ONCE]
                gone |= died(perform(request, thing, [{"type": "delete", "widgets": [*chosen]}])) & {*map(UUID, chosen)}
        self.deleted(request, queryset.filter(id__in=gone))
        tell(request)
        asked = sum(map(len, by_thing.values()))
        if len(gone) < asked:
            messages.info(request, f"{len(gone)} of {asked} widgets were deleted.")


def died(done: Performed | None) -> set[UUID]:
    """The widgets that a change deleted."""
    effects = done.effects if done is not None else []
    return {UUID(effect["widget"]) for effect in effects if effect["op"] == "alive" and not effect["value"]}


def text_actions(form: PerformedForm[Widget]) -> list[JsonObject]:
    """The difference to what was shown, said of the revision that was shown: editing merges it with what came since."""
    shown, typed = form.shown("words") or "", form.cleaned_data["words"] or ""
    revision = form.data.get(form.add_prefix("revision"))
    base = int(revision) if revision and str(revision).isdigit() else form.instance.thing.revision
    delta = text.difference(text.from_plain(shown), typed)
    if not delta:
        return []
    edit: JsonObject = {"type": "edit_text", "widget": str(form.instance.id), "base_revision": base}
    return [{**edit, "delta": delta}]  # type: ignore[dict-item]  # operations are JSON


def field_actions(widget: str, before: JsonObject, after: JsonObject) -> list[JsonObject]:
    """The editor actions that make one set of fields into the other."""
    changed = {name: value for name, value in after.items() if before.get(name) != value}
    found: list[JsonObject] = []
    for name, action in (("place", "move"), ("size", "resize"), ("rotation", "rotate")):
        if name in changed:
            found.append({"type": action, "widgets": [{"id": widget, name: changed.pop(name)}]})
    words: JsonObject = {name: changed.pop(name) for name in ("name", "alt", "link") if name in changed}
    if words:
        found.append({"type": "set_fields", "widgets": [{"id": widget, **words}]})
    ends = [end for end in ("start", "end") if end in changed]
    found += [{"type": "connect", "widget": widget, "end": end, "to": changed.pop(end)} for end in ends]
    for name, action in (("hidden", "hide"), ("locked", "lock")):
        if name in changed:
            found.append({"type": action, "widgets": [widget], "on": changed.pop(name)})
    return [{"type": "style", "widgets": [widget], "set": changed}, *found] if changed else found
