"""Bodies come whole before anything is done: bounded in bytes and seconds, each and all together."""

import asyncio
import re
from collections import Counter
from dataclasses import dataclass, field
from tempfile import SpooledTemporaryFile
from typing import IO

from django.conf import settings

from streaming.asgi_types import Receive, Scope, header, headers
from widgetapp.edge.refusals import BodyTooLarge, BusyUnread, Malformed, RequestTimeout

# Where files are sent.
UPLOADS = re.compile(r"/api/things/(import|[^/]+/(import|assets))/")
SPOOL_BYTES = 1024 * 1024
# What one address may hold of all, so that it cannot take the room of the others.
SHARE = 8


@dataclass(slots=True, kw_only=True)
class Body:
    address: str
    most_bytes: int
    seconds: float
    announced: int | None
    size: int = 0
    file: IO[bytes] = field(default_factory=lambda: SpooledTemporaryFile(SPOOL_BYTES))  # noqa: SIM115 — released later


def announced_of(scope: Scope) -> int | None:
    """The length that was told. Raises `Malformed` for what cannot be told apart from another request."""
    lengths = list(headers(scope, b"content-length"))
    encoding = ",".join(headers(scope, b"transfer-encoding")).strip().lower()
    if encoding and (encoding != "chunked" or lengths or scope.get("http_version") == "1.0"):
        raise Malformed("a body has a Content-Length, or is chunked")
    if not lengths:
        return None
    if len(lengths) > 1 or not lengths[0].isascii() or not lengths[0].isdigit():
        raise Malformed("Content-Length is one number")
    return int(lengths[0])


def expected(scope: Scope, address: str) -> Body:
    """What may come. Raises what can be told before a byte was read, and before a `100 Continue` is sent."""
    is_upload = UPLOADS.match(scope["path"]) is not None
    most_bytes = settings.HTTP_UPLOAD_BYTES if is_upload else settings.HTTP_BODY_BYTES
    seconds = settings.HTTP_UPLOAD_SECONDS if is_upload else settings.HTTP_BODY_SECONDS
    announced = announced_of(scope)
    require_room(most_bytes, announced or 0)
    return Body(address=address, most_bytes=most_bytes, seconds=seconds, announced=announced)


def require_room(most_bytes: int, size: int) -> None:
    if size > most_bytes:
        raise BodyTooLarge(f"a body has at most {most_bytes} bytes here")


class Bodies:
    """Those that this worker holds."""

    def __init__(self) -> None:
        self._bytes: Counter[str] = Counter()
        self._total = 0

    @property
    def total_bytes(self) -> int:
        return self._total

    async def read(self, body: Body, scope: Scope, receive: Receive) -> bool:
        """Whether it came whole. False: the client left, and nothing may be carried out. The caller releases it."""
        self._require_place(body, body.announced or 0)
        try:
            async with asyncio.timeout(body.seconds):
                if not await self._read(body, receive):
                    return False
        except TimeoutError:
            raise RequestTimeout(f"a body has {body.seconds} s") from None
        require_whole(body, scope)
        body.file.seek(0)
        return True

    async def _read(self, body: Body, receive: Receive) -> bool:
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return False
            if chunk := message.get("body", b""):
                self._take(body, chunk)
            if not message.get("more_body"):
                return True

    def _take(self, body: Body, chunk: bytes) -> None:
        require_room(body.most_bytes, body.size + len(chunk))
        self._require_place(body, len(chunk))
        body.size += len(chunk)
        self._bytes[body.address] += len(chunk)
        self._total += len(chunk)
        body.file.write(chunk)

    def _require_place(self, body: Body, more_bytes: int) -> None:
        most = settings.HTTP_BODIES_BYTES
        share = max(most // SHARE, body.most_bytes)
        if self._total + more_bytes > most or self._bytes[body.address] + more_bytes > share:
            raise BusyUnread("too many bodies are on their way")

    def release(self, body: Body) -> None:
        body.file.close()
        self._total -= body.size
        self._bytes[body.address] -= body.size
        if not self._bytes[body.address]:
            del self._bytes[body.address]


def require_whole(body: Body, scope: Scope) -> None:
    """Some servers lose a body behind an `Upgrade` that they do not know: what was not read is not carried out."""
    announced = body.announced if body.announced is not None else body.size
    lost = not body.size and header(scope, b"upgrade") is not None and header(scope, b"transfer-encoding") is not None
    if body.size != announced or lost:
        raise Malformed("the body is not as long as announced")
