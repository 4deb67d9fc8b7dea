"""HTTP by hand: requests that no library would send, on sockets that stay where they were left."""

import http.client
import itertools
import json
import re
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from tests.servers import Server
from tests.waiting import PATIENCE_SECONDS

_houses = itertools.cycle(f"127.0.{number // 250 + 1}.{number % 250 + 1}" for number in range(500))


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class Reader:
    """What a connection tells. Two answers may come at once: the next one begins where the one before ended."""

    def __init__(self, line: socket.socket) -> None:
        self._file = line.makefile("rb")

    def makefile(self, mode: str) -> "Reader":
        return self

    def close(self) -> None:
        """Called behind each answer."""

    def end(self) -> None:
        self._file.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


class Line:
    """One connection, from another house than the one before unless told."""

    def __init__(self, server: Server, source: str | None = None) -> None:
        self.socket = socket.create_connection(
            ("127.0.0.1", server.port), timeout=PATIENCE_SECONDS, source_address=(source or next(_houses), 0)
        )
        self._reader = Reader(self.socket)

    def send(self, *parts: bytes) -> "Line":
        """What the other side does not take any more is what a test is about."""
        try:
            for part in parts:
                self.socket.sendall(part)
        except OSError:
            pass
        return self

    def answer(self, method: str = "GET") -> Answer:
        told = http.client.HTTPResponse(self._reader, method=method)  # type: ignore[arg-type]  # it asks for a file only
        told.begin()
        with told:
            return Answer(status=told.status, headers=told.headers, body=told.read())

    def rest(self) -> bytes:
        """All that comes until the other side ends it."""
        found = b""
        try:
            while data := self._reader.read1(65536):
                found += data
        except ConnectionError:
            pass
        return found

    def close(self) -> None:
        self._reader.end()
        self.socket.close()

    def __enter__(self) -> "Line":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def head(method: str, path: str, *headers: str, host: str = "127.0.0.1", version: str = "1.1") -> bytes:
    lines = [f"{method} {path} HTTP/{version}", *([f"Host: {host}"] if host else []), *headers, "", ""]
    return "\r\n".join(lines).encode("latin-1")


def asked(server: Server, *parts: bytes, method: str = "GET", source: str | None = None) -> Answer:
    with Line(server, source) as line:
        return line.send(*parts).answer(method)


@contextmanager
def held(server: Server, parts: Sequence[bytes]) -> Iterator[list[Line]]:
    """One connection for each, that sent this and sends no more."""
    lines = [Line(server).send(part) for part in parts]
    try:
        yield lines
    finally:
        for line in lines:
            line.close()


def metric(server: Server, name: str) -> float:
    found = re.search(
        rf"^{name} (\S+)$", httpx.get(f"{server.url}/metrics", timeout=PATIENCE_SECONDS).text, re.MULTILINE
    )
    assert found, name
    return float(found[1])
