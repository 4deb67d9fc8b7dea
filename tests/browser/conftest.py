"""Two people in two real browsers."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.servers import Redis, Server
from tests.waiting import PATIENCE_SECONDS

FLAGS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE_MILLISECONDS = PATIENCE_SECONDS * 1000
NAMES = ("chromium-headless-shell", "chromium", "google-chrome")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    found = os.environ.get("WIDGETAPP_BROWSER") or next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.skip("no Chromium on this machine")
    # Chromium refuses its sandbox to root.
    flags = [*FLAGS, "--no-sandbox"] if os.getuid() == 0 else FLAGS
    expect.set_options(timeout=PATIENCE_MILLISECONDS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=flags, timeout=PATIENCE_MILLISECONDS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def server(redis: Redis, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    directory: Path = tmp_path_factory.mktemp("server")
    running = Server(directory, workers=2, redis=redis, altered={})
    yield running
    running.stop()


OpenPage = Callable[..., Page]


@pytest.fixture
def sign_in(chromium: Browser, server: Server) -> Iterator[OpenPage]:
    """`sign_in("ana")` is a page of a browser of her own; errors in the page fail the test."""
    errors: list[str] = []
    contexts = []

    def open_page(name: str, width: int = 1440, height: int = 900, theme: str = "light") -> Page:
        context = chromium.new_context(viewport={"width": width, "height": height}, color_scheme=theme)
        context.set_default_timeout(PATIENCE_MILLISECONDS)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(f"{name}: {error}"))
        page.goto(f"{server.url}/sign-in/")
        page.fill("[name=username]", f"{name}@harbourpool.example")
        page.fill("[name=password]", "draw together")
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(f"{server.url}/")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert errors == []
