"""Addresses of the pages about accounts."""

from django.urls import path

from accounts import views

app_name = "accounts"
urlpatterns = [
    path("sign-in/", views.SignIn.as_view(), name="sign_in"),
    path("sign-out/", views.sign_out, name="sign_out"),
    path("sign-out/everywhere/", views.sign_out_of_everything, name="sign_out_everywhere"),
    path("password/", views.PasswordChange.as_view(), name="password"),
    path("password/changed/", views.PasswordChanged.as_view(), name="password_changed"),
    path("password/reset/", views.Reset.as_view(), name="reset"),
    path("password/reset/sent/", views.ResetSent.as_view(), name="reset_sent"),
    path("password/reset/done/", views.ResetDone.as_view(), name="reset_done"),
    path("password/reset/<uidb64>/<token>/", views.ResetConfirm.as_view(), name="reset_confirm"),
]
