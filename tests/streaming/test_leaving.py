"""Clients that go without a word, while something is being sent to them: that is no fault of theirs or ours (O, C)."""

import asyncio
import re

from tests.sockets import TEXT, connected
from tests.streaming.conftest import Site
from tests.waiting import PATIENCE_SECONDS

LEAVERS = 10
CLOSES = re.compile(r'stream_closes_total\{code="(\d+)"\} (\S+)')


def closes(site: Site) -> dict[str, float]:
    """What operators read of the closes by the server."""
    return {code: float(count) for code, count in CLOSES.findall(site.http.get("/metrics").text)}


async def test_o_a_client_that_vanishes_is_not_counted_as_too_slow(site: Site) -> None:
    thing, before = site.new_thing(), closes(site)
    for number in range(LEAVERS):
        welcomed = asyncio.Event()

        def read(opcode: int, payload: bytes, welcomed: asyncio.Event = welcomed) -> None:
            if opcode == TEXT and b'"welcome"' in payload:
                welcomed.set()

        wire = await connected(site.server.url, list(site.bearer("ana").items()), read)
        topics = [{"service": "things", "topic": thing}]
        wire.send({"type": "hello", "id": 1, "version": 1, "subscriptions": topics})
        await asyncio.wait_for(welcomed.wait(), PATIENCE_SECONDS)
        # It asks for something, and is gone before the answer.
        wire.send(*({"type": "subscribe", "id": 2, "subscriptions": topics} for _ in range(20)))
        wire.cut()
        site.rename(thing, f"while {number} left")
    async with site.talk("ana") as talk:
        assert (await talk.hello({"service": "things", "topic": thing}))["type"] == "welcome"
    assert closes(site) == before
