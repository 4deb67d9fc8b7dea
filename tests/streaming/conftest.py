"""A real server, and conversations on real sockets."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect

from tests.servers import Server
from tests.streaming.documented import require_documented

Frame = dict[str, Any]


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

    async def next(self, seconds: float = 5, *, pings: bool = False) -> Frame:
        """The next frame; pings are answered on the way unless asked for."""
        while True:
            if not self._batch:
                async with asyncio.timeout(seconds):
                    received = json.loads(await self.socket.recv())
                self._batch = received if isinstance(received, list) else [received]
                for each in self._batch:
                    require_documented(each)
            frame = self._batch.pop(0)
            if frame["type"] != "ping" or pings:
                return frame
            await self.send({"type": "pong", "n": frame["n"]})

    async def until(self, kind: str, seconds: float = 5) -> Frame:
        while (frame := await self.next(seconds))["type"] != kind:
            pass
        return frame

    async def silence(self, seconds: float = 0.4) -> None:
        with pytest.raises(TimeoutError):
            await self.next(seconds)

    async def hello(self, *subscriptions: Frame, seconds: float = 5, **more: Any) -> Frame:
        await self.send({"type": "hello", "id": 1, "version": 1, "subscriptions": list(subscriptions), **more})
        return await self.next(seconds)

    async def closed(self) -> int:
        await self.socket.wait_closed()
        return self.socket.close_code or 0


class Site:
    """The server with the demo's people: sockets and HTTP."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.http = httpx.Client(base_url=server.url, timeout=5)

    def bearer(self, name: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.server.token(name)}"}

    def cookie(self, name: str) -> str:
        """A signed-in session."""
        with httpx.Client(base_url=self.server.url, follow_redirects=False) as browser:
            browser.get("/sign-in/")
            form = {
                "username": f"{name}@harbourpool.example",
                "password": "draw together",
                "csrfmiddlewaretoken": browser.cookies["csrftoken"],
            }
            assert browser.post("/sign-in/", data=form).status_code == 302
            return f"sessionid={browser.cookies['sessionid']}"

    def sign_out(self, cookie: str) -> None:
        with httpx.Client(base_url=self.server.url, headers={"Cookie": cookie}) as browser:
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
        async with connect(url, additional_headers=given, origin=origin, compression=None) as socket:
            yield Talk(socket)


@pytest.fixture
def site(server: Server) -> Iterator[Site]:
    site = Site(server)
    yield site
    site.http.close()
