"""What an operator has (O): metrics of all workers, the live connections, and a way to cut one."""

import json
import subprocess

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.models import User
from tests.streaming.conftest import Site


async def test_o_metrics_count_without_naming_anybody(site: Site) -> None:
    async with site.talk("ana") as talk:
        await talk.hello({"service": "things", "topic": site.new_thing()})
        told = site.http.get("/metrics").text
        assert 'stream_connections{state="welcomed",transport="websocket"} 1.0' in told
        assert 'stream_subscriptions{service="things"} 1.0' in told
        for name in ("stream_hello_seconds_count", "stream_queue_bytes", "stream_publish_to_send_seconds_count"):
            assert name in told
    async with site.talk(Authorization="Bearer wrong") as talk:
        assert (await talk.hello())["code"] == 4101
    # HTTP push is counted with it.
    wrong = {"Authorization": "Bearer wrong", "Accept": "text/event-stream"}
    assert site.http.get("/_stream", headers=wrong).status_code == 401
    assert 'stream_refusals_total{code="4101"} 2.0' in site.http.get("/metrics").text


async def test_o_a_client_cannot_make_metrics_grow(site: Site) -> None:
    async with site.talk() as talk:
        await talk.hello()
        await talk.send({"type": "message", "id": 2, "service": "invented", "topic": "x", "data": {}})
        assert (await talk.until("error"))["service"] == "invented"
    told = site.http.get("/metrics").text
    assert "invented" not in told
    assert 'stream_errors_total{code="unknown_service",service=""}' in told


def test_o_metrics_are_not_for_everybody(client: Client, settings: object) -> None:
    settings.DEBUG = False  # type: ignore[attr-defined]
    assert client.get("/metrics").status_code == 404
    settings.METRICS_TOKEN = "s3cret"  # type: ignore[attr-defined]
    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers={"Authorization": "Bearer s3cret"}).status_code == 200


async def test_o_a_connection_can_be_cut(site: Site) -> None:
    cookie = site.cookie("admin")
    page = site.http.get("/admin/connections/", headers={"Cookie": cookie})
    assert "Live connections" in page.text
    csrf = page.cookies["csrftoken"]
    headers = {"X-CSRFToken": csrf, "Cookie": f"{cookie}; csrftoken={csrf}"}
    async with site.talk("ana") as talk, site.talk("jonas") as stays:
        connection = (await talk.hello())["connection"]
        await stays.hello()
        for id, status in (("?", 400), (connection, 204)):
            assert site.http.post("/admin/connections/cut/", data={"id": id}, headers=headers).status_code == status
        bye = await talk.until("bye")
        assert (bye["code"], bye["retry"]) == (4201, [5.0, 20.0])
        await stays.silence()


def test_o_the_page_is_for_staff(client: Client, ana: User) -> None:
    client.force_login(ana)
    assert client.get("/admin/connections/").status_code == 302
    assert client.post("/admin/connections/cut/", {"id": "x" * 12}).status_code == 302


@pytest.mark.process
@pytest.mark.parametrize("url", ["https://127.0.0.1:1", "http://[::1]:1/"])
def test_a_server_that_is_not_there_is_said(url: str) -> None:
    with pytest.raises(CommandError, match="cannot reach"):
        call_command("stream_tail", "inbox/me", url=url)


@pytest.mark.parametrize(
    "url", ["127.0.0.1:8000", "ws://127.0.0.1", "http://127.0.0.1:x", "http://", "http://[", "http://h/x"]
)
def test_an_address_of_no_server_is_said(url: str) -> None:
    with pytest.raises(CommandError, match="expected http"):
        call_command("stream_tail", "inbox/me", url=url)


def test_a_topic_followed_in_the_terminal(site: Site) -> None:
    thing = site.new_thing()
    token = site.server.token("ana")
    asked = ("--url", site.server.url, "--token", token, "--count", "2")
    told = site.server.manage("stream_tail", f"things/{thing}", f"gallery/{thing}", *asked)
    assert [json.loads(line)["type"] for line in told.splitlines()] == ["welcome", "state"]


NOWHERE = "0198c000-0000-7000-8000-000000000000"


@pytest.mark.parametrize(
    ("topic", "said"),
    [("things", "a topic is service/topic"), (f"things/{NOWHERE}", "nothing to follow: forbidden")],
)
def test_a_topic_that_cannot_be_followed(site: Site, topic: str, said: str) -> None:
    with pytest.raises(subprocess.CalledProcessError) as failed:
        site.server.manage("stream_tail", topic, "--url", site.server.url)
    assert said in failed.value.stderr
