"""Signing in and out, and passwords: changed, forgotten, set anew."""

from typing import Any

from django.conf import settings
from django.contrib.auth import logout, update_session_auth_hash
from django.contrib.auth import views as django_views
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse_lazy
from django.views.decorators.http import require_POST

from accounts import devices, tokens
from accounts.credentials import sign_out_everywhere
from accounts.forms import ChangeForm, EndTokens, NewPasswordForm, ResetForm, SignInForm
from accounts.models import User


class SignIn(django_views.LoginView):
    template_name = "accounts/sign_in.html"
    form_class = SignInForm
    redirect_authenticated_user = True
    extra_context = {"demo": settings.DEMO}


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return redirect("accounts:sign_in")


@require_POST
@login_required
def sign_out_of_everything(request: HttpRequest) -> HttpResponse:
    """This session too: whoever asks for it does not know which of them are theirs."""
    form = EndTokens(request.POST)
    assert isinstance(request.user, User)
    sign_out_everywhere(request.user, programs=form.is_valid() and form.cleaned_data["tokens"])
    logout(request)
    return redirect("accounts:sign_in")


class PasswordChange(django_views.PasswordChangeView):
    """Ends every other session. This one goes on, under a new key."""

    template_name = "accounts/password.html"
    form_class = ChangeForm
    success_url = reverse_lazy("accounts:password_changed")

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "request": self.request}

    def form_valid(self, form: Any) -> HttpResponse:
        set_password(self.request, form, stays=True)
        return redirect(self.get_success_url())


class PasswordChanged(django_views.PasswordChangeDoneView):
    template_name = "accounts/password_changed.html"


class Reset(django_views.PasswordResetView):
    template_name = "accounts/reset.html"
    form_class = ResetForm
    email_template_name = "accounts/reset_mail.txt"
    subject_template_name = "accounts/reset_subject.txt"
    success_url = reverse_lazy("accounts:reset_sent")
    extra_context = {"sends_mail": settings.SENDS_MAIL}


class ResetSent(django_views.PasswordResetDoneView):
    template_name = "accounts/reset_sent.html"


class ResetConfirm(django_views.PasswordResetConfirmView):
    """Ends every session, and signs nobody in: that is the new password's part."""

    template_name = "accounts/reset_confirm.html"
    form_class = NewPasswordForm
    success_url = reverse_lazy("accounts:reset_done")

    def form_valid(self, form: Any) -> HttpResponse:
        del self.request.session[django_views.INTERNAL_RESET_SESSION_TOKEN]
        set_password(self.request, form, stays=False)
        return redirect(self.get_success_url())


class ResetDone(django_views.PasswordResetCompleteView):
    template_name = "accounts/reset_done.html"


def set_password(request: HttpRequest, form: Any, *, stays: bool) -> None:
    """`stays`: the session that asks goes on; open streams hear of the change when that session has its new key, so
    that its own can come back.
    """
    with transaction.atomic():
        user: User = form.save()
        if form.cleaned_data["tokens"]:
            tokens.end(user)
        if stays:
            update_session_auth_hash(request, user)
            request.session.save()
    devices.remember(request, user)
