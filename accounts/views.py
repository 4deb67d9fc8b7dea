"""Signing in and out."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

TRIES = 10
TRIES_SECONDS = 300


class SignInForm(AuthenticationForm):
    """By e-mail and password; ten wrong tries from an address for an e-mail, then a pause of five minutes."""

    username = forms.EmailField(
        label=_("E-mail"), widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True})
    )
    error_messages = {
        **AuthenticationForm.error_messages,
        "invalid_login": _("This e-mail and password do not belong together."),
        "throttled": _("Too many tries. Wait five minutes, then try again."),
    }

    def clean(self) -> dict[str, Any]:
        address = self.request.META.get("REMOTE_ADDR", "") if self.request else ""
        key = f"sign-in:{address}:{str(self.cleaned_data.get('username', '')).lower()}"
        if cache.get(key, 0) >= TRIES:
            raise forms.ValidationError(self.error_messages["throttled"], code="throttled")
        try:
            return super().clean()
        except forms.ValidationError:
            cache.add(key, 0, TRIES_SECONDS)
            cache.incr(key)
            raise


class SignIn(LoginView):
    template_name = "accounts/sign_in.html"
    form_class = SignInForm
    redirect_authenticated_user = True
    extra_context = {"demo": settings.DEMO}


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return redirect("accounts:sign_in")
