"""People, their groups and their tokens in the admin. Secrets are not shown: they are not kept.

Only superusers give rights, and only they touch what would let somebody act as one who has some: e-mail, password,
activity and tokens of staff.
"""

from typing import Any, cast

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import UserChangeForm
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from accounts import tokens
from accounts.folding import FoldedSearch
from accounts.models import Token, User, access_changed
from accounts.touched import TouchedForm

RIGHTS = ("is_staff", "is_superuser", "groups", "user_permissions")
IDENTITY = ("email", "is_active")


def is_superuser(request: HttpRequest) -> bool:
    return bool(cast(User, request.user).is_superuser)


def may_act_on(request: HttpRequest, user: User | None) -> bool:
    """Whether the identity of this person may be touched."""
    return user is None or is_superuser(request) or not (user.is_staff or user.is_superuser)


class UserForm(TouchedForm[User], UserChangeForm[User]):
    """What others changed since the form was opened stays."""


class NoGuessing:
    """Lists take any filter in their URL. Those that are `guarded` would let staff guess at a secret by its letters, or
    at what is left of it.
    """

    guarded: frozenset[str]

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        hidden = lookup.partition("__")[0] in self.guarded
        return not hidden and bool(super().lookup_allowed(lookup, value, request))  # type: ignore[misc]


@admin.register(User)
class UserAdmin(NoGuessing, FoldedSearch, DjangoUserAdmin[User]):
    form = UserForm
    ordering = ("email",)
    list_display = ("email", "name", "is_active", "is_staff", "is_demo", "date_joined")
    list_filter = ("is_active", "is_staff", "is_demo")
    search_fields = ("email_key__contains", "name_key__contains")
    readonly_fields = ("date_joined", "last_login")
    fieldsets = (
        (None, {"fields": ("email", "name", "color", "password")}),
        ("Rights", {"fields": ("is_active", *RIGHTS)}),
        ("Dates", {"fields": ("last_login", "date_joined")}),
    )
    guarded = frozenset({"auth_token_set"})
    add_fieldsets = ((None, {"fields": ("email", "name", "usable_password", "password1", "password2")}),)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        kept = () if is_superuser(request) else RIGHTS
        return (*self.readonly_fields, *kept, *(() if may_act_on(request, obj) else IDENTITY))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and may_act_on(request, obj)

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        if not may_act_on(request, self.get_object(request, id)):
            raise PermissionDenied
        return super().user_change_password(request, id, form_url)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        if not change:
            super().save_model(request, obj, form, change)
        elif touched := form.touched_columns():
            obj.save(update_fields=touched)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if {"groups", "user_permissions"} & set(form.changed_data):
            access_changed(form.instance.pk)


admin.site.unregister(Group)


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin):
    """Who may change a group may give its rights to themselves."""

    form = TouchedForm[Group]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return is_superuser(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_superuser(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_superuser(request)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        access_changed(*members_of(form.instance))

    def delete_model(self, request: HttpRequest, obj: Group) -> None:
        access_changed(*members_of(obj))
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        access_changed(*members_of(*queryset))
        super().delete_queryset(request, queryset)


def members_of(*groups: Group) -> list[Any]:
    return list(User.objects.filter(groups__in=groups).distinct().values_list("pk", flat=True))


@admin.register(Token)
class TokenAdmin(NoGuessing, FoldedSearch, admin.ModelAdmin[Token]):
    list_display = ("name", "user", "scopes", "created", "expiry", "last_used_at")
    list_select_related = ("user",)
    search_fields = ("name", "user__email_key__contains", "user__name_key__contains")
    fields = ("name", "user", "scopes", "created", "expiry", "last_used_at")
    readonly_fields = fields

    guarded = frozenset({"pk", "digest", "token_key", "parent", "children"})

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        owner = obj.user if isinstance(obj, Token) else None
        return super().has_delete_permission(request, obj) and may_act_on(request, owner)

    def delete_model(self, request: HttpRequest, obj: Token) -> None:
        tokens.end(obj.user, pk=obj.pk)

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        for token in list(queryset.select_related("user")):
            tokens.end(token.user, pk=token.pk)
