"""The bridge without a server: what Django is told, what of it is passed on, and what becomes of those who leave."""

import asyncio
import io
import threading
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from streaming.asgi_types import Message, Scope
from tests.waiting import PATIENCE_SECONDS, until
from widgetapp.bridge import WATCHED, Bridge
from widgetapp.edge.threads import PIECE_BYTES

Environ = dict[str, Any]
WRITING = "/api/things/00000000-0000-7000-8000-000000000001/"
OTHER = "/api/things/00000000-0000-7000-8000-000000000002/"


class Client:
    """One request by hand. `leave()` is a connection that ends."""

    def __init__(
        self, *parts: bytes, whole: bool = True, method: str = "POST", path: str = "/x", **headers: str
    ) -> None:
        named = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
        self.scope: Scope = {
            "type": "http", "method": method, "path": path, "query_string": b"", "headers": named,
            "http_version": "1.1", "address_key": "192.0.2.7", "client": ("192.0.2.7", 5),
            "server": ("127.0.0.1", 80), "scheme": "http",
        }  # fmt: skip
        self.asked = 0
        self.said: list[Message] = []
        self._messages: asyncio.Queue[Message] = asyncio.Queue()
        self.taking = asyncio.Event()
        self.taking.set()
        for number, part in enumerate(parts or (b"",), 1):
            self.push(part, more=number < len(parts) or not whole)

    def push(self, body: bytes, *, more: bool) -> None:
        self._messages.put_nowait({"type": "http.request", "body": body, "more_body": more})

    def leave(self) -> None:
        self._messages.put_nowait({"type": "http.disconnect"})

    async def receive(self) -> Message:
        self.asked += 1
        return await self._messages.get()

    async def send(self, message: Message) -> None:
        await self.taking.wait()
        self.said.append(message)

    def ask(self, bridge: Bridge) -> "asyncio.Task[None]":
        return asyncio.ensure_future(bridge(self.scope, self.receive, self.send))

    @property
    def status(self) -> int:
        return int(self.said[0]["status"])

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.said[1:])


class Result:
    """As Django answers."""

    streaming = False

    def __init__(self, parts: Iterable[bytes] = (b"ok",)) -> None:
        self._parts, self.closed = parts, threading.Event()

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._parts)

    def close(self) -> None:
        self.closed.set()


class Streaming(Result):
    streaming = True


def answering(result: Any, *, status: str = "200 OK", headers: Iterable[tuple[str, str]] = ()) -> Callable[..., Any]:
    def application(environ: Environ, start_response: Any) -> Any:
        start_response(status, list(headers))
        return result

    return application


def echo(environ: Environ, start_response: Any) -> Result:
    start_response("200 OK", [])
    told = {key: value for key, value in environ.items() if isinstance(value, str)}
    return Result([environ["wsgi.input"].read(), b"|", repr(told).encode()])


@pytest.mark.parametrize("parts", [(b"",), (b"abc",), (b"a", b"", b"bc", b"")])
async def test_w1_the_length_is_that_of_what_was_read(parts: tuple[bytes, ...]) -> None:
    client = Client(*parts, transfer_encoding="chunked")
    await client.ask(Bridge(echo))
    whole = b"".join(parts)
    assert client.body.startswith(whole + b"|")
    assert f"'CONTENT_LENGTH': '{len(whole)}'".encode() in client.body
    assert b"TRANSFER_ENCODING" not in client.body


async def test_w1_a_body_that_ended_early_is_not_carried_out() -> None:
    asked: list[Environ] = []
    bridge = Bridge(lambda environ, start: asked.append(environ))
    for client in (Client(b"ab", b"", content_length="3"), Client(b"abcd", content_length="3")):
        await client.ask(bridge)
        assert client.status == 400
    for given in ({"content_length": "3"}, {"transfer_encoding": "chunked"}):
        client = Client(b"ab", whole=False, **given)
        client.leave()
        await client.ask(bridge)
        assert client.said == []
    assert asked == []


