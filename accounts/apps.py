"""What accounts connect when Django starts."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        from django.contrib.auth.signals import user_logged_in, user_logged_out
        from django.db.models.signals import post_delete

        from accounts.credentials import AccountCredentials, signed_out, token_ended
        from accounts.devices import signed_in
        from accounts.models import Token
        from streaming.credentials import register

        register(AccountCredentials())
        post_delete.connect(token_ended, sender=Token, dispatch_uid="accounts.token_ended")
        user_logged_in.connect(signed_in, dispatch_uid="accounts.signed_in")
        user_logged_out.connect(signed_out, dispatch_uid="accounts.signed_out")
