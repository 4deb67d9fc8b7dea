"""Pages of other origins, in a real browser: what `API_ORIGINS` opens to a token, and that nothing is open without."""

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.test_two_people import read
from tests.servers import ROOT, Server

SDK = ROOT / "clients/javascript"


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Not into the output of the tests."""


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[str]:
    """Another site, with a copy of the SDK."""
    site = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(SDK)))
    threading.Thread(target=site.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{site.server_port}"
    site.shutdown()
    site.server_close()


@pytest.fixture(scope="module")
def server(elsewhere: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    directory: Path = tmp_path_factory.mktemp("server")
    running = Server(directory, workers=1, redis=None, API_ORIGINS=elsewhere)
    yield running
    running.stop()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context()
    yield context.new_page()
    context.close()


# As the README says it. The snapshot is what a page fetches after `reset`, a change what it writes.
FOLLOW = """async ({ site, token, thing }) => {
  const { Stream, ticketFrom } = await import("/index.js");
  const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
  const snapshot = await fetch(`${site}/api/things/${thing}/`, { headers });
  const told = snapshot.headers;
  const exposed = ["Stream-Position", "ETag", "RateLimit", "X-Request-ID"];
  const seen = Object.fromEntries(exposed.map((name) => [name, told.get(name)]));
  const [, epoch, offset] = told.get("Stream-Position").match(/epoch=(\\w+); offset=(\\d+)/);
  const ticket = ticketFrom(`${site}/api/stream/tickets/`, { headers: () => ({ Authorization: `Bearer ${token}` }) });
  const stream = new Stream({ url: `${site.replace("http", "ws")}/_stream`, ticket, fallback: false });
  const heard = new Promise((resolve) => {
    stream.log("things", thing, { position: { epoch, offset: Number(offset) }, onEvent: resolve, onReset: resolve });
  });
  stream.connect();
  const body = JSON.stringify({ title: "Renamed from elsewhere" });
  const done = await fetch(`${site}/api/things/${thing}/actions/rename/`, { method: "POST", headers, body });
  const { revision } = await done.json();
  const event = await heard;
  stream.close();
  return { seen, revision, heard: event.offset };
}"""


def test_w4_docs_2_a_page_of_another_origin_works_with_a_token(page: Page, server: Server, elsewhere: str) -> None:
    """It could not make the ticket it was promised, nor fetch the snapshot the stream told it to fetch."""
    thing = read(server, "things/?mine=true")["results"][0]["id"]
    page.goto(f"{elsewhere}/package.json")
    asked = {"site": server.url, "token": server.token("ana"), "thing": thing}
    told = page.evaluate(FOLLOW, asked)
    assert all(told["seen"].values()), told["seen"]
    assert told["heard"] == told["revision"]


FETCH = """async ({ url, credentials }) => {
  try { return (await fetch(url, { credentials, headers: { Authorization: "Bearer x" } })).status; }
  catch { return "refused"; }
}"""


def test_w4_cookies_are_taken_from_no_other_origin(page: Page, server: Server, elsewhere: str) -> None:
    """With a token only: what is sent with a cookie cannot be read."""
    page.goto(f"{elsewhere}/package.json")
    url = f"{server.url}/api/me/"
    assert page.evaluate(FETCH, {"url": url, "credentials": "omit"}) == 401
    assert page.evaluate(FETCH, {"url": url, "credentials": "include"}) == "refused"


def test_w4_an_origin_that_is_not_listed_reads_nothing(page: Page, server: Server, elsewhere: str) -> None:
    """Another name for the same machine is another origin."""
    page.goto(f"{elsewhere.replace('127.0.0.1', 'localhost')}/package.json")
    assert page.evaluate(FETCH, {"url": f"{server.url}/api/actions/", "credentials": "omit"}) == "refused"


def test_v18_back_shows_nothing_after_the_sign_out(page: Page, server: Server) -> None:
    """The gallery of who was here before was there again, out of the browser's own cache."""
    page.goto(f"{server.url}/sign-in/")
    page.fill("[name=username]", "ana@harbourpool.example")
    page.fill("[name=password]", "draw together")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{server.url}/")
    page.evaluate("() => document.querySelector('form[action*=sign-out]').submit()")
    page.wait_for_url("**/sign-in/**")
    page.go_back()
    page.wait_for_load_state()
    page.wait_for_url("**/sign-in/**")
    assert page.locator("article[data-thing]").count() == 0
