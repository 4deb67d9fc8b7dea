"""A3: a ticket works once, whoever is first on whichever worker and database; and it ends with what made it."""

import asyncio
import json
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.servers import Postgres, Redis, Server
from tests.sockets import TEXT, Wire, connected, parts_of
from tests.streaming.conftest import Site
from tests.waiting import PATIENCE_SECONDS

RUNNERS, RACES = 50, 4


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def server(request: pytest.FixtureRequest, redis: Redis, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    postgres = Postgres() if request.param == "postgres" else None
    running = Server(tmp_path_factory.mktemp("tickets"), workers=2, redis=redis, postgres=postgres)
    yield running
    running.stop()
    if postgres is not None:
        postgres.remove()
    assert "Traceback" not in running.log.read_text()


class Runner:
    """Is upgraded, then says hello with the ticket when told to."""

    async def ready(self, url: str) -> None:
        self.answer: asyncio.Future[dict[str, object]] = asyncio.get_running_loop().create_future()
        self.wire: Wire = await connected(url, on_frame=self._read)

    def run(self, ticket: str) -> None:
        self.wire.send({"type": "hello", "id": 1, "version": 1, "ticket": ticket})

    def _read(self, opcode: int, payload: bytes) -> None:
        if opcode == TEXT and not self.answer.done():
            self.answer.set_result(json.loads(parts_of(payload)[0]))


async def test_a3_fifty_at_once_with_one_ticket(site: Site) -> None:
    workers: Counter[str] = Counter()
    for _ in range(RACES):
        runners = [Runner() for _ in range(RUNNERS)]
        await asyncio.gather(*(runner.ready(site.server.url) for runner in runners))
        ticket = site.http.post("/api/stream/tickets/", headers=site.bearer("ana")).json()["ticket"]
        for runner in runners:
            runner.run(ticket)
        answers = await asyncio.wait_for(asyncio.gather(*(runner.answer for runner in runners)), PATIENCE_SECONDS)
        welcomes = [answer for answer in answers if answer["type"] == "welcome"]
        assert [welcome["user"]["name"] for welcome in welcomes] == ["Ana Ruiz"]  # type: ignore[index]
        workers[str(welcomes[0]["connection"])[:2]] += 1
        assert Counter(answer.get("code") for answer in answers) == {None: 1, 4101: RUNNERS - 1}
        for runner in runners:
            runner.wire.cut()
    print({"hellos": RUNNERS * RACES, "welcomed": RACES, "by worker": dict(workers)})


def ticket_of_session(site: Site, cookie: str) -> str:
    with site.browser(Cookie=cookie) as browser:
        csrf = browser.get("/").cookies["csrftoken"]
        headers = {"X-CSRFToken": csrf, "Cookie": f"{cookie}; csrftoken={csrf}"}
        answer = browser.post("/api/stream/tickets/", headers=headers)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["ticket"])


async def test_a3_a_ticket_ends_with_its_session(site: Site) -> None:
    cookie = site.cookie("mina")
    unused, used = ticket_of_session(site, cookie), ticket_of_session(site, cookie)
    async with site.talk() as talk:
        assert (await talk.hello(ticket=used))["user"]["name"].startswith("Mina")
        site.sign_out(cookie)
        assert (await talk.until("bye"))["code"] == 4101
    async with site.talk() as talk:
        assert (await talk.hello(ticket=unused)).get("code") == 4101


async def test_a3_a_ticket_ends_with_its_token(site: Site) -> None:
    made = site.http.post("/api/tokens/", json={"name": "T", "scopes": ["read"]}, headers=site.bearer("ana")).json()
    bearer = {"Authorization": f"Bearer {made['token']}"}
    ticket = site.http.post("/api/stream/tickets/", headers=bearer).json()["ticket"]
    assert site.http.delete(f"/api/tokens/{made['id']}/", headers=site.bearer("ana")).status_code == 204
    async with site.talk() as talk:
        assert (await talk.hello(ticket=ticket)).get("code") == 4101
