"""A4 in trials: while events flow, rights and credentials end, each in its own way, and nothing private comes later.

Two workers, so that about half of the viewers hang on the one that knows nothing of the request. With Redis, and with
Redis gone, where the sweep has to find it. The long form: `TRIAL_ROUNDS=9 .venv/bin/python -m pytest -s
tests/streaming/test_trials.py`, twelve trials a round.
"""

import asyncio
import contextlib
import json
import os
import random
import statistics
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from tests.elsewhere import Elsewhere
from tests.servers import Redis, Server
from tests.streaming.conftest import Site
from tests.streaming.viewers import SERVICES, Person, Trial, Viewer

ROUNDS = int(os.environ.get("TRIAL_ROUNDS", 1))
LIMIT_SECONDS = {"redis": 1.0, "sweep": 3.0}
EVENTS_PER_SECOND, AFTERWARDS_SECONDS = 20, 0.5


@pytest.fixture(scope="module", params=["redis", "sweep"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    many, redis = {"STREAM_CONNECTIONS_PER_ADDRESS": "1000"}, Redis()
    running = Server(tmp_path_factory.mktemp("trials"), workers=2, redis=redis, **many)
    if request.param == "sweep":
        redis.kill()
    yield running
    running.stop()
    redis.kill()
    assert "Traceback" not in running.log.read_text()


class Round:
    """One private and one public Thing of Ana's that change all the time, and a viewer for each way out."""

    def __init__(self, site: Site, elsewhere: Elsewhere, http: httpx.AsyncClient) -> None:
        self.site, self.elsewhere, self.http = site, elsewhere, http
        self.owner = dict(site.bearer("ana"))
        self.private, self.public = site.new_thing(), site.new_thing(visibility="public")

    def person(self, *, member: bool = True) -> Person:
        share = f"sharing.share(Thing.objects.get(pk='{self.private}'), user, 'editor', by=None)" if member else ""
        made = self.elsewhere.run(
            "from django.test import Client; import secrets\n"
            "user = User.objects.create_user(secrets.token_hex(8) + '@v.example', None, name='V'); client = Client()\n"
            "row, token = Token.objects.create(user=user, name='T', scopes=['read', 'write'])\n"
            f"client.force_login(user); {share}\n"
            "result = [str(user.pk), token, str(row.id), client.cookies['sessionid'].value]"
        )
        return Person(*made)

    async def ask(self, method: str, path: str, headers: Any = None, **more: Any) -> httpx.Response:
        answer = await self.http.request(method, path, headers=headers or self.owner, **more)
        assert answer.status_code < 400, answer.text
        return answer

    def trials(self) -> list[Trial]:
        made = [self.removed(SERVICES), self.removed(("presence",)), self.removed(("gallery",)), self.left()]
        made += [self.revoked(), self.revoked_ticket(), self.signed_out(), self.session_deleted()]
        made += [self.changed("set_unusable_password()", "4102"), self.changed("is_active = False", "4101")]
        return [*made, *self.made_private()]

    def removed(self, services: tuple[str, ...]) -> Trial:
        who = self.person()
        viewer = Viewer(f"removed, {'+'.join(services)}", self.private, services, [who.bearer])
        return Trial(viewer, self._ends("DELETE", f"/api/things/{self.private}/members/{who.id}/"), "purge")

    def left(self) -> Trial:
        who = self.person()
        url = f"/api/things/{self.private}/members/{who.id}/"
        return Trial(Viewer("left", self.private, headers=[who.bearer]), self._ends("DELETE", url, who), "purge")

    def revoked(self) -> Trial:
        who = self.person()
        viewer = Viewer("token revoked", self.private, headers=[who.bearer])
        return Trial(viewer, self._ends("DELETE", f"/api/tokens/{who.token_id}/", who), "4101")

    def revoked_ticket(self) -> Trial:
        who = self.person()
        ticket = self.site.http.post("/api/stream/tickets/", headers=dict([who.bearer])).json()["ticket"]
        viewer = Viewer("token of a ticket revoked", self.private, ticket=ticket)
        return Trial(viewer, self._ends("DELETE", f"/api/tokens/{who.token_id}/", who), "4101")

    def _ends(self, method: str, url: str, who: Person | None = None) -> Callable[[], Awaitable[None]]:
        async def end() -> None:
            await self.ask(method, url, dict([who.bearer]) if who else None)

        return end

    def in_session(self, name: str) -> tuple[Viewer, Person]:
        who = self.person()
        headers = [("Cookie", f"sessionid={who.session}"), ("Origin", self.site.server.url)]
        return Viewer(name, self.private, headers=headers), who

    def signed_out(self) -> Trial:
        viewer, who = self.in_session("signed out")

        async def end() -> None:
            await asyncio.to_thread(self.site.sign_out, f"sessionid={who.session}")

        return Trial(viewer, end, "4101")

    def changed(self, what: str, expected: str) -> Trial:
        """As an admin page does it."""
        viewer, who = self.in_session(what)

        async def end() -> None:
            code = f"user = User.objects.get(pk='{who.id}'); user.{what}; user.save()"
            await asyncio.to_thread(self.elsewhere.run, code)

        return Trial(viewer, end, expected)

    def session_deleted(self) -> Trial:
        """A session that ends as such, as `clearsessions` or an operator ends it, with the person's epoch raised."""
        viewer, who = self.in_session("session deleted")

        async def end() -> None:
            code = (
                "from django.contrib.sessions.models import Session; from accounts.credentials import access_changed\n"
                f"Session.objects.filter(pk='{who.session}').delete(); access_changed('{who.id}')"
            )
            await asyncio.to_thread(self.elsewhere.run, code)

        return Trial(viewer, end, "4101")

    def made_private(self) -> list[Trial]:
        """Two viewers of one request."""
        done: asyncio.Future[None] | None = None

        async def patch() -> None:
            await self.ask("PATCH", f"/api/things/{self.public}/", json={"visibility": "private"})

        async def end() -> None:
            nonlocal done
            done = done or asyncio.ensure_future(patch())
            await done

        stranger = Viewer("made private, stranger", self.public, headers=[self.person(member=False).bearer])
        return [Trial(stranger, end, "purge"), Trial(Viewer("made private, anonymous", self.public), end, "purge")]


@asynccontextmanager
async def flowing(turn: Round) -> AsyncIterator[None]:
    """Both Things change, together twenty times a second each, until the end."""

    async def edit(thing: str) -> None:
        while True:
            began = time.monotonic()
            await turn.ask("POST", f"/api/things/{thing}/actions/rename/", json={"title": f"now {began}"})
            await asyncio.sleep(max(0.0, 1 / EVENTS_PER_SECOND - (time.monotonic() - began)))

    editing = [asyncio.ensure_future(edit(thing)) for thing in (turn.private, turn.public)]
    yield
    for one in editing:
        assert not one.done() or one.result()
        one.cancel()
    await asyncio.gather(*editing, return_exceptions=True)


async def play(site: Site, elsewhere: Elsewhere, limit: float) -> list[Trial]:
    async with httpx.AsyncClient(base_url=site.server.url, timeout=20) as http:
        turn = Round(site, elsewhere, http)
        trials = turn.trials()
        for trial in trials:
            await trial.viewer.start(site.server.url)
        async with flowing(turn):
            await asyncio.sleep(0.5)
            random.shuffle(trials)
            for trial in trials:
                await trial.run()
            deadline = time.monotonic() + 2 * limit
            while not all(trial.viewer.ended for trial in trials) and time.monotonic() < deadline:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
            await asyncio.sleep(AFTERWARDS_SECONDS)  # in which nothing may come
        for trial in trials:
            trial.viewer.wire.cut()
        return trials


async def test_a4_trials(site: Site, request: pytest.FixtureRequest) -> None:
    mode = request.node.callspec.id
    limit = LIMIT_SECONDS[mode]
    with contextlib.closing(Elsewhere(site.server)) as elsewhere:
        trials = [trial for _ in range(ROUNDS) for trial in await play(site, elsewhere, limit)]
    late, took = [trial.late for trial in trials], [trial.took for trial in trials]
    worst = max(trials, key=lambda trial: trial.took)
    report = {
        "mode": mode, "trials": len(trials), "frames": sum(trial.viewer.frames for trial in trials),
        "last_frame_p50_ms": round(statistics.median(late) * 1000), "last_frame_p100_ms": round(max(late) * 1000),
        "ended_p50_ms": round(statistics.median(took) * 1000), "ended_p100_ms": round(max(took), 3) * 1000,
        "slowest": worst.viewer.name,
    }  # fmt: skip
    print(json.dumps(report), file=sys.stderr)
    assert [(t.viewer.name, t.viewer.how) for t in trials if t.viewer.how != t.expected] == []
    assert [(t.viewer.name, t.took) for t in trials if t.took > limit or t.late > limit] == []
    assert all(trial.viewer.frames for trial in trials)
    # Nothing private after the word that ended it.
    assert [trial.viewer.name for trial in trials if trial.viewer.last > trial.viewer.ended] == []
