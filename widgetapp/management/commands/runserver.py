"""`manage.py runserver`: daphne's, with a server that says good-bye. Static files come over the bridge as elsewhere."""

from typing import Any

from daphne.management.commands.runserver import Command as DaphneCommand

from widgetapp.development import PoliteServer
from widgetapp.hosts import require_private


class Command(DaphneCommand):
    server_cls = PoliteServer

    def run(self, **options: Any) -> None:
        require_private(self.addr)
        super().run(**options)

    def get_application(self, options: dict[str, Any]) -> Any:
        return super().get_application({**options, "use_static_handler": False})
