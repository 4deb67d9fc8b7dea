"""Two people in two real browsers."""

import json
import os
import shutil
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Error, Page, expect, sync_playwright

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


# What an open editor says of itself, and what can be read in it.
TOLD = """() => [
  location.href, {...document.documentElement.dataset}, document.activeElement?.outerHTML.slice(0, 200),
  ["#save", "#banner", "#toast", "#live"].map((id) => document.querySelector(id)?.textContent),
  [...document.querySelectorAll("#widgets text, textarea")].map((text) => text.value ?? text.textContent),
]"""
OPEN_PAGES = pytest.StashKey[list[Page]]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed:
        for number, page in enumerate(item.stash.get(OPEN_PAGES, [])):
            report.sections.append((f"page {number}", json.dumps(told_by(page), ensure_ascii=False)))
    return report


def told_by(page: Page) -> Any:
    try:
        return page.evaluate(TOLD)
    except Error as error:
        return str(error)


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
def sign_in(chromium: Browser, server: Server, request: pytest.FixtureRequest) -> Iterator[OpenPage]:
    """`sign_in("ana")` is a page of a browser of her own; errors in the page fail the test."""
    errors: list[str] = []
    contexts = []
    pages = request.node.stash.setdefault(OPEN_PAGES, [])

    def open_page(name: str, width: int = 1440, height: int = 900, theme: str = "light") -> Page:
        context = chromium.new_context(viewport={"width": width, "height": height}, color_scheme=theme)
        context.set_default_timeout(PATIENCE_MILLISECONDS)
        contexts.append(context)
        page = context.new_page()
        pages.append(page)
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
