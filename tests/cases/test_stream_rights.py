# ruff: noqa: F811 — the fixtures are asked for by their names
"""Rights that end, and streams that are open: what is committed after the answer goes to nobody who lost them (V6, A4).

The sweep is off: what ends a subscription here is the word alone, and the access epoch that events carry.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from tests.elsewhere import Elsewhere
from tests.servers import PATIENT, Redis, Server
from tests.streaming.conftest import Site, site  # noqa: F401
from tests.streaming.event_source import EventSource

SECONDS = 60.0
SERVICES = ("things", "presence", "gallery")
HOUR = 3600.0
PRIVATE = {"visibility": "private"}


@pytest.fixture(scope="module")
def server(redis: Redis, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    many = {"STREAM_CONNECTIONS_PER_ADDRESS": "1000", "STREAM_CONNECTIONS_PER_USER": "1000"}
    altered = {**PATIENT, "streaming.fanout.hub.SWEEP_SECONDS": HOUR}
    running = Server(tmp_path_factory.mktemp("rights"), workers=2, redis=redis, altered=altered, **many)
    yield running
    running.stop()
    assert "Traceback" not in running.log.read_text()


@pytest.fixture(scope="module")
def elsewhere(server: Server) -> Iterator[Elsewhere]:
    with contextlib.closing(Elsewhere(server)) as process:
        yield process


@dataclass
class Watcher:
    """Somebody who has a Thing open, on whatever way, and all that they were told."""

    headers: dict[str, str]
    thing: str
    frames: list[dict[str, Any]] = field(default_factory=list)
    worker: str = ""
    over: bool = False

    def take(self, frame: dict[str, Any]) -> None:
        self.frames.append(frame)
        if frame["type"] == "welcome":
            assert {one["status"] for one in frame["subscriptions"]} == {"subscribed"}, frame
            self.worker = frame["connection"][1]

    @property
    def offsets(self) -> list[int]:
        return [frame["offset"] for frame in self.frames if frame["type"] == "event"]

    @property
    def ended(self) -> bool:
        gone = {frame["service"] for frame in self.frames if frame["type"] == "unsubscribed"}
        return self.over or gone == set(SERVICES) or any(frame["type"] == "bye" for frame in self.frames)


Way = Callable[[Site, Watcher], Coroutine[Any, Any, None]]


async def by_socket(site: Site, watcher: Watcher) -> None:
    async with site.talk(**{name.replace("-", "_"): value for name, value in watcher.headers.items()}) as talk:
        topics = [{"service": service, "topic": watcher.thing} for service in SERVICES]
        watcher.take(await talk.hello(*topics))
        while not watcher.ended:
            watcher.take(await talk.next())


async def by_push(site: Site, watcher: Watcher) -> None:
    query = "&".join(f"subscribe={service}/{watcher.thing}" for service in SERVICES)
    headers = {"Accept": "text/event-stream", "Sec-Fetch-Site": "same-origin", **watcher.headers}
    source = EventSource()
    async with (
        httpx.AsyncClient(base_url=site.server.url, timeout=SECONDS) as client,
        client.stream("GET", f"/_stream?{query}", headers=headers) as answer,
    ):
        async for received in answer.aiter_raw():
            source.feed(received)
            while source.frames:
                watcher.take(source.frames.pop(0))
    watcher.over = True


WAYS = (by_socket, by_push)


@asynccontextmanager
async def watching(
    site: Site, headers: dict[str, str], thing: str, ways: Sequence[Way] = WAYS
) -> AsyncIterator[list[Watcher]]:
    """On each way one on each worker. The kernel decides who takes a connection."""
    tasks: list[asyncio.Task[None]] = []
    found: dict[tuple[Way, str], Watcher] = {}
    for way in ways:
        while sum(known is way for known, _ in found) < 2:
            watcher = Watcher(headers, thing)
            tasks.append(asyncio.ensure_future(way(site, watcher)))
            await until(lambda watcher=watcher: watcher.worker, "welcome")  # type: ignore[misc]
            found.setdefault((way, watcher.worker), watcher)
    try:
        yield list(found.values())
        assert [task.exception() for task in tasks if task.done()] == [None for task in tasks if task.done()]
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def until(check: Callable[[], object], what: str) -> None:
    try:
        async with asyncio.timeout(SECONDS):
            while not check():  # noqa: ASYNC110 — of many watchers, in whatever order
                await asyncio.sleep(0.01)
    except TimeoutError:
        pytest.fail(f"never: {what}")


class Case:
    """A Thing of Ana's, and somebody who may read it until `end`."""

    def __init__(self, site: Site, elsewhere: Elsewhere, *, public: bool, member: bool) -> None:
        self.site, self.elsewhere = site, elsewhere
        self.owner = site.bearer("ana")
        self.thing = site.new_thing(visibility="public" if public else "private")
        share = f"sharing.share(Thing.objects.get(pk='{self.thing}'), user, 'editor', by=None)" if member else ""
        self.user, self.token, self.token_id, self.child, self.session = elsewhere.run(
            "from django.test import Client; import secrets\n"
            "user = User.objects.create_user(secrets.token_hex(8) + '@v.example', None, name='V'); client = Client()\n"
            "row, token = Token.objects.create(user=user, name='T', scopes=['read', 'write'])\n"
            "_, child = Token.objects.create(user=user, name='C', scopes=['read'], parent=row)\n"
            f"client.force_login(user); {share}\n"
            "result = [str(user.pk), token, str(row.id), child, client.cookies['sessionid'].value]"
        )

    @property
    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    @property
    def cookie(self) -> dict[str, str]:
        return {"Cookie": f"sessionid={self.session}", "Origin": self.site.server.url}

    def ask(self, method: str, path: str, headers: dict[str, str] | None = None, **more: Any) -> None:
        answer = self.site.http.request(method, path, headers=headers or self.owner, timeout=SECONDS, **more)
        assert answer.status_code < 400, answer.text

    def person(self, code: str) -> None:
        """As an admin page or a command in another process does it."""
        self.elsewhere.run(f"user = User.objects.get(pk='{self.user}'); {code}")

    def head(self) -> int:
        url = f"/api/things/{self.thing}/"
        return int(self.site.http.get(url, headers=self.owner, timeout=SECONDS).json()["revision"])

    async def edits(self) -> int:
        """Many at once, from many sides; the last revision."""
        url = f"/api/things/{self.thing}/actions/rename/"
        async with httpx.AsyncClient(base_url=self.site.server.url, timeout=SECONDS) as client:
            asked = [client.post(url, json={"title": f"Secret {n}"}, headers=self.owner) for n in range(12)]
            return max(answer.json()["revision"] for answer in await asyncio.gather(*asked))


