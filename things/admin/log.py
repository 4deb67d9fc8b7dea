"""The log, to read."""

import json

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.folding import FoldedSearch
from things.models import Change
from things.shapes import JsonValue

FIELDS = ("thing", "revision", "request_id", "actor_name", "via", "created_at", "group", "undoes", "digest")


@admin.register(Change)
class ChangeAdmin(FoldedSearch, admin.ModelAdmin[Change]):
    """The log, to read."""

    list_display = ("thing", "revision", "actor_name", "via", "types", "created_at")
    list_filter = ("via",)
    list_select_related = ("thing",)
    search_fields = ("thing__title_key__contains", "actor_name", "request_id")
    fields = FIELDS
    readonly_fields = ("asked", "done", "curl")

    def get_fields(self, request: HttpRequest, obj: Change | None = None) -> tuple[str, ...]:
        return (*FIELDS, "asked", "done", "skipped", "curl")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Change | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Change | None = None) -> bool:
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


def _pretty(value: JsonValue) -> SafeString:
    return format_html("<pre>{}</pre>", json.dumps(value, indent=1, ensure_ascii=False))
