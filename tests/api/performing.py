"""Every operation of the OpenAPI document once, in an order that works, with what was asked and answered."""

import json
from typing import Any

from django.test import Client

from accounts.models import Token, User
from tests.things.making import note
from things.models import Thing

Told = dict[str, dict[str, Any]]


class Performing:
    """Ana, with a token, in a Thing of hers."""

    def __init__(self, ana: User, jonas: User, thing: Thing) -> None:
        _, token = Token.objects.create(user=ana, name="Examples", scopes=["read", "write"])
        self._client = Client(headers={"Authorization": f"Bearer {token}", "Accept": "application/json"})
        self._jonas, self._thing = jonas, f"/api/things/{thing.pk}/"
        self.told: Told = {}

    def all(self) -> Told:
        self._account()
        self._things()
        self._sharing()
        return self.told

    def _do(self, operation: str, method: str, path: str, body: Any = None) -> Any:
        sent = {} if body is None else {"data": json.dumps(body), "content_type": "application/json"}
        answer = getattr(self._client, method)(path, **sent)
        assert answer.status_code < 300, (operation, answer.content)
        self.told[operation] = {} if body is None else {"request": body}
        if answer.content:
            self.told[operation]["answer"] = answer.json()
        return self.told[operation].get("answer")

    def _account(self) -> None:
        self._do("api_retrieve", "get", "/api/")
        self._do("api_me_partial_update", "patch", "/api/me/", {"name": "Ana Ruiz"})
        self._do("api_me_retrieve", "get", "/api/me/")
        made = self._do("api_tokens_create", "post", "/api/tokens/", {"name": "My script", "scopes": ["read"]})
        self._do("api_tokens_retrieve", "get", "/api/tokens/")
        self._do("api_tokens_destroy", "delete", f"/api/tokens/{made['id']}/")
        self._do("api_stream_tickets_create", "post", "/api/stream/tickets/")

    def _things(self) -> None:
        url = self._thing
        add = {"type": "add", "widgets": [note(1, text="Boats")]}
        self._do("perform_actions", "post", f"{url}actions/", {"id": "one", "actions": [add]})
        self._do("perform", "post", f"{url}actions/rename/", {"title": "Harbour pool, opening week"})
        self._do("api_things_partial_update", "patch", url, {"tags": ["plan"]})
        self._do("api_things_retrieve", "get", url)
        self._do("api_things_digest_retrieve", "get", f"{url}digest/")
        self._do("api_things_changes_retrieve", "get", f"{url}changes/?since=1&limit=2")
        self._do("api_things_list", "get", "/api/things/?tag=plan")
        made = self._do("api_things_create", "post", "/api/things/", {"title": "Kiosk", "visibility": "private"})
        self._do("api_things_destroy", "delete", f"/api/things/{made['id']}/")

    def _sharing(self) -> None:
        url = f"{self._thing}members/"
        self._do("api_things_members_create", "post", url, {"user": str(self._jonas.pk), "role": "viewer"})
        self._do("api_things_members_retrieve", "get", url)
        self._do("api_things_members_destroy", "delete", f"{url}{self._jonas.pk}/")
        self._do("api_inbox_retrieve", "get", "/api/inbox/")
        self._do("api_inbox_create", "post", "/api/inbox/", {"through": 1})