@pytest.mark.parametrize(
    "headers",
    [{"content_length": "+3"}, {"content_length": "3", "transfer_encoding": "chunked"}, {"transfer_encoding": "gzip"},
     {"content_length": "3, 3"}, {"upgrade": "h2c", "transfer_encoding": "chunked"}],
)  # fmt: skip
async def test_w1_w2_a_body_that_cannot_be_told_apart_is_refused(headers: dict[str, str]) -> None:
    client = Client(b"", method="POST", **headers)
    await client.ask(Bridge(answering(Result())))
    assert client.status == 400
    assert (b"connection", b"close") in client.said[0]["headers"]


async def test_a_body_too_large_is_refused_before_it_is_asked_for(settings: Any) -> None:
    settings.HTTP_BODY_BYTES = 10
    announced, grown = Client(b"x" * 11, content_length="11"), Client(b"x" * 6, b"x" * 6, transfer_encoding="chunked")
    bridge = Bridge(answering(Result()))
    for client in (announced, grown):
        await client.ask(bridge)
        assert client.status == 413
        assert (b"connection", b"close") in client.said[0]["headers"]
    assert announced.asked == 0
    assert bridge.bodies.total_bytes == 0


async def test_uploads_have_room_of_their_own_and_wait_on_disk(settings: Any) -> None:
    settings.HTTP_BODY_BYTES, settings.HTTP_UPLOAD_BYTES = 10, 3_000_000
    size, path = 2_000_000, "/api/things/import/"
    rolled: list[bool] = []

    def application(environ: Environ, start_response: Any) -> Result:
        rolled.append(environ["wsgi.input"]._rolled)
        return Result([environ["wsgi.input"].read()]) if start_response("200 OK", []) is None else Result()

    client = Client(*[b"x" * 1000] * (size // 1000), path=path)
    await client.ask(Bridge(application))
    assert (client.status, len(client.body), rolled) == (200, size, [True])


async def test_bodies_of_all_are_bounded_and_one_address_leaves_room_to_others(settings: Any) -> None:
    settings.HTTP_BODY_BYTES, settings.HTTP_BODIES_BYTES = 100, 1000
    bridge = Bridge(answering(Result()))
    held = [Client(b"x" * 60, whole=False) for _ in range(2)]
    tasks = [client.ask(bridge) for client in held]
    await until(lambda: bridge.bodies.total_bytes == 120)
    refused, other = Client(b"x" * 60), Client(b"x" * 60)
    other.scope["address_key"] = "192.0.2.8"
    await asyncio.gather(refused.ask(bridge), other.ask(bridge))
    assert (refused.status, other.status) == (503, 200)
    assert any(name == b"retry-after" for name, _ in refused.said[0]["headers"])
    for client in held:
        client.leave()
    await asyncio.gather(*tasks)
    assert bridge.bodies.total_bytes == 0


async def test_a_body_has_its_time(settings: Any) -> None:
    settings.HTTP_BODY_SECONDS = 0.01
    client = Client(b"a", whole=False)
    await client.ask(Bridge(answering(Result())))
    assert client.status == 408


async def test_w3_cookies_and_lists_that_come_in_parts() -> None:
    client = Client(b"")
    client.scope["headers"] = [(b"cookie", b"a=1"), (b"cookie", b"b=2"), (b"accept", b"x/y"), (b"accept", b"z/*"),
                               (b"x_forwarded_for", b"192.0.2.66"), (b"a b", b"c"), (b"\xff", b"d")]  # fmt: skip
    await client.ask(Bridge(echo))
    assert b"'HTTP_COOKIE': 'a=1; b=2'" in client.body
    assert b"'HTTP_ACCEPT': 'x/y,z/*'" in client.body
    assert b"FORWARDED" not in client.body


async def test_the_path_keeps_its_bytes() -> None:
    client = Client(b"", path="/\ufffd")
    client.scope["raw_path"] = b"/%ff%C3%A9"
    await client.ask(Bridge(echo))
    assert repr(b"/\xff\xc3\xa9".decode("latin-1")).encode() in client.body


@pytest.mark.parametrize("error", [ValueError("x"), SystemExit(3), KeyboardInterrupt()])
async def test_whatever_breaks_is_a_500_and_the_worker_goes_on(
    error: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    def application(environ: Environ, start_response: Any) -> Result:
        if environ["PATH_INFO"] == "/api/x":
            raise error
        return answering(Result())(environ, start_response)

    bridge, broken, fine = Bridge(application), Client(path="/api/x"), Client()
    await broken.ask(bridge)
    await fine.ask(bridge)
    assert (broken.status, fine.status) == (500, 200)
    assert b'"code": "internal"' in broken.body
    assert [record.levelname for record in caplog.records] == ["ERROR"]


async def test_every_answer_is_closed() -> None:
    results: list[Result] = [Result(), Result(), Streaming([b"a", b"", b"b"]), Result()]
    statuses = ["200 OK", "204 No Content", "200 OK", "200 OK"]
    for result, status in zip(results, statuses, strict=True):
        client = Client(method="HEAD" if result is results[3] else "POST")
        await client.ask(Bridge(answering(result, status=status)))
        await until(result.closed.is_set)
        assert client.body == {"204 No Content": b""}.get(status, b"" if result is results[3] else client.body)


class Slow(Streaming):
    """Endless, and counts what was asked of it."""

    made = 0

    def __iter__(self) -> Iterator[bytes]:
        while True:
            self.made += 1
            yield b"x" * PIECE_BYTES


async def test_who_reads_slowly_holds_no_thread_and_no_memory(settings: Any) -> None:
    """As many as there are threads read nothing; the next is served all the same."""
    slow = [Slow() for _ in range(settings.HTTP_THREADS)]
    pending = iter(slow)

    def application(environ: Environ, start_response: Any) -> Any:
        start_response("200 OK", [])
        return next(pending) if environ["PATH_INFO"] == "/slow" else Result()

    bridge, readers = Bridge(application), [Client(path="/slow", method="GET") for _ in slow]
    for reader in readers:
        reader.taking.clear()
    tasks = [reader.ask(bridge) for reader in readers]
    await until(lambda: all(result.made == 1 for result in slow))
    other = Client(method="GET")
    await other.ask(bridge)
    assert other.status == 200
    for reader in readers:
        reader.taking.set()
    await until(lambda: all(len(reader.said) > 3 for reader in readers))
    for reader in readers:
        reader.leave()
    await asyncio.gather(*tasks)
    await until(lambda: all(result.closed.is_set() for result in slow))


async def test_a_file_comes_in_pieces_and_a_small_one_whole() -> None:
    content = bytes(range(256)) * 1024

    def application(environ: Environ, start_response: Any) -> Any:
        start_response("200 OK", [("Content-Length", str(len(content)))])
        return environ["wsgi.file_wrapper"](io.BytesIO(content), 4096)

    client = Client(method="GET")
    await client.ask(Bridge(application))
    assert client.body == content
    assert [len(message["body"]) for message in client.said[1:]] == [PIECE_BYTES] * 4 + [0]


@asynccontextmanager
async def writers(bridge: Bridge, count: int, path: str = WRITING) -> AsyncIterator[list[Client]]:
    clients = [Client(path=path) for _ in range(count)]
    tasks = [client.ask(bridge) for client in clients]
    yield clients
    await asyncio.gather(*tasks)


@pytest.mark.parametrize("path", [WRITING, "/api/things/", "/sign-in/"])
async def test_v3_writers_that_wait_leave_threads_to_readers(path: str) -> None:
    """V3: with eight writers waiting for a slow one, /healthz took as long as the slow one."""
    go_on, begun = threading.Event(), []

    def application(environ: Environ, start_response: Any) -> Result:
        if environ["REQUEST_METHOD"] == "POST":
            begun.append(1)
            go_on.wait(PATIENCE_SECONDS)
        start_response("200 OK", [])
        return Result()

    bridge = Bridge(application)
    async with writers(bridge, 20, path) as clients:
        await until(lambda: len(begun) == (2 if path == WRITING else 6))
        reader = Client(method="GET")
        await reader.ask(bridge)
        assert reader.status == 200
        assert not any(client.said for client in clients)
        assert len(begun) == (2 if path == WRITING else 6)
        go_on.set()
    assert {client.status for client in clients} == {200}


@pytest.mark.parametrize("path", [WRITING, WRITING.removeprefix("/api"), f"{WRITING}changes/"])
async def test_v1_many_that_look_at_one_thing_leave_threads_to_all_others(path: str) -> None:
    """Eight looks at a picture that takes seconds to draw held every thread."""
    go_on, begun = threading.Event(), []

    def application(environ: Environ, start_response: Any) -> Result:
        if environ["PATH_INFO"] == path:
            begun.append(1)
            go_on.wait(PATIENCE_SECONDS)
        start_response("200 OK", [])
        return Result()

    bridge = Bridge(application)
    lookers = [Client(method="GET", path=path) for _ in range(30)]
    tasks = [looker.ask(bridge) for looker in lookers]
    await until(lambda: len(begun) == 2 and bridge.reading.waiting == 28)
    others = [Client(method="GET"), Client(method="GET", path=OTHER), Client(path=OTHER)]
    await asyncio.gather(*(other.ask(bridge) for other in others))
    assert {other.status for other in others} == {200}
    assert len(begun) == 2
    lookers[-1].leave()
    await until(lambda: bridge.reading.waiting == 27)
    go_on.set()
    await asyncio.gather(*tasks)
    assert len(begun) == 29
    assert bridge.reading.waiting == 0


async def test_v1_who_watches_the_process_is_answered_whoever_holds_its_threads(settings: Any) -> None:
    go_on, begun = threading.Event(), []

    def application(environ: Environ, start_response: Any) -> Result:
        if environ["PATH_INFO"] not in WATCHED:
            begun.append(1)
            go_on.wait(PATIENCE_SECONDS)
        start_response("200 OK", [])
        return Result()

    bridge = Bridge(application)
    tasks = [Client(method="GET", path=f"/{number}").ask(bridge) for number in range(20)]
    await until(lambda: len(begun) == settings.HTTP_THREADS)
    for path in WATCHED:
        watcher = Client(method="GET", path=path)
        await watcher.ask(bridge)
        assert watcher.status == 200
    assert len(begun) == settings.HTTP_THREADS
    go_on.set()
    await asyncio.gather(*tasks)


async def test_q5_who_left_while_waiting_writes_nothing() -> None:
    go_on, begun = threading.Event(), []

    def application(environ: Environ, start_response: Any) -> Result:
        begun.append(1)
        go_on.wait(PATIENCE_SECONDS)
        start_response("200 OK", [])
        return Result()

    bridge = Bridge(application)
    async with writers(bridge, 5) as clients:
        await until(lambda: len(begun) == 2)
        for client in clients:
            client.leave()
        await until(lambda: bridge.writing.waiting == 0)
        go_on.set()
    assert len(begun) == 2
    assert bridge.bodies.total_bytes == 0


async def test_a_request_that_was_begun_keeps_its_turn_when_nobody_waits_any_more() -> None:
    go_on, begun = threading.Event(), []

    def application(environ: Environ, start_response: Any) -> Result:
        begun.append(environ["wsgi.input"])
        go_on.wait(PATIENCE_SECONDS)
        environ["wsgi.input"].read()
        start_response("200 OK", [])
        return Result()

    bridge = Bridge(application)
    tasks = [Client(b"abc", path=WRITING).ask(bridge) for _ in range(2)]
    await until(lambda: len(begun) == 2)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    async with writers(bridge, 1) as (third,):
        await until(lambda: bridge.writing.waiting == 1)
        go_on.set()
    assert third.status == 200
    await until(lambda: all(body.closed for body in begun))
