"""The HTTP side of WidgetApp for programs: read a Thing, perform editor actions, page through changes, get a ticket.

Blocking calls of the standard library in a thread: an action takes milliseconds, and nothing else is to be installed.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from http.client import HTTPException, HTTPMessage
from typing import IO, Any
from urllib.error import HTTPError
from urllib.parse import urljoin, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from widgetapp_stream.answers import Answer, Json, Problem, RateLimited, json_from, positions, problem_from, small
from widgetapp_stream.frames import Position

__all__ = ["Answer", "Client", "Json", "Problem", "RateLimited", "positions"]

TIMEOUT_SECONDS = 30.0
PATIENCE_SECONDS = 60.0


class _Here(HTTPRedirectHandler):
    """Redirects within the site are followed; the credential goes to no other."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> Request | None:
        same = _origin(newurl) == _origin(req.full_url)
        return super().redirect_request(req, fp, code, msg, headers, newurl) if same else None


class Client:
    """`base` is the address of the site. Signs in with a bearer token, or with a session's cookies.

    When the server asks for a pause (429 or 503 with `Retry-After`), the request is made again after it, for at most
    `patience` seconds in all.
    """

    def __init__(
        self, base: str, *, token: str | None = None, cookie: str | None = None, patience: float = PATIENCE_SECONDS
    ) -> None:
        self._base = base if base.endswith("/") else f"{base}/"
        if _origin(self._base)[0] not in ("http", "https"):
            raise ValueError(f"expected the address of a site, http(s)://…, got {base!r}")
        self._patience = patience
        self._headers = {"Accept": "application/json"}
        if token:
            self._headers["Authorization"] = f"Bearer {token}"
        if cookie:
            self._headers |= {"Cookie": cookie, "Origin": self._base.rstrip("/"), "Referer": self._base}
            if found := re.search(r"csrftoken=([^;\s]+)", cookie):
                self._headers["X-CSRFToken"] = found[1]
        self._opener = build_opener(_Here)

    async def request(self, method: str, path: str, body: Any = None) -> Answer:
        """Raises `Problem`, and OSError when there is no answer."""
        until = time.monotonic() + self._patience
        while True:
            try:
                return await asyncio.to_thread(self.request_now, method, path, body)
            except Problem as problem:
                wait = problem.retry_after
                if problem.status not in (429, 503) or wait is None or time.monotonic() + wait > until:
                    raise
            await asyncio.sleep(wait)

    def request_now(self, method: str, path: str, body: Any = None) -> Answer:
        """The same, blocking, and only once."""
        try:
            return self._answered(method, path, body)
        except HTTPException as error:  # an answer that was cut off is none
            raise ConnectionError(f"{method} {path}: {error}") from error

    def _answered(self, method: str, path: str, body: Any) -> Answer:
        data = None if body is None else json.dumps(body).encode()
        headers = self._headers if data is None else {**self._headers, "Content-Type": "application/json"}
        request = Request(self._url(path), data, headers, method=method)  # noqa: S310 — of this site alone
        try:
            with self._opener.open(request, timeout=TIMEOUT_SECONDS) as answer:
                return Answer(answer.status, json_from(answer.read()), small(answer.headers))
        except HTTPError as error:
            with error:
                raise problem_from(error.code, error.read(), error.headers) from None

    def _url(self, path: str) -> str:
        """Of a path, or of a whole address as the API gives it for the next page; the credential goes nowhere else."""
        url = urljoin(self._base, path.lstrip("/"))
        if urlsplit(url).netloc != urlsplit(self._base).netloc:
            raise ValueError(f"expected a path of {self._base}, got {path!r}")
        return urljoin(self._base, urlsplit(url)._replace(scheme="", netloc="").geturl())

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


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc
