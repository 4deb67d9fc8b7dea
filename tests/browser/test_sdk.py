"""The JavaScript SDK in a real browser: as a module of the site, over WebSocket and over HTTP push (E1, E3)."""

import uuid
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import OpenPage
from tests.browser.test_two_people import read, rename
from tests.browser.until import until
from tests.servers import Server

Json = dict[str, Any]

# A WebSocket that nobody answers, as long as `window.blocked` says so. Before any script of the page.
GATE = """
  const Real = window.WebSocket;
  window.blocked = false;
  window.WebSocket = class extends Real {
    constructor(url, protocols) { super(window.blocked ? "ws://127.0.0.1:9/" : url, protocols); }
  };
"""

# What a page would write; all that happens is kept in `window.told`.
FOLLOW = """async ({ thing, epoch, offset }) => {
  const { Stream } = await import("widgetapp-stream");
  window.told = { offsets: [], statuses: [], resets: 0, inside: [] };
  window.stream = new Stream({ url: "/_stream" });
  window.stream.on("status", (status) => told.statuses.push(status));
  window.log = window.stream.log("things", thing, {
    position: { epoch, offset },
    onEvent: (event) => told.offsets.push(event.offset),
    onReset: () => { told.resets += 1; return { epoch, offset }; },
  });
  const onChange = ({ values }) => told.inside = [...values.values()];
  window.presence = window.stream.state("presence", thing, { onChange });
  window.presence.send({ cursor: { x: 3, y: 4 } });
  window.stream.connect();
}"""


@pytest.fixture
def thing(server: Server) -> Json:
    found = read(server, "things/?search=Harbour&mine=true")["results"][0]["id"]
    return dict(read(server, f"things/{found}/"))


def change(server: Server, thing: Json) -> int:
    """The revision after it."""
    return rename(server, str(thing["id"]), f"Harbour {uuid.uuid4()}")


def follow(page: Page, server: Server, thing: Json, *, blocked: bool) -> None:
    page.add_init_script(GATE)
    page.goto(f"{server.url}/")
    page.evaluate("blocked => { window.blocked = blocked; }", blocked)
    page.evaluate(FOLLOW, {"thing": thing["id"], "epoch": thing["epoch"], "offset": thing["revision"]})


def connected_by(page: Page, transport: str) -> None:
    condition = "name => stream.status === 'connected' && stream.transport === name && log.status === 'live'"
    until(page, condition, arg=transport)


def heard(page: Page, offset: int) -> None:
    until(page, "offset => told.offsets.at(-1) === offset", arg=offset)


def offsets(page: Page) -> list[int]:
    return [int(offset) for offset in page.evaluate("told.offsets")]


def test_e1_e3_it_follows_over_websocket(sign_in: OpenPage, server: Server, thing: Json) -> None:
    page = sign_in("ana")
    follow(page, server, thing, blocked=False)
    connected_by(page, "websocket")
    last = change(server, thing)
    heard(page, last)
    until(page, "told.inside.some(({ cursor }) => cursor?.x === 3)")
    assert page.evaluate("stream.user.name") == "Ana Ruiz"


def test_e3_it_follows_over_push_and_comes_back(sign_in: OpenPage, server: Server, thing: Json) -> None:
    """Two sockets fail, events come over HTTP with the cookie of the page, and a socket takes over when one can."""
    page = sign_in("ana")
    follow(page, server, thing, blocked=True)
    connected_by(page, "push")
    assert page.evaluate("stream.user.name") == "Ana Ruiz"
    for _ in range(3):
        last = change(server, thing)
    heard(page, last)
    page.evaluate("blocked = false; dispatchEvent(new Event('online'))")
    connected_by(page, "websocket")
    last = change(server, thing)
    heard(page, last)
    assert offsets(page) == list(range(thing["revision"] + 1, last + 1))
    assert page.evaluate("told.resets") == 0
    # What was said while there was no way up.
    until(page, "told.inside.some(({ cursor }) => cursor?.x === 3)")


def test_e3_the_editor_works_over_push(sign_in: OpenPage, server: Server, thing: Json) -> None:
    """It knows nothing of the transport: what others do is shown."""
    page = sign_in("ana")
    page.add_init_script(GATE + "window.blocked = true;")
    page.goto(f"{server.url}/things/{thing['id']}/")
    page.wait_for_selector("html[data-ready=yes][data-stream=connected]")
    last = change(server, thing)
    page.wait_for_selector(f"html[data-revision='{last}']")


def test_e1_closing_ends_the_answer(sign_in: OpenPage, server: Server, thing: Json) -> None:
    page = sign_in("ana")
    follow(page, server, thing, blocked=True)
    connected_by(page, "push")
    with page.expect_event("requestfailed", lambda request: "/_stream?" in request.url):
        page.evaluate("stream.close()")
    assert page.evaluate("stream.status") == "stopped"
