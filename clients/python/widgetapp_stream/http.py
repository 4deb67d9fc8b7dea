"""The HTTP side of WidgetApp for programs: read a Thing, perform editor actions, page through changes, get a ticket.

Blocking calls of the standard library in a thread: an action takes milliseconds, and nothing else is to be installed.
"""

from __future__ import annotations

import asyncio
import json
import re
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from email.message import Message
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urljoin
from urllib.request import Request, build_opener

from widgetapp_stream.frames import Position

Json = dict[str, Any]

TIMEOUT_SECONDS = 30.0
_POSITION = re.compile(r"([^/,\s]+)/([^;,\s]+);\s*epoch=([^;,\s]+);\s*offset=(\d+)")


class Problem(Exception):
    """An answer of 400 and above; `body` is its problem+json, empty when it was none."""

    def __init__(self, status: int, body: Json, headers: Mapping[str, str]) -> None:
        self.status, self.body, self.headers = status, body, headers
        self.code: str = body.get("code", "")
        super().__init__(f"{status} {self.code or body.get('title', '')}: {body.get('detail', '')}")


@dataclass(frozen=True, slots=True)
class Answer:
    """`headers` by their names in small letters."""

    status: int
    body: Any
    headers: Mapping[str, str]

    def position(self, service: str, topic: str) -> Position | None:
        """Where the answer stands in that log (P1)."""
        return positions(self.headers.get("stream-position", "")).get((service, topic))


def positions(header: str) -> dict[tuple[str, str], Position]:
    """All positions of a `Stream-Position` header."""
    return {
        (service, topic): Position(epoch, int(offset)) for service, topic, epoch, offset in _POSITION.findall(header)
    }


class Client:
    """`base` is the address of the site. Signs in with a bearer token, or with a session's cookies."""

    def __init__(self, base: str, *, token: str | None = None, cookie: str | None = None) -> None:
        self._base = base if base.endswith("/") else f"{base}/"
        self._headers = {"Accept": "application/json"}
        if token:
            self._headers["Authorization"] = f"Bearer {token}"
        if cookie:
            self._headers |= {"Cookie": cookie, "Origin": self._base.rstrip("/"), "Referer": self._base}
            if found := re.search(r"csrftoken=([^;\s]+)", cookie):
                self._headers["X-CSRFToken"] = found[1]
        self._opener = build_opener()

    async def request(self, method: str, path: str, body: Any = None) -> Answer:
        """Raises `Problem`, and OSError when there is no answer."""
        return await asyncio.to_thread(self.request_now, method, path, body)

    def request_now(self, method: str, path: str, body: Any = None) -> Answer:
        """The same, blocking."""
        try:
            return self._answered(method, path, body)
        except HTTPException as error:  # an answer that was cut off is none
            raise ConnectionError(f"{method} {path}: {error}") from error

    def _answered(self, method: str, path: str, body: Any) -> Answer:
        data = None if body is None else json.dumps(body).encode()
        headers = self._headers if data is None else {**self._headers, "Content-Type": "application/json"}
        request = Request(urljoin(self._base, path.lstrip("/")), data, headers, method=method)  # noqa: S310
        try:
            with self._opener.open(request, timeout=TIMEOUT_SECONDS) as answer:
                return Answer(answer.status, _json(answer.read()), _plain(answer.headers))
        except HTTPError as error:
            with error:
                found = _json(error.read())
            raise Problem(error.code, found if isinstance(found, dict) else {}, _plain(error.headers)) from None

    async def things(self) -> list[Json]:
        """The first page of what one may see."""
        results: list[Json] = (await self.request("GET", "api/things/")).body["results"]
        return results

    async def create(self, title: str, **fields: Any) -> Json:
        """A repeat with the same id answers the first Thing again."""
        body = {"id": str(uuid.uuid4()), "title": title, **fields}
        thing: Json = (await self.request("POST", "api/things/", body)).body
        return thing

    async def thing(self, id: str) -> tuple[Json, Position]:
        """The whole Thing and where it stands: subscribe from there (P1)."""
        answer = await self.request("GET", f"api/things/{id}/")
        found = answer.position("things", id)
        return answer.body, found or Position(answer.body["epoch"], answer.body["revision"])

    async def perform(
        self, thing: str, actions: Sequence[Mapping[str, Any]], *, id: str | None = None, group: str | None = None
    ) -> Answer:
        """Performs editor actions as one change. The same `id` again does nothing and answers the same (W1)."""
        body = {"id": id or str(uuid.uuid4()), "actions": list(actions), **({"group": group} if group else {})}
        return await self.request("POST", f"api/things/{thing}/actions/", body)

    async def changes(self, thing: str, *, since: int = 0, limit: int = 1000) -> AsyncIterator[Json]:
        """Every change after that revision, in order, page by page."""
        path: str | None = f"api/things/{thing}/changes/?since={since}&limit={limit}"
        while path:
            page = (await self.request("GET", path)).body
            for change in page["results"]:
                yield change
            path = page["next"]

    async def change(self, thing: str, revision: int) -> Json:
        """One change whole: what a large event leaves out (F5)."""
        page = await self.request("GET", f"api/things/{thing}/changes/?since={revision - 1}&limit=1")
        change: Json = page.body["results"][0]
        return change

    async def ticket(self) -> str:
        """Single use, 30 s: for the `hello` of a stream."""
        ticket: str = (await self.request("POST", "api/stream/tickets/")).body["ticket"]
        return ticket


def _json(body: bytes) -> Any:
    try:
        return json.loads(body) if body else None
    except ValueError:
        return None


def _plain(headers: Message) -> Mapping[str, str]:
    return {name.lower(): value for name, value in headers.items()}
