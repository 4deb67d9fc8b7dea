"""A4: what ends a credential ends the streams that live by it. What this process hears of needs no sweep."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.servers import PATIENT, Server
from tests.streaming.conftest import Site, Talk

HOUR = 3600.0


@pytest.fixture(scope="module", params=[1, 0], ids=["uvicorn", "daphne"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    directory, altered = tmp_path_factory.mktemp("revocation"), {**PATIENT, "streaming.fanout.hub.SWEEP_SECONDS": HOUR}
    running = Server(directory, workers=request.param, redis=None, altered=altered)
    yield running
    running.stop()
    assert "Traceback" not in running.log.read_text()


async def ends(talk: Talk, code: int) -> None:
    assert (await talk.until("bye"))["code"] == code


def session_of(site: Site, name: str) -> dict[str, Any]:
    return {"Cookie": site.cookie(name), "Origin": site.server.url}


async def test_signing_out(site: Site) -> None:
    signed_in, other = session_of(site, "mina"), session_of(site, "mina")
    async with site.talk(**signed_in) as talk, site.talk(**other) as stays:
        await talk.hello()
        await stays.hello()
        site.sign_out(signed_in["Cookie"])
        await ends(talk, 4101)
        await stays.silence()


async def test_a_revoked_token(site: Site) -> None:
    made = site.http.post("/api/tokens/", json={"name": "T", "scopes": ["read"]}, headers=site.bearer("ana")).json()
    ticket = site.http.post("/api/stream/tickets/", headers={"Authorization": f"Bearer {made['token']}"}).json()
    async with site.talk(Authorization=f"Bearer {made['token']}") as talk, site.talk() as by_ticket:
        await talk.hello()
        assert (await by_ticket.hello(ticket=ticket["ticket"]))["user"]["name"] == "Ana Ruiz"
        assert site.http.delete(f"/api/tokens/{made['id']}/", headers=site.bearer("ana")).status_code == 204
        await ends(talk, 4101)
        await ends(by_ticket, 4101)