def anonymous(case: Case) -> dict[str, str]:
    return {}


Move = tuple[str, bool, bool, Callable[[Case], dict[str, str]], Callable[[Case], None]]
OF_THE_THING: list[Move] = [
    ("made private, anonymous", True, False, anonymous,
     lambda case: case.ask("PATCH", f"/api/things/{case.thing}/", json=PRIVATE)),
    ("made private, a stranger", True, False, lambda case: case.bearer,
     lambda case: case.ask("POST", f"/api/things/{case.thing}/actions/set_thing/", json={"set": PRIVATE})),
    ("made private, by session", True, False, lambda case: case.cookie,
     lambda case: case.ask("PATCH", f"/api/things/{case.thing}/", json=PRIVATE)),
    ("removed", False, True, lambda case: case.bearer,
     lambda case: case.ask("DELETE", f"/api/things/{case.thing}/members/{case.user}/")),
    ("left", False, True, lambda case: case.bearer,
     lambda case: case.ask("DELETE", f"/api/things/{case.thing}/members/{case.user}/", case.bearer)),
    ("unshared elsewhere", False, True, lambda case: case.bearer,
     lambda case: case.elsewhere.run(f"sharing.unshare(list(Membership.objects.filter(user='{case.user}')))")),
]  # fmt: skip
OF_THE_PERSON: list[Move] = [
    ("token revoked", False, True, lambda case: case.bearer,
     lambda case: case.ask("DELETE", f"/api/tokens/{case.token_id}/", case.bearer)),
    ("token of the token revoked", False, True, lambda case: {"Authorization": f"Bearer {case.child}"},
     lambda case: case.ask("DELETE", f"/api/tokens/{case.token_id}/", case.bearer)),
    ("signed out", False, True, lambda case: case.cookie,
     lambda case: case.site.sign_out(case.cookie["Cookie"])),
    ("password changed", False, True, lambda case: case.cookie,
     lambda case: case.person("user.set_password('a new one, and long'); user.save()")),
    ("deactivated", True, False, lambda case: case.bearer,
     lambda case: case.person("user.is_active = False; user.save(update_fields=['is_active'])")),
    ("deleted", True, False, lambda case: case.bearer, lambda case: case.person("user.delete()")),
    ("deleted with others", True, False, lambda case: case.bearer,
     lambda case: case.person("User.objects.filter(pk=user.pk).delete()")),
    ("signed out everywhere", False, True, lambda case: case.cookie,
     lambda case: case.person("from accounts.credentials import *; sign_out_everywhere(user, programs=False)")),
]  # fmt: skip


@pytest.mark.parametrize("move", OF_THE_THING, ids=[move[0] for move in OF_THE_THING])
async def test_v6_nothing_after_the_answer_is_told_to_who_lost_the_thing(
    site: Site, elsewhere: Elsewhere, move: Move
) -> None:
    """Up to six changes and as many cursors went to strangers after the 200 that made a Thing private."""
    _, public, member, credential, end = move
    case = Case(site, elsewhere, public=public, member=member)
    async with (
        watching(site, credential(case), case.thing) as lost,
        watching(site, case.owner, case.thing, [by_socket]) as stay,
    ):
        await asyncio.to_thread(end, case)
        answered = await asyncio.to_thread(case.head)
        last = await case.edits()
        await until(lambda: all(one.ended for one in lost), f"{move[0]}: the subscriptions end")
        # Who may still read has heard it all by now, on the same workers.
        await until(lambda: all(one.offsets[-1:] == [last] for one in stay), "the others go on")
        assert [one.frames for one in lost if any(offset > answered for offset in one.offsets)] == []
        assert "Secret" not in json.dumps([one.frames for one in lost])


@pytest.mark.parametrize("move", OF_THE_PERSON, ids=[move[0] for move in OF_THE_PERSON])
async def test_v6_a_stream_ends_with_what_its_person_lived_by(site: Site, elsewhere: Elsewhere, move: Move) -> None:
    _, public, member, credential, end = move
    case = Case(site, elsewhere, public=public, member=member)
    async with watching(site, credential(case), case.thing) as lost:
        await asyncio.to_thread(end, case)
        await until(lambda: all(one.ended for one in lost), f"{move[0]}: the streams end")
        await case.edits()
        assert "Secret" not in json.dumps([one.frames for one in lost])


async def test_v6_a_thing_that_is_deleted_ends_its_topics(site: Site, elsewhere: Elsewhere) -> None:
    for code in ("Thing.objects.get(pk='{}').delete()", "Thing.objects.filter(pk='{}').delete()"):
        case = Case(site, elsewhere, public=True, member=False)
        async with watching(site, {}, case.thing) as lost:
            await asyncio.to_thread(elsewhere.run, code.format(case.thing))
            await until(lambda: all(one.ended for one in lost), "the topics end")
