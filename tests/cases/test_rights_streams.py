# ruff: noqa: F811 — the fixtures of the stream are asked for by their names
"""What open streams see of rights that change: the trash, and a demo that is put back."""

from typing import Any

import pytest

from tests.streaming.conftest import Site, server, site  # noqa: F401

pytestmark = pytest.mark.process

# As `manage.py demo --reset` does, but without new tokens for the people of the demo.
PUT_BACK = """
from accounts.models import User
from things.demo.collection import PIECES
from things.demo.making import put_back
people = {user.email.partition("@")[0]: user for user in User.objects.filter(is_demo=False)}
assert all([put_back(piece, people) for piece in PIECES if piece.public and not piece.template])
"""


def subscription(service: str, topic: str) -> dict[str, Any]:
    return {"service": service, "topic": topic}


@pytest.mark.parametrize("service", ["things", "presence", "gallery"])
async def test_v20_streams_of_strangers_end_with_the_trash(site: Site, service: str) -> None:
    """Whoever deletes a public Thing withdraws it, from open windows too; taken out again it can be asked for anew."""
    thing = site.new_thing(visibility="public")
    url, ana = f"/api/things/{thing}/", site.bearer("ana")
    async with site.talk() as nobody, site.talk("ana") as owner:
        for talk in (nobody, owner):
            assert (await talk.hello(subscription(service, thing)))["subscriptions"][0]["status"] == "subscribed"
        assert site.http.delete(url, headers=ana).status_code == 200
        ended = await nobody.until("unsubscribed")
        assert (ended["topic"], ended["code"], ended["purge"]) == (thing, "forbidden", True)
        again = {"type": "subscribe", "id": 2, "subscriptions": [subscription(service, thing)]}
        for status, trashed in (("refused", True), ("subscribed", False)):
            assert site.http.patch(url, json={"trashed": trashed}, headers=ana).status_code in (200, 409)
            for talk in (nobody, owner):
                await talk.send(again)
            heard = (await nobody.until("subscribed"))["subscriptions"][0]
            assert heard["status"] == status
            kept = (await owner.until("subscribed"))["subscriptions"][0]
            assert kept["status"] == "subscribed"


async def test_v23_open_editors_see_the_demo_put_back(site: Site) -> None:
    """The log begins anew under another epoch, and every client is told to fetch the Thing."""
    found = site.http.get("/api/things/", params={"visibility": "public", "template": "false"}).json()["results"]
    ferry = next(entry for entry in found if entry["owner"]["name"] == "Mina Sato")
    thing = ferry["id"]
    async with site.talk() as nobody:
        await nobody.hello(subscription("things", thing))
        site.rename(thing, "Drawn over", name="mina")
        assert (await nobody.until("event"))["data"]["effects"][0]["value"] == "Drawn over"
        site.server.manage("shell", "-c", PUT_BACK)
        reset = await nobody.until("reset")
        state = site.http.get(f"/api/things/{thing}/").json()
        assert (state["title"], state["digest"]) == (ferry["title"], ferry["digest"])
        assert reset["position"] == {"epoch": state["epoch"], "offset": state["revision"]}
        assert state["epoch"] != ferry["epoch"]
