"""A browser's own EventSource through a line that is cut again and again (E1)."""

import asyncio
import threading
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import PATIENCE_MILLISECONDS
from tests.browser.until import until
from tests.gate import Gate
from tests.servers import Server
from tests.streaming.conftest import Site

LISTEN = """(thing) => {
  window.offsets = [];
  window.opened = 0;
  const source = new EventSource(`/_stream?subscribe=presence/${thing}&subscribe=things/${thing}`);
  source.onopen = () => { window.opened += 1; };
  source.onmessage = ({ data }) => {
    for (const frame of [JSON.parse(data)].flat()) {
      if (frame.type === "welcome") window.welcomed = (window.welcomed ?? 0) + 1;
      if (frame.type === "event") window.offsets.push(frame.offset);
    }
  };
}"""
CUTS = 3


class Line:
    """A gate in a thread of its own: the browser's driver is not asynchronous."""

    def __init__(self, port: int) -> None:
        self._loop, self._gate = asyncio.new_event_loop(), Gate(port)
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._gate.__aenter__(), self._loop).result()
        self.url = self._gate.url

    def cut(self) -> None:
        self._loop.call_soon_threadsafe(self._gate.cut)

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(self._gate.__aexit__(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


@pytest.fixture
def line(server: Server) -> Iterator[Line]:
    line = Line(server.port)
    yield line
    line.close()


@pytest.fixture
def page(chromium: Browser, line: Line) -> Iterator[Page]:
    context = chromium.new_context(bypass_csp=True)  # what waits in the page is evaluated there
    context.set_default_timeout(PATIENCE_MILLISECONDS)
    page = context.new_page()
    page.goto(f"{line.url}/sign-in/")
    yield page
    context.close()


def test_docs_1_a_browser_that_is_cut_off_misses_nothing_and_hears_nothing_twice(
    page: Page, line: Line, server: Server
) -> None:
    """Made 99, 100, 101 while it was cut off; seen 99, 101."""
    site = Site(server)
    thing = site.new_thing(visibility="public")
    page.evaluate(LISTEN, thing)
    until(page, "window.welcomed === 1")
    made = []
    for cut in range(CUTS):
        made.append(site.rename(thing, f"Heard {cut}"))
        until(page, f"window.offsets.at(-1) === {made[-1]}")
        line.cut()
        made += [site.rename(thing, f"Missed {cut} {number}") for number in range(2)]
        until(page, f"window.welcomed === {cut + 2}")
    made.append(site.rename(thing, "The end"))
    until(page, f"window.offsets.at(-1) === {made[-1]}")
    assert page.evaluate("window.offsets") == made
    site.http.close()
