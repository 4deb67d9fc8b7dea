"""The forms in which somebody says a password, or asks for a way to set one."""

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm, PasswordResetForm, SetPasswordForm
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts import devices, mailing
from accounts.backends import address_of, is_right
from accounts.doors import Door, throttle
from accounts.emails import email_key
from accounts.models import User


class SignInForm(AuthenticationForm):
    username = forms.EmailField(
        label=_("E-mail"), widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True})
    )
    error_messages = {
        **AuthenticationForm.error_messages,
        "invalid_login": _("This e-mail and password do not belong together."),
    }


class EndTokens(forms.Form):
    """Programs of one's own may go on, or not: a token is a credential of its own."""

    tokens = forms.BooleanField(label=_("End my personal tokens too"), required=False, initial=True)


class ChangeForm(EndTokens, PasswordChangeForm):
    """Asks for the old password at a door like any other: a session that was left open is no way to guess it."""

    field_order = ["old_password", "new_password1", "new_password2", "tokens"]

    def __init__(self, user: User, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(user, *args, **kwargs)
        self._request = request

    def clean_old_password(self) -> str:
        given = str(self.cleaned_data["old_password"])
        if not is_right(self._request, self.user, given, Door.PASSWORD_CHANGE):
            raise ValidationError(self.error_messages["password_incorrect"], code="password_incorrect")
        return given


class NewPasswordForm(EndTokens, SetPasswordForm):  # type: ignore[type-arg]
    field_order = ["new_password1", "new_password2", "tokens"]


class ResetForm(PasswordResetForm):
    """Answers everybody alike, and as fast: whether there is somebody to write to is found out after the answer."""

    email = forms.EmailField(
        label=_("E-mail"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )

    def save(self, *args: Any, request: HttpRequest, **options: Any) -> None:  # type: ignore[override]
        email = str(self.cleaned_data["email"])
        user = User.objects.filter(email_key=email_key(email)).first()
        device = devices.known(request, user) if user is not None else ""
        throttle(Door.PASSWORD_RESET, user or email, address_of(request), device=device)
        self._user = user
        mailing.later(super().save, domain_override=request.get_host(), **options)

    def get_users(self, email: str) -> list[User]:
        """Mail goes to the address that the person gave us, never to the spelling that was typed."""
        user = self._user
        return [user] if user is not None and user.is_active and user.has_usable_password() else []
