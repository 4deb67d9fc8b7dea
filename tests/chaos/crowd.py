"""People who edit one Thing and follow it by nothing but the stream and snapshots, whatever happens to the server."""

import time
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

import rfc8785
from widgetapp_stream import Stream
from widgetapp_stream.http import Client

from tests.chaos.follower import Follower, insisting
from tests.chaos.writer import Told, Writer
from tests.servers import Server
from tests.waiting import until

NAMES = ("ana", "jonas", "mina", "tomas")


class Crowd:
    """Everybody, on one Thing with a note for each."""

    def __init__(self, clients: Sequence[Client], thing: str, notes: Sequence[str]) -> None:
        self.owner, self.thing = clients[0], thing
        self.told = Told()
        self.followers = [Follower(client, thing) for client in clients]
        self.writers = [Writer(follower, notes, self.told) for follower in self.followers]

    def behind(self, revision: int) -> list[str]:
        return [str(follower) for follower in self.followers if follower.replica.revision != revision]

    async def seen_by_connected(self) -> None:
        """Until whoever has a connection is where the server is now."""
        final, _ = await self.followers[0].snapshot()
        behind = [one for one in self.followers if one.stream.status == "connected"]
        await until(lambda: not any(one.is_behind(final.revision) for one in behind), "the connected have it")

    async def settled(self, since: float) -> float:
        """All are where the server is. Seconds from `since` (monotonic) until they were, for a report."""
        final, _ = await self.followers[0].snapshot()
        await until(lambda: not self.behind(final.revision), "everybody is where the server is")
        return time.monotonic() - since

    async def require_equal(self) -> None:
        """Every event once, every digest and every byte as the server has it; what was answered is in the log once."""
        snapshot = (await insisting(lambda: self.owner.thing(self.thing)))[0]
        digest = (await insisting(lambda: self.owner.request("GET", f"api/things/{self.thing}/digest/"))).body["digest"]
        for follower in self.followers:
            assert follower.wrong == []
            assert len(set(follower.applied)) == len(follower.applied)
            held = follower.replica.as_json()
            assert rfc8785.dumps(held) == rfc8785.dumps({name: snapshot[name] for name in held})
            assert follower.replica.digest() == digest
        self.told.require_each_once(await log_of(self.owner, self.thing), first=3)


@asynccontextmanager
async def crowd(server: Server, size: int) -> AsyncIterator[Crowd]:
    """On the stream, the last of them when it begins; all may edit."""
    tokens = [server.token(NAMES[number % len(NAMES)]) for number in range(size)]
    clients = [Client(server.url, token=token) for token in tokens]
    thing = str((await insisting(lambda: clients[0].create("Chaos", visibility="public")))["id"])
    notes = [str(uuid.uuid4()) for _ in range(min(size, 20))]
    widgets = [{"id": note, "kind": "note", "place": {"x": 0, "y": 0}} for note in notes]
    first = [{"type": "add", "widgets": widgets}]
    await insisting(lambda: clients[0].perform(thing, first, id="first"))
    for name in NAMES[1:]:
        member = {"email": f"{name}@harbourpool.example", "role": "editor"}
        await insisting(lambda body=member: clients[0].request("POST", f"api/things/{thing}/members/", body))
    url = server.url.replace("http", "ws") + "/_stream"
    async with AsyncExitStack() as stack:
        made = Crowd(clients, thing, notes)
        for token, follower in zip(tokens, made.followers, strict=True):
            await follower.start(await stack.enter_async_context(Stream(url, token=token)))
        yield made


async def log_of(client: Client, thing: str) -> dict[int, str]:
    """Revision → request id, of the whole log."""
    found: dict[int, str] = {}
    while True:
        since = max(found, default=0)
        path = f"api/things/{thing}/changes/?since={since}&limit=1000"
        page = await insisting(lambda path=path: client.request("GET", path))
        found |= {entry["revision"]: entry["id"] for entry in page.body["results"]}
        if page.body["next"] is None:
            assert sorted(found) == list(range(1, len(found) + 1))
            return found
