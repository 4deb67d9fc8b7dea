"""Rights and credentials that end, each in its own way, while events flow (A4)."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import httpx

from tests.elsewhere import Elsewhere
from tests.streaming.conftest import Site
from tests.streaming.viewers import SERVICES, Person, Trial, Viewer
from tests.waiting import PATIENCE_SECONDS, until

EVENTS_PER_SECOND, AFTERWARDS_SECONDS = 20, 0.5


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


async def play(site: Site, elsewhere: Elsewhere) -> list[Trial]:
    async with httpx.AsyncClient(base_url=site.server.url, timeout=PATIENCE_SECONDS) as http:
        turn = Round(site, elsewhere, http)
        trials = turn.trials()
        for trial in trials:
            await trial.viewer.start(site.server.url)
        async with flowing(turn):
            await until(lambda: all(trial.viewer.frames for trial in trials), "everybody sees something")
            random.shuffle(trials)
            for trial in trials:
                await trial.run()
            with suppress(AssertionError):  # who did not end is said by name
                await until(lambda: all(trial.viewer.ended for trial in trials))
            await asyncio.sleep(AFTERWARDS_SECONDS)  # in which nothing may come
        for trial in trials:
            trial.viewer.wire.cut()
        return trials
