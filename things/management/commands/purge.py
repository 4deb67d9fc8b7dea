"""`manage.py purge`: what has had its time goes. Run it once a day."""

from django.core.management import call_command
from django.core.management.base import BaseCommand

from accounts import doors, quotas, tickets
from things.demo.leaving import purge_visitors


class Command(BaseCommand):
    help = "Delete demo visitors after their days with all they made, past usage, expired tries, tickets and sessions."

    def handle(self, **options: str | int | bool | None) -> None:
        self.stdout.write(f"visitors {purge_visitors()}")
        self.stdout.write(f"usage {quotas.forget_past_days()}")
        self.stdout.write(f"sign-in tries {doors.forget_expired()}")
        self.stdout.write(f"tickets {tickets.forget_expired()}")
        call_command("clearsessions")
