"""What the document says of each operation, read off its view."""

from inspect import cleandoc
from typing import Any

from drf_spectacular.openapi import AutoSchema

import accounts.api.schema  # noqa: F401 — the ways in register themselves

# The first that begins the path has it.
TAGS = {
    "/api/things/{id}/actions/": "Actions",
    "/api/things/{id}/members/": "Sharing",
    "/api/things/": "Things",
    "/api/actions/": "Actions",
    "/api/kinds/": "Actions",
    "/api/inbox/": "Inbox",
    "/api/me/": "Account",
    "/api/tokens/": "Account",
    "/api/stream/": "Stream",
    "/api/": "Start",
}


class Described(AutoSchema):
    """A view's method has a docstring: the first line is the summary, all of it the description. `anonymous` of the
    view names the methods that need no credential.
    """

    def get_tags(self) -> list[str]:
        return [next(tag for start, tag in TAGS.items() if self.path.startswith(start))]

    def get_summary(self) -> str:
        return self._words().splitlines()[0].removesuffix(".")

    def get_description(self) -> str:  # type: ignore[override]  # the library's own differs from DRF's too
        return self._words()

    def get_auth(self) -> list[dict[str, Any]]:
        ways: list[dict[str, Any]] = super().get_auth()
        return [*ways, {}] if self.method in getattr(self.view, "anonymous", ()) else ways

    def _words(self) -> str:
        method = getattr(self.view, self.method.lower())
        return cleandoc(method.__doc__)
