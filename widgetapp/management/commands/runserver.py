"""`manage.py runserver`: daphne's, with a server that says good-bye."""

from daphne.management.commands.runserver import Command as DaphneCommand

from widgetapp.development import PoliteServer


class Command(DaphneCommand):
    server_cls = PoliteServer
