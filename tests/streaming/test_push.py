"""E1: the same frames as server-sent events, resumable; E2: the same log, page by page."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from tests.streaming.conftest import Frame, Site
from tests.streaming.documented import require_documented


class Events:
    def __init__(self, answer: httpx.Response) -> None:
        self.answer, self.lines, self.cursor = answer, answer.iter_lines(), ""

    def next(self) -> Frame:
        """The next frame; the id is kept on the way."""
        while True:
            fields = dict(line.split(": ", 1) for line in iter(lambda: next(self.lines), ""))
            self.cursor = fields.get("id", self.cursor)
            frame = json.loads(fields["data"])
            require_documented(frame)
            if frame["type"] != "ping":
                return dict(frame)


@contextmanager
def events(site: Site, *wanted: str, **headers: str) -> Iterator[Events]:
    query = "&".join(f"subscribe={one}" for one in wanted)
    given = {"Accept": "text/event-stream", **{name.replace("_", "-"): value for name, value in headers.items()}}
    with (
        site.browser() as client,
        client.stream("GET", f"/_stream?{query}", headers=given) as answer,
    ):
        assert answer.status_code == 200, answer.read()
        assert answer.headers["content-type"] == "text/event-stream"
        yield Events(answer)


def test_e1_e2_the_same_frames_and_on_from_the_id(site: Site) -> None:
    thing = site.new_thing()
    with events(site, f"things/{thing}", f"presence/{thing}", **site.bearer("ana")) as stream:
        welcome = stream.next()
        assert (welcome["type"], welcome["user"]["name"]) == ("welcome", "Ana Ruiz")
        assert [outcome["status"] for outcome in welcome["subscriptions"]] == ["subscribed", "subscribed"]
        assert stream.next()["type"] == "state"
        first = site.rename(thing, "One")
        event = stream.next()
        assert (event["type"], event["offset"], event["data"]["revision"]) == ("event", first, first)
        assert stream.cursor.endswith(f":{first},")
    second = site.rename(thing, "Two")
    with events(
        site, f"things/{thing}", f"presence/{thing}", **site.bearer("ana"), last_event_id=stream.cursor
    ) as again:
        assert again.next()["subscriptions"][0]["recovery"] == "replay"
        frames = [again.next() for _ in range(3)]
        assert [frame["offset"] for frame in frames if frame["type"] != "state"] == [second, second]
    page = site.http.get(f"/api/things/{thing}/changes/?since={first}", headers=site.bearer("ana")).json()
    assert page["results"][0]["revision"] == second


def test_e1_a_position_in_the_query(site: Site) -> None:
    thing = site.new_thing()
    epoch = site.http.get(f"/api/things/{thing}/", headers=site.bearer("ana")).json()["epoch"]
    site.rename(thing, "One")
    with events(site, f"things/{thing};epoch={epoch};offset=1", **site.bearer("ana")) as stream:
        assert stream.next()["subscriptions"][0]["recovery"] == "replay"
        assert [stream.next()["type"] for _ in range(2)] == ["event", "live"]
    with events(site, f"things/{thing};epoch=zzzz;offset=1", **site.bearer("ana")) as stream:
        assert stream.next()["subscriptions"][0]["reason"] == "epoch"


def test_e1_the_cookie_of_a_page_of_this_site(site: Site) -> None:
    cookie = site.cookie("mina")
    for headers, name in (({"Sec_Fetch_Site": "same-origin"}, "Mina"), ({}, None), ({"Sec_Fetch_Site": "none"}, None)):
        with events(site, Cookie=cookie, **headers) as stream:
            user = stream.next()["user"]
            assert (user and user["name"].split()[0]) == name


def test_a4_ends_with_the_credential(site: Site) -> None:
    made = site.http.post("/api/tokens/", json={"name": "T", "scopes": ["read"]}, headers=site.bearer("ana")).json()
    with events(site, Authorization=f"Bearer {made['token']}") as stream:
        stream.next()
        site.http.delete(f"/api/tokens/{made['id']}/", headers=site.bearer("ana"))
        assert stream.next()["code"] == 4101
        assert list(stream.lines) == []


@pytest.mark.parametrize(
    ("query", "headers", "status"),
    [
        ("", {"Accept": "text/html,*/*;q=0.8"}, 406),
        ("", {"Authorization": "Bearer wrong"}, 401),
        ("", {"Authorization": "Ticket wrong"}, 401),
        ("", {"Origin": "https://evil.example"}, 403),
        ("subscribe=things", {}, 400),
        ("subscribe=things/x;epoch=a;offset=b", {}, 400),
        ("&".join(["subscribe=things/x"] * 201), {}, 400),
        ("", {"Last-Event-ID": "nonsense"}, 400),
    ],
)
def test_e1_refusals_are_http_statuses(site: Site, query: str, headers: dict[str, Any], status: int) -> None:
    answer = site.http.get(f"/_stream?{query}", headers={"Accept": "text/event-stream", **headers})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == status
    assert site.http.post("/_stream").status_code == 405
