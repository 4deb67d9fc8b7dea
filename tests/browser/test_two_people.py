"""Two people edit one Thing, each on a worker process of their own; then the workers and Redis fail."""

import json
import os
import signal
import urllib.request
from typing import Any

import httpx
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.until import until
from tests.servers import Redis, Server
from tests.waiting import PATIENCE_SECONDS, eventually
from things.document.digest import of

HARBOUR = "Harbour pool, opening week"


def open_thing(page: Page, server: Server, thing: str) -> None:
    page.goto(f"{server.url}/things/{thing}/")
    page.wait_for_selector("html[data-ready=yes][data-stream=connected][data-connection]")


def worker_of(page: Page) -> str:
    return str(page.evaluate("document.documentElement.dataset.connection"))[1]


def read(server: Server, path: str) -> Any:
    request = urllib.request.Request(
        f"{server.url}/api/{path}",
        headers={"Authorization": f"Bearer {server.token('ana')}", "Accept": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
        return json.load(answer)


def rename(server: Server, thing: str, title: str) -> int:
    """The revision after it."""
    url, bearer = f"{server.url}/api/things/{thing}/actions/rename/", f"Bearer {server.token('ana')}"
    headers = {"Authorization": bearer}
    answer = httpx.post(url, json={"title": title}, headers=headers, timeout=PATIENCE_SECONDS)
    assert answer.status_code == 200
    return int(answer.json()["revision"])


def shown(page: Page, widget: str) -> str | None:
    return page.locator(f"#widgets [data-id='{widget}']").get_attribute("transform")


def place(page: Page, widget: str) -> tuple[float, float]:
    """Where the middle of a widget is on the screen."""
    box = page.locator(f"#widgets [data-id='{widget}'] > g").first.bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def named(state: Any, name: str) -> str:
    return next(w["id"] for w in state["widgets"] if "".join(o["insert"] for o in w.get("text", [])).startswith(name))


def saved(page: Page) -> None:
    page.wait_for_selector("html[data-saved=saved]")


def same_everywhere(server: Server, thing: str, *pages: Page) -> None:
    """Both browsers are at the server's revision, and the server's digest is that of what it shows."""
    state = read(server, f"things/{thing}/")
    assert of(state["widgets"]) == state["digest"]
    for page in pages:
        expect(page.locator("html")).to_have_attribute("data-revision", str(state["revision"]))
        until(page, "digest => document.documentElement.dataset.digest === digest", arg=state["digest"])


def add_note(page: Page, x: int, y: int, words: str) -> None:
    """Where nothing lies over the canvas: a toast does for some seconds, below 780 in the middle."""
    page.keyboard.press("n")
    page.mouse.click(x, y)
    page.wait_for_selector("textarea.words-edit:focus")  # else the letters would be taken for tools
    page.keyboard.type(words)
    page.keyboard.press("Escape")


def test_two_people_two_workers(sign_in: OpenPage, server: Server, redis: Redis) -> None:
    things = read(server, "things/?search=Harbour")["results"]
    thing = next(entry["id"] for entry in things if entry["title"] == HARBOUR)
    ana, jonas = sign_in("ana"), sign_in("jonas")
    open_thing(ana, server, thing)
    open_thing(jonas, server, thing)
    eventually(lambda: worker_of(ana) != worker_of(jonas) or open_thing(jonas, server, thing), "two workers")

    drag_is_seen_in_motion(ana, jonas, server, thing)
    text_colour_delete_and_undo(ana, jonas, server, thing)
    same_everywhere(server, thing, ana, jonas)
    a_killed_worker(ana, jonas, server, thing)
    redis_restarts(ana, jonas, server, thing, redis)
    redis_is_away(ana, jonas, server, thing, redis)
    nothing_is_doubled(server, thing)
    assert "Traceback" not in server.log.read_text()


def drag_is_seen_in_motion(ana: Page, jonas: Page, server: Server, thing: str) -> None:
    note = named(read(server, f"things/{thing}/"), "Band plays")
    before, (x, y) = shown(jonas, note), place(ana, note)
    ana.mouse.move(x, y)
    ana.mouse.down()
    ana.mouse.move(x - 60, y + 30, steps=8)
    # In motion: Jonas sees it elsewhere, lifted, while the log has nothing.
    until(
        jonas,
        "([id, before]) => { const g = document.querySelector(`#widgets [data-id='${id}']`);"
        " return g.getAttribute('transform') !== before && g.classList.contains('lift'); }",
        arg=[note, before],
    )
    jonas.wait_for_selector("[data-cursor='Ana Ruiz']")
    revision = read(server, f"things/{thing}/digest/")["revision"]
    assert revision == 2
    ana.mouse.move(x - 120, y + 60, steps=8)
    ana.mouse.up()
    saved(ana)
    expect(jonas.locator("html")).to_have_attribute("data-revision", "3")
    until(jonas, "id => !document.querySelector(`#widgets [data-id='${id}']`).classList.contains('lift')", arg=note)
    assert shown(jonas, note) == shown(ana, note) != before
    jonas.screenshot(path="var/two-people-jonas.png")


def text_colour_delete_and_undo(ana: Page, jonas: Page, server: Server, thing: str) -> None:
    note = named(read(server, f"things/{thing}/"), "Queue at")
    x, y = place(jonas, note)
    jonas.mouse.dblclick(x, y)
    jonas.keyboard.press("Control+a")
    jonas.keyboard.type("Open the doors early")
    jonas.keyboard.press("Escape")
    expect(ana.locator(f"#widgets [data-id='{note}'] text").first).to_contain_text("Open the")

    fill = ana.locator(f"#widgets [data-id='{note}'] rect[fill='#f4c6cd']")
    jonas.mouse.click(x, y)
    jonas.get_by_role("button", name="fill Rose").first.click()
    expect(fill.first).to_be_attached()

    jonas.locator("#stage").focus()
    jonas.keyboard.press("Delete")
    expect(ana.locator(f"#widgets [data-id='{note}']")).to_have_count(0)

    for check in (
        lambda: expect(ana.locator(f"#widgets [data-id='{note}']")).to_have_count(1),
        lambda: expect(fill).to_have_count(0),
        lambda: expect(ana.locator(f"#widgets [data-id='{note}'] text").first).to_contain_text("Queue at"),
    ):
        saved(jonas)
        jonas.keyboard.press("Control+z")
        check()
    saved(jonas)


def a_killed_worker(ana: Page, jonas: Page, server: Server, thing: str) -> None:
    name = worker_of(jonas)
    os.kill(server.worker_pid(name), signal.SIGKILL)
    add_note(ana, 700, 700, "after the kill")
    add_note(jonas, 860, 700, "kept by Jonas")
    for page in (ana, jonas):
        expect(page.locator("#widgets text", has_text="after the")).to_have_count(1)
        expect(page.locator("#widgets text", has_text="kept by")).to_have_count(1)
        saved(page)
    same_everywhere(server, thing, ana, jonas)


def redis_restarts(ana: Page, jonas: Page, server: Server, thing: str, redis: Redis) -> None:
    redis.kill()
    add_note(ana, 600, 760, "while away")
    redis.start()
    expect(jonas.locator("#widgets text", has_text="while away")).to_have_count(1)
    add_note(jonas, 980, 760, "back again")
    expect(ana.locator("#widgets text", has_text="back again")).to_have_count(1)
    same_everywhere(server, thing, ana, jonas)


def redis_is_away(ana: Page, jonas: Page, server: Server, thing: str, redis: Redis) -> None:
    """While it is stopped, changes are saved and arrive by the sweep."""
    redis.freeze()
    try:
        for number in range(6):
            author, reader = (ana, jonas) if number % 2 else (jonas, ana)
            add_note(author, 420 + 90 * number, 640, f"no {number} redis")
            saved(author)
            expect(reader.locator("#widgets text", has_text=f"no {number}")).to_have_count(1)
    finally:
        redis.thaw()
    same_everywhere(server, thing, ana, jonas)


def nothing_is_doubled(server: Server, thing: str) -> None:
    changes = read(server, f"things/{thing}/changes/?limit=1000")["results"]
    assert [change["revision"] for change in changes] == list(range(1, len(changes) + 1))
    assert len({change["id"] for change in changes}) == len(changes)
