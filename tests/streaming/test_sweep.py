"""A4, R6: what another process does unheard, the sweep finds."""

import asyncio

from tests.streaming.conftest import Site
from tests.streaming.test_revocation import ends, session_of


async def in_another_process(site: Site, code: str) -> None:
    """As a command or another worker does it, unheard by the server: the sweep has to find it."""
    code = f"from accounts.models import *; {code}"
    await asyncio.to_thread(site.server.manage, "shell", "-v0", "-c", code)


async def test_a_changed_password_ends_sessions_and_no_token(site: Site) -> None:
    change = "u = User.objects.get(email__startswith='tomas@'); u.set_password('draw together'); u.save()"
    async with site.talk(**session_of(site, "tomas")) as talk, site.talk("tomas") as program:
        await talk.hello()
        await program.hello()
        await in_another_process(site, change)
        await ends(talk, 4102)
        await program.silence()


async def test_a_deactivated_person(site: Site) -> None:
    person = "u = User.objects.get(email__startswith='elif@')"
    try:
        async with site.talk("elif") as talk:
            await talk.hello()
            await in_another_process(site, f"{person}; u.is_active = False; u.save(update_fields=['is_active'])")
            await ends(talk, 4101)
        async with site.talk("elif") as talk:
            assert (await talk.hello())["code"] == 4101
    finally:
        await in_another_process(site, f"{person}; u.is_active = True; u.save()")
