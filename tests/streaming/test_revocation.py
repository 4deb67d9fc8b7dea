"""A4: what ends a credential ends the streams that live by it, within 1 s on the same process, 3 s by the sweep."""

import time
from typing import Any

from tests.streaming.conftest import Site, Talk

AT_ONCE, SWEPT = 1.0, 3.5


async def ends(talk: Talk, code: int, seconds: float) -> None:
    began = time.monotonic()
    assert (await talk.until("bye", seconds + 1))["code"] == code
    assert time.monotonic() - began < seconds


def in_another_process(site: Site, code: str) -> None:
    """As a command or another worker does it, unheard by the server: the sweep has to find it."""
    site.server.manage("shell", "-v0", "-c", f"from accounts.models import *; {code}")


def session_of(site: Site, name: str) -> dict[str, Any]:
    return {"Cookie": site.cookie(name), "Origin": site.server.url}


async def test_signing_out(site: Site) -> None:
    signed_in, other = session_of(site, "mina"), session_of(site, "mina")
    async with site.talk(**signed_in) as talk, site.talk(**other) as stays:
        await talk.hello()
        await stays.hello()
        site.sign_out(signed_in["Cookie"])
        await ends(talk, 4101, AT_ONCE)
        await stays.silence(SWEPT)


async def test_a_revoked_token(site: Site) -> None:
    made = site.http.post("/api/tokens/", json={"name": "T", "scopes": ["read"]}, headers=site.bearer("ana")).json()
    ticket = site.http.post("/api/stream/tickets/", headers={"Authorization": f"Bearer {made['token']}"}).json()
    async with site.talk(Authorization=f"Bearer {made['token']}") as talk, site.talk() as by_ticket:
        await talk.hello()
        assert (await by_ticket.hello(ticket=ticket["ticket"]))["user"]["name"] == "Ana Ruiz"
        assert site.http.delete(f"/api/tokens/{made['id']}/", headers=site.bearer("ana")).status_code == 204
        await ends(talk, 4101, AT_ONCE)
        await ends(by_ticket, 4101, AT_ONCE)


async def test_a_changed_password_ends_sessions_and_no_token(site: Site) -> None:
    change = "u = User.objects.get(email__startswith='tomas@'); u.set_password('draw together'); u.save()"
    async with site.talk(**session_of(site, "tomas")) as talk, site.talk("tomas") as program:
        await talk.hello()
        await program.hello()
        in_another_process(site, change)
        await ends(talk, 4102, SWEPT)
        await program.silence(SWEPT)


async def test_a_deactivated_person(site: Site) -> None:
    person = "u = User.objects.get(email__startswith='elif@')"
    try:
        async with site.talk("elif") as talk:
            await talk.hello()
            in_another_process(site, f"{person}; u.is_active = False; u.save(update_fields=['is_active'])")
            await ends(talk, 4101, SWEPT)
        async with site.talk("elif") as talk:
            assert (await talk.hello())["code"] == 4101
    finally:
        in_another_process(site, f"{person}; u.is_active = True; u.save()")
