"""Pages as people see them: who is inside, the past, and what a checker of accessibility finds."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.test_two_people import HARBOUR, open_thing, read, rename, saved
from tests.servers import ROOT, Server

AXE = ROOT / "node_modules/axe-core/axe.min.js"


@pytest.fixture
def thing(server: Server) -> str:
    return str(read(server, "things/?search=Harbour&mine=true")["results"][0]["id"])


def test_the_gallery_shows_who_is_inside(sign_in: OpenPage, server: Server, thing: str) -> None:
    gallery, jonas = sign_in("ana"), sign_in("jonas")
    card = gallery.locator(f"article[data-thing='{thing}']")
    expect(card.locator("[data-count]")).to_be_hidden()
    open_thing(jonas, server, thing)
    expect(card.get_by_role("img", name="Jonas Weber")).to_be_visible()
    expect(card.locator("[data-count]")).to_contain_text("1 inside")
    jonas.close()
    expect(card.get_by_role("img", name="Jonas Weber")).to_have_count(0)


def test_a_card_changes_while_others_work(sign_in: OpenPage, server: Server, thing: str) -> None:
    gallery = sign_in("ana")
    card = gallery.locator(f"article[data-thing='{thing}']")
    picture = card.locator(".th img").get_attribute("src")
    expect(card.get_by_role("heading")).to_have_text(HARBOUR)
    rename(server, thing, "Seen without a reload")
    expect(card.get_by_role("heading")).to_have_text("Seen without a reload")
    expect(card.locator("time")).to_have_text("just now")
    expect(card.locator(".th img")).not_to_have_attribute("src", str(picture))
    rename(server, thing, HARBOUR)
    expect(card.get_by_role("heading")).to_have_text(HARBOUR)


def test_o_live_connections_are_shown_and_cut(sign_in: OpenPage, server: Server, thing: str) -> None:
    jonas, desk = sign_in("jonas"), sign_in("admin")
    open_thing(jonas, server, thing)
    desk.goto(f"{server.url}/admin/connections/")
    row = desk.locator("tbody tr").filter(has_text="Jonas Weber").first
    expect(row).to_be_visible()
    expect(row).to_contain_text("websocket")
    assert violations(desk) == []
    row.get_by_role("button").click()
    expect(desk.get_by_text("The connection of Jonas Weber was cut.")).to_be_visible()
    expect(jonas.locator("html")).not_to_have_attribute("data-stream", "connected")


def test_the_past_is_looked_at_and_left(sign_in: OpenPage, server: Server, thing: str) -> None:
    page = sign_in("ana")
    open_thing(page, server, thing)
    page.locator("#title").click()
    page.keyboard.type("Harbour, renamed")
    with page.expect_response(lambda answer: answer.url.endswith("/actions/")) as answered:
        page.keyboard.press("Enter")
    revision = answered.value.json()["revision"]
    page.goto(f"{server.url}/things/{thing}/?revision={revision - 1}")
    page.wait_for_selector("html[data-ready=yes]")
    expect(page.locator("#title")).to_have_text(HARBOUR)
    page.keyboard.press("r")  # tools are not there to look
    assert page.locator("#stage").get_attribute("data-tool") == "select"
    page.get_by_role("link", name="Back to now").click()
    page.wait_for_selector("html[data-ready=yes][data-stream=connected]")
    expect(page.locator("#title")).to_have_text("Harbour, renamed")
    page.locator("[data-act=undo]").click()
    expect(page.locator("#title")).to_have_text(HARBOUR)
    saved(page)


def violations(page: Page) -> list[Any]:
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']}).then((result) => result.violations)")
    return [told(entry) for entry in found]


def told(violation: Any) -> str:
    where = [f"{node['html'][:120]} {node.get('failureSummary', '')[:300]}" for node in violation["nodes"][:3]]
    return f"{violation['id']} ({violation['impact']}): {where}"


@pytest.mark.skipif(not AXE.is_file(), reason="node is not installed")
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_axe_finds_nothing(sign_in: OpenPage, server: Server, thing: str, theme: str, width: int) -> None:
    page = sign_in("ana", width, 900, theme)
    found = {"gallery": violations(page)}
    open_thing(page, server, thing)
    found["editor"] = violations(page)
    page.keyboard.press("Control+a")
    found["editor, all selected"] = violations(page)
    page.goto(f"{server.url}/developers/")
    found["developers"] = violations(page)
    page.context.clear_cookies()
    page.goto(f"{server.url}/sign-in/")
    found["sign in"] = violations(page)
    assert {name: entries for name, entries in found.items() if entries} == {}
