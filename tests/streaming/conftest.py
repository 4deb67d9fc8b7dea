"""A real server, and conversations on real sockets."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.servers import Server
from tests.streaming.documented import require_documented
from tests.waiting import PATIENCE_SECONDS, patience

Frame = dict[str, Any]
BARRIER = 4_000_000_000
QUIET_SECONDS = 0.3


@pytest.fixture(scope="module", params=[1, 0], ids=["uvicorn", "daphne"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The contract holds on both."""
    running = Server(tmp_path_factory.mktemp("server"), workers=request.param, redis=None)
    yield running
    running.stop()
    assert "Traceback" not in running.log.read_text()


class Talk:
    """One conversation, frame by frame."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self._batch: list[Frame] = []

    async def send(self, frame: Any) -> None:
        await self.socket.send(frame if isinstance(frame, str | bytes) else json.dumps(frame))

    async def next(self, *, pings: bool = False) -> Frame:
        """The next frame; pings are answered on the way unless asked for."""
        async with patience():
            while (frame := await self._take())["type"] == "ping" and not pings:
                with suppress(ConnectionClosed):  # meanwhile; what came before that is still to be read
                    await self.send({"type": "pong", "n": frame["n"]})
        return frame

    async def _take(self) -> Frame:
        if not self._batch:
            received = json.loads(await self.socket.recv())
            self._batch = received if isinstance(received, list) else [received]
            for each in self._batch:
                require_documented(each)
        return self._batch.pop(0)

    async def until(self, kind: str) -> Frame:
        while (frame := await self.next())["type"] != kind:
            pass
        return frame

    async def silence(self) -> None:
        """Nothing came before the answer to a question that is asked now, and for a moment nothing comes after it."""
        assert await self.until_answered() == []
        assert await self.moment() == []

    async def until_answered(self, *, pings: bool = False) -> list[Frame]:
        """All frames before the answer to a question that is asked now."""
        await self.send({"type": "subscribe", "id": BARRIER, "subscriptions": []})
        frames = []
        while (frame := await self.next(pings=pings)).get("id") != BARRIER:
            frames.append(frame)
        return frames

    async def moment(self, *, pings: bool = False) -> list[Frame]:
        """What comes within a moment. Nothing may depend on its being long enough: it only shows what should not come
        more often than never.
        """
        frames = []
        with suppress(TimeoutError):
            async with asyncio.timeout(QUIET_SECONDS):
                while True:
                    frames.append(await self.next(pings=pings))
        return frames

    async def hello(self, *subscriptions: Frame, **more: Any) -> Frame:
        await self.send({"type": "hello", "id": 1, "version": 1, "subscriptions": list(subscriptions), **more})
        return await self.next()

    async def closed(self) -> int:
        async with patience():
            await self.socket.wait_closed()
        return self.socket.close_code or 0


class Site:
    """The server with the demo's people: sockets and HTTP."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.http = self.browser()

    def browser(self, **headers: str) -> httpx.Client:
        return httpx.Client(base_url=self.server.url, headers=headers, timeout=PATIENCE_SECONDS)

    def bearer(self, name: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.server.token(name)}"}

    def cookie(self, name: str) -> str:
        """A signed-in session."""
        with self.browser() as browser:
            browser.get("/sign-in/")
            form = {
                "username": f"{name}@harbourpool.example",
                "password": "draw together",
                "csrfmiddlewaretoken": browser.cookies["csrftoken"],
            }
            assert browser.post("/sign-in/", data=form).status_code == 302
            return f"sessionid={browser.cookies['sessionid']}"

    def sign_out(self, cookie: str) -> None:
        with self.browser(Cookie=cookie) as browser:
            csrf = browser.get("/").cookies["csrftoken"]
            headers = {"X-CSRFToken": csrf, "Cookie": f"{cookie}; csrftoken={csrf}"}
            assert browser.post("/sign-out/", headers=headers).status_code == 302

    def new_thing(self, name: str = "ana", **fields: Any) -> str:
        answer = self.http.post("/api/things/", json={"title": "T", **fields}, headers=self.bearer(name))
        return str(answer.json()["id"])

    def rename(self, thing: str, title: str, name: str = "ana") -> int:
        """One change; its revision."""
        url = f"/api/things/{thing}/actions/rename/"
        return int(self.http.post(url, json={"title": title}, headers=self.bearer(name)).json()["revision"])

    @asynccontextmanager
    async def talk(self, name: str | None = None, **headers: str) -> AsyncIterator[Talk]:
        """A socket; `name` sends that person's token."""
        url = self.server.url.replace("http", "ws") + "/_stream"
        given = {
            **(self.bearer(name) if name else {}),
            **{key.replace("_", "-"): value for key, value in headers.items()},
        }
        origin = given.pop("Origin", None)
        asked: dict[str, Any] = {"additional_headers": given, "origin": origin, "compression": None}
        # What nobody reads is kept, so that a close waits for nothing.
        patient: dict[str, Any] = {"open_timeout": PATIENCE_SECONDS, "ping_interval": None, "max_queue": None}
        async with connect(url, **asked, **patient) as socket:
            yield Talk(socket)


@pytest.fixture
def site(server: Server) -> Iterator[Site]:
    site = Site(server)
    yield site
    site.http.close()
