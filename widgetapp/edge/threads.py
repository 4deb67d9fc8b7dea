"""Long-lived threads that run Django. A request takes one thread, once, and its answer wakes the loop once.

A streaming answer takes a thread again for each piece, and none while the client reads: who reads slowly holds nobody
up. So what yields its pieces may not hold on to a thread, or to a database connection, between two of them.
"""

import asyncio
import logging
import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import IO, Any

from streaming.metrics import SummedGauge
from widgetapp.edge.refusals import Broken, Headers

logger = logging.getLogger(__name__)

PIECE_BYTES = 64 * 1024
BODILESS = (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)

busy = SummedGauge("http_threads_busy", "HTTP threads that are at work")

Job = tuple[asyncio.AbstractEventLoop, "asyncio.Future[Any]", Callable[..., Any], tuple[Any, ...]]


class Threads:
    """They begin with the first job, because workers are forked after the application was loaded."""

    def __init__(self, count: int) -> None:
        self._count, self._began = count, False
        self._jobs: queue.SimpleQueue[Job] = queue.SimpleQueue()

    def run(self, function: Callable[..., Any], *arguments: Any) -> "asyncio.Future[Any]":
        if not self._began:
            self._begin()
        loop = asyncio.get_running_loop()
        future = loop.create_future()
        self._jobs.put((loop, future, function, arguments))
        return future

    def _begin(self) -> None:
        self._began = True
        for number in range(self._count):
            threading.Thread(target=self._work, name=f"http-{number}", daemon=True).start()

    def _work(self) -> None:
        while True:
            loop, future, function, arguments = self._jobs.get()
            busy.inc()
            try:
                result, error = function(*arguments), None
            except BaseException as caught:  # SystemExit too: it would end the loop
                result, error = None, caught if isinstance(caught, Exception) else RuntimeError(repr(caught))
            busy.dec()
            with_loop_open(loop, settle, future, result, error)
            del loop, future, function, arguments, result, error  # nothing of a request outlives it here


def with_loop_open(loop: asyncio.AbstractEventLoop, function: Callable[..., None], *arguments: Any) -> None:
    try:
        loop.call_soon_threadsafe(function, *arguments)
    except RuntimeError:
        logger.debug("an answer came after the end")


def settle(future: "asyncio.Future[Any]", result: Any, error: Exception | None) -> None:
    if future.cancelled():
        return
    if error is None:
        future.set_result(result)
    else:
        future.set_exception(error)


class FileAnswer:
    """`wsgi.file_wrapper`: a file in pieces of a sensible size."""

    def __init__(self, file: IO[bytes], block_size: int = 0) -> None:
        self._file = file

    def __iter__(self) -> Iterator[bytes]:
        return iter(lambda: self._file.read(PIECE_BYTES), b"")

    def close(self) -> None:
        self._file.close()


@dataclass(slots=True, kw_only=True)
class Answer:
    """`pieces`: where the rest comes from, if there is a rest. Whoever has it closes it, in a thread."""

    status: int
    headers: Headers
    body: bytes
    pieces: Iterator[bytes] | None = None
    close: Callable[[], None] | None = None


def answer(application: Callable[..., Any], environ: dict[str, Any]) -> Answer:
    """In a thread: what the application says, whole, or the first piece of it. Raises `Broken`."""
    told: list[Any] = []

    def start_response(status: str, headers: list[tuple[str, str]], error: object = None) -> None:
        told[:] = (
            int(status[:3]),
            [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers],
        )

    result: Any = None
    try:
        result = application(environ, start_response)
        status, headers = told
        made = _begun(result, status, headers, environ["REQUEST_METHOD"] == "HEAD")
    except BaseException:
        logger.exception("a request broke")
        if result is not None:
            result.close()
        raise Broken from None
    if made.pieces is None:
        result.close()
    return made


def _begun(result: Any, status: int, headers: Headers, is_head: bool) -> Answer:
    if is_head or status in BODILESS:
        kept = [header for header in headers if is_head or header[0] != b"content-length"]
        return Answer(status=status, headers=kept, body=b"")
    if not (isinstance(result, FileAnswer) or getattr(result, "streaming", False)):
        body = b"".join(result)
        return Answer(status=status, headers=with_length(headers, len(body)), body=body)
    pieces = iter(result)
    body = next_piece(pieces) or b""
    if (b"content-length", str(len(body)).encode()) in headers:
        return Answer(status=status, headers=headers, body=body)
    return Answer(status=status, headers=headers, body=body, pieces=pieces, close=result.close)


def with_length(headers: Headers, length: int) -> Headers:
    """Else it would go out in chunks, or to an old client end with its connection."""
    has_length = any(name == b"content-length" for name, _ in headers)
    return headers if has_length else [*headers, (b"content-length", str(length).encode())]


def next_piece(pieces: Iterator[bytes]) -> bytes | None:
    """In a thread. None at the end."""
    return next((bytes(piece) for piece in pieces if piece), None)
