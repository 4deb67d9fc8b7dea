"""People and their tokens in the admin. Secrets are not shown: they are not kept."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.http import HttpRequest

from accounts.folding import FoldedSearch
from accounts.models import Token, User


@admin.register(User)
class UserAdmin(FoldedSearch, DjangoUserAdmin[User]):
    ordering = ("email",)
    list_display = ("email", "name", "is_active", "is_staff", "is_demo", "date_joined")
    list_filter = ("is_active", "is_staff", "is_demo")
    search_fields = ("email_key__contains", "name_key__contains")
    readonly_fields = ("date_joined", "last_login")
    fieldsets = (
        (None, {"fields": ("email", "name", "color", "password")}),
        ("Rights", {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")}),
        ("Dates", {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = ((None, {"fields": ("email", "name", "usable_password", "password1", "password2")}),)


@admin.register(Token)
class TokenAdmin(FoldedSearch, admin.ModelAdmin[Token]):
    list_display = ("name", "user", "scopes", "created", "expiry", "last_used_at")
    list_select_related = ("user",)
    search_fields = ("name", "user__email_key__contains", "user__name_key__contains")
    fields = ("name", "user", "scopes", "created", "expiry", "last_used_at")
    readonly_fields = fields

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """No guessing at secrets letter by letter, not even at what is left of them."""
        hidden = lookup.partition("__")[0] in {"pk", "digest", "token_key", "children", "parent"}
        return not hidden and super().lookup_allowed(lookup, value, request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
