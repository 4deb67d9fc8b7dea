"""docs/streaming-api.md: its conversations are played, its code is run. A frame there has the real one's fields."""

import asyncio
import json
import re
import subprocess
from typing import Any

import httpx
import pytest
from uuid6 import uuid7

from tests.servers import ROOT
from tests.streaming.conftest import Frame, Site
from tests.waiting import PATIENCE_SECONDS, patience

ARTICLE = (ROOT / "docs" / "streaming-api.md").read_text()
BLOCK = re.compile(r"^```(\w+)(?: (\w+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BLOCKS = [match.groups() for match in BLOCK.finditer(ARTICLE)]
CONVERSATIONS = [(name, text) for kind, name, text in BLOCKS if kind == "conversation"]
# What is the same at every run; of the rest the shape is compared.
TOLD = {"type", "id", "version", "service", "topic", "status", "mode", "recovery", "reason", "code", "offset", "event"}


def code(kind: str, holds: str) -> str:
    return next(text for found, _, text in BLOCKS if found == kind and holds in text)


def same(said: Any, got: Any, where: str = "") -> None:
    """Every field the article shows is there with the same shape; a whole frame has no other."""
    if isinstance(said, dict):
        assert isinstance(got, dict), where
        assert set(said) <= set(got), f"{where}: {sorted(said)} in the article, {sorted(got)} on the wire"
        for key, value in said.items():
            if key in TOLD and where in ("", "/subscriptions") and not str(value).endswith("…"):
                assert got[key] == value, f"{where}/{key}"
            same(value, got[key], f"{where}/{key}")
    elif isinstance(said, list):
        assert len(said) == len(got), where
        for one, other in zip(said, got, strict=True):
            same(one, other, where)
    elif said is not None:
        assert isinstance(got, (type(said), float)), f"{where}: {got!r}"


@pytest.mark.parametrize("number", range(len(CONVERSATIONS)))
async def test_a_conversation(site: Site, number: int) -> None:
    name, text = CONVERSATIONS[number]
    thing = site.http.post("/api/things/", json={"title": "T"}, headers=site.bearer("ana")).json()
    ticket = site.http.post("/api/stream/tickets/", headers=site.bearer(name)).json()["ticket"]
    for word, value in (("$THING", thing["id"]), ("$EPOCH", thing["epoch"]), ("$TICKET", ticket)):
        text = text.replace(word, value)
    async with site.talk(name) as talk:
        for line in text.splitlines():
            by, rest = line[:3], line[3:]
            if by == "C> ":
                await talk.send(json.loads(rest))
            elif by == "S> ":
                said: Frame = json.loads(rest)
                same(said, await talk.next())
            else:
                assert by == "H> "
                await asyncio.to_thread(ask, site, rest)


def ask(site: Site, line: str) -> None:
    method, path, body = line.split(" ", 2)
    answer: httpx.Response = site.http.request(method, path, json=json.loads(body), headers=site.bearer("ana"))
    assert answer.is_success, answer.text


def test_the_curl_line(site: Site) -> None:
    values = {"TOKEN": site.server.token("ana"), "URL": site.server.url, "THING": site.new_thing()}
    line = "exec " + code("sh", "curl -N").replace("curl -N", f"curl -sN --max-time {PATIENCE_SECONDS}")
    environment = {"PATH": "/usr/bin:/bin", **values}
    with subprocess.Popen(["/bin/sh", "-c", line], env=environment, stdout=subprocess.PIPE, text=True) as curl:
        assert curl.stdout
        assert any('"type":"welcome"' in line for line in curl.stdout)
        assert any('"type":"state"' in line for line in curl.stdout)
        curl.terminate()


async def test_the_python_client(site: Site) -> None:
    space: dict[str, Any] = {}
    exec(code("python", "rename_and_see"), space)
    thing = site.new_thing()
    async with patience():
        seen = await space["rename_and_see"](site.server.url, site.server.token("ana"), thing)
    assert seen == "2: rename"


def test_the_digest(site: Site) -> None:
    space: dict[str, Any] = {}
    exec(code("python", "def digest"), space)
    thing = site.new_thing()
    notes = [{"id": str(uuid7()), "kind": "note", "text": "é 𝄞", "place": {"x": n / 3, "y": -n}} for n in range(5)]
    actions = {"actions": [{"type": "add", "widgets": notes}]}
    site.http.post(f"/api/things/{thing}/actions/", json=actions, headers=site.bearer("ana")).raise_for_status()
    shown = site.http.get(f"/api/things/{thing}/", headers=site.bearer("ana")).json()
    assert len(shown["widgets"]) == len(notes)
    assert space["digest"](shown["widgets"]) == shown["digest"]


def test_the_effects_are_those_of_the_python_client() -> None:
    """A new kind of effect has to be told."""
    table = set(re.findall(r'`\{"op": "(\w+)"', ARTICLE))
    source = (ROOT / "clients/python/widgetapp_stream/replica.py").read_text()
    assert table == set(re.findall(r'case "(\w+)":', source))
