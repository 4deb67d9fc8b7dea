from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        from django.contrib.auth.signals import user_logged_out

        from accounts.api import schema  # noqa: F401 — registers itself
        from accounts.credentials import AccountCredentials, signed_out
        from streaming.credentials import register

        register(AccountCredentials())
        user_logged_out.connect(signed_out, dispatch_uid="accounts.signed_out")
