"""The programs of `examples/` against a real server: what they do, again after an interruption, and when it is away."""

import asyncio
import json
import math
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from widgetapp_stream import Client, Stream

from tests.examples.running import Example, restart
from tests.servers import Server
from tests.waiting import eventually, patience

Json = dict[str, Any]

HANDS = {"Clock hour hand", "Clock minute hand", "Clock second hand"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = Server(tmp_path_factory.mktemp("examples"), workers=1, redis=None)
    yield running
    running.stop()
    assert "Traceback" not in running.log.read_text()


@pytest.fixture
def token(server: Server) -> str:
    return server.token("ana")


class Canvas:
    """A new Thing of Ana's, over the API."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.id = str(asyncio.run(client.create("For an example"))["id"])

    def body(self) -> Json:
        return asyncio.run(self._client.thing(self.id))[0]

    def widgets(self) -> dict[str, Json]:
        return {widget["name"]: widget for widget in self.body()["widgets"]}

    def perform(self, **action: Any) -> int:
        return int(asyncio.run(self._client.perform(self.id, [action])).body["revision"])

    @property
    def revision(self) -> int:
        return int(self.body()["revision"])


@pytest.fixture
def canvas(server: Server, token: str) -> Canvas:
    return Canvas(Client(server.url, token=token))


@pytest.mark.parametrize("name", ["clock_bot", "csv_importer", "dashboard_mirror"])
def test_help_and_clear_errors(server: Server, canvas: Canvas, name: str, tmp_path: Path) -> None:
    helped = Example(name, "--help")
    assert helped.ended() == 0
    assert "WIDGETAPP_TOKEN" in "".join(helped.out)
    file = tmp_path / "rows.csv"
    file.write_text("name\nKai\n")
    rest = [canvas.id, str(file)] if name == "csv_importer" else [canvas.id]
    for site, token, told in (
        (server.url, "wap_wrong", "401"),
        ("http://127.0.0.1:9", "wap_wrong", "refused"),
        ("nowhere", "wap_wrong", "expected the address"),
    ):
        failed = Example(name, site, *rest, token=token)
        assert failed.ended() == 1
        assert len(failed.err) == 1, failed.err
        assert failed.err[0].startswith(f"{name}: ")
        assert told in failed.err[0]


def base_of(hand: Json) -> tuple[float, float]:
    """Where the lower end of a hand is, turned about its centre."""
    place, size, angle = hand["place"], hand["size"], math.radians(hand["rotation"])
    x, y = place["x"] + size["width"] / 2, place["y"] + size["height"] / 2
    return x - math.sin(angle) * size["height"] / 2, y + math.cos(angle) * size["height"] / 2


def clock_is_right(canvas: Canvas) -> bool:
    """All hands hold on to the middle of the dial."""
    widgets = canvas.widgets()
    dial = widgets["Clock dial"]
    middle = [dial["place"][axis] + dial["size"][side] / 2 for axis, side in (("x", "width"), ("y", "height"))]
    hands = [widgets[name] for name in HANDS]
    turned = any(hand["rotation"] for hand in hands)
    return turned and all(math.dist(base_of(hand), middle) < 0.01 for hand in hands)


def moves(canvas: Canvas, since: int) -> None:
    eventually(lambda: canvas.revision > since + 2, "the hands move")


def clock(server: Server, canvas: Canvas, token: str, *options: str) -> Example:
    return Example("clock_bot", server.url, canvas.id, "--every", "0.5", *options, token=token)


def test_clock_is_drawn_once_and_follows_its_dial(server: Server, canvas: Canvas, token: str) -> None:
    for _ in range(2):
        running = clock(server, canvas, token)
        running.said("ticking")
        eventually(lambda: clock_is_right(canvas), "the hands are where they belong")
        moves(canvas, canvas.revision)
        assert running.end() == 0
        assert set(canvas.widgets()) == {"Clock dial", *HANDS}
        assert len(canvas.body()["widgets"]) == 4
    running = clock(server, canvas, token)
    dial = canvas.widgets()["Clock dial"]["id"]
    canvas.perform(type="move", widgets=[{"id": dial, "place": {"parent": None, "x": 500, "y": 300}}])
    eventually(lambda: clock_is_right(canvas), "the hands followed")
    assert running.end(signal.SIGTERM) == 0


def test_clock_leaves_it_to_people_to_delete_it(server: Server, canvas: Canvas, token: str) -> None:
    """It stands still, goes on after an undo, and stays away until asked back."""
    running = clock(server, canvas, token)
    running.said("ticking")
    widgets = [widget["id"] for widget in canvas.widgets().values()]
    canvas.perform(type="delete", widgets=widgets)

    def steady() -> bool:
        before = canvas.revision
        time.sleep(1.2)  # two ticks would show
        return canvas.revision == before

    eventually(steady, "the clock stands still")
    moves(canvas, canvas.perform(type="restore", widgets=widgets))
    canvas.perform(type="delete", widgets=widgets)
    assert running.end() == 0
    again = clock(server, canvas, token)
    again.said("ticking")
    assert canvas.widgets() == {}
    assert again.end() == 0
    brought_back = clock(server, canvas, token, "--redraw")
    eventually(lambda: len(canvas.widgets()) == 4, "the clock is back")
    moves(canvas, canvas.revision)
    assert brought_back.end() == 0


def test_clock_is_seen_and_outlives_the_server(server: Server, canvas: Canvas, token: str) -> None:
    running = clock(server, canvas, token)
    running.said("ticking")

    async def seen() -> None:
        async with patience(), Stream(server.url, token=server.token("ana")) as stream:
            async for values in stream.state("presence", canvas.id):
                if any(value.get("cursor") and value.get("selection") for value in values.values()):
                    return

    asyncio.run(seen())
    restart(server)
    moves(canvas, canvas.revision)
    asyncio.run(seen())
    assert running.end() == 0


def write_rows(path: Path, rows: list[tuple[str, str]]) -> None:
    path.write_text("".join(f'{key},"{text}"\n' for key, text in [("key", "text"), *rows]))


def imported(server: Server, canvas: Canvas, token: str, path: Path, *options: str) -> Example:
    arguments = [server.url, canvas.id, str(path), "--key", "key", "--text", "text", *options]
    return Example("csv_importer", *arguments, token=token)


def test_importer_updates_and_never_doubles(server: Server, canvas: Canvas, token: str, tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    rows = [(f"k{number}", f"Row {number} 🛶\nmore") for number in range(450)]

    def told(*options: str) -> str:
        write_rows(path, rows)
        running = imported(server, canvas, token, path, *options)
        assert running.ended() == 0, running.err
        return running.out[-1]

    assert told() == "450 added"
    assert len(canvas.widgets()) == 450
    assert told() == "450 same"
    # Where people put it, it stays; what they deleted stays deleted, until it is asked back.
    one, two = canvas.widgets()["Row k1"]["id"], canvas.widgets()["Row k2"]["id"]
    canvas.perform(type="move", widgets=[{"id": one, "place": {"parent": None, "x": -900, "y": 0}}])
    canvas.perform(type="delete", widgets=[two])
    rows[1:3] = [("k1", "Changed"), ("k2", "Changed too")]
    rows.append(("k900", "New"))
    assert told() == "1 added, 1 changed, 1 deleted by people, 448 same"
    assert canvas.widgets()["Row k1"]["text"] == [{"insert": "Changed"}]
    assert canvas.widgets()["Row k1"]["place"]["x"] == -900
    assert told("--restore") == "1 restored, 450 same"
    assert canvas.widgets()["Row k2"]["text"] == [{"insert": "Changed too"}]
    assert told() == "451 same"
    places = [(widget["place"]["x"], widget["place"]["y"]) for widget in canvas.widgets().values()]
    assert len(set(places)) == 451


def test_importer_tells_bad_rows_and_does_the_others(
    server: Server, canvas: Canvas, token: str, tmp_path: Path
) -> None:
    path = tmp_path / "rows.csv"
    write_rows(path, [("a", "good"), ("b", "x" * 100_001), ("c", "good"), ("d", "w" * 100_001)])
    running = imported(server, canvas, token, path)
    assert running.ended() == 1
    wrong = "expected at most 100000 characters"
    assert running.err[:2] == [f"row 3: {wrong}", f"row 5: {wrong}"]
    assert running.out == ["2 added, 2 refused"]
    # Long rows: more than a request may hold (W2).
    write_rows(path, [(f"long{number}", "w" * 90_000) for number in range(30)])
    assert imported(server, canvas, token, path).ended() == 0
    assert len(canvas.widgets()) == 32
    for text, told in (
        ("key,text\na,1\na,2\n", "row 3: the key 'a' is that of row 2 too"),
        ("key,text\na\n", "row 2: expected 2 values"),
        ("key,words\na,1\n", "no column 'text'; there are key, words"),
    ):
        path.write_text(text)
        failed = imported(server, canvas, token, path)
        assert failed.ended() == 1
        assert failed.err == [f"csv_importer: {told}"]


def test_importer_goes_on_after_an_interruption(server: Server, canvas: Canvas, token: str, tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    write_rows(path, [(f"k{number}", f"Row {number}") for number in range(2000)])
    running = imported(server, canvas, token, path)
    running.said("200 of 2000")
    assert running.end() == 130
    done = len(canvas.widgets())
    assert 200 <= done < 2000
    again = imported(server, canvas, token, path)
    assert again.ended() == 0
    assert again.out == [f"{2000 - done} added, {done} same"]
    assert len(canvas.widgets()) == 2000


def test_dashboard_follows_several_and_outlives_the_server(
    server: Server, canvas: Canvas, token: str, tmp_path: Path
) -> None:
    path, other = tmp_path / "dashboard.json", Canvas(Client(server.url, token=token))
    foreign = Canvas(Client(server.url, token=server.token("mina")))
    arguments = ["--json", str(path), server.url, canvas.id, other.id, foreign.id]

    def row(which: Canvas) -> Json:
        shown = json.loads(path.read_text())
        return next(row for row in shown["things"] if row["thing"] == which.id)

    running = Example("dashboard_mirror", *arguments, token=token)
    eventually(lambda: row(canvas)["verified"] and row(other)["verified"], "both are shown")
    eventually(lambda: row(foreign)["refused"] == "not_found", "what is not visible is told")
    note = {"id": "0198c0de-0000-7000-8000-000000000001", "kind": "note", "text": "x"}
    canvas.perform(type="add", widgets=[note])
    eventually(lambda: row(canvas)["widgets"] == {"note": 1}, "the note is counted")
    assert row(canvas)["last_change"]["types"] == ["add"]
    assert row(canvas)["last_change"]["by"] == "Ana Ruiz"

    async def inside() -> None:
        async with Stream(server.url, token=server.token("ana")) as stream:
            stream.state("presence", other.id).send({"cursor": {"x": 1, "y": 1}})
            await asyncio.to_thread(eventually, lambda: row(other)["inside"] == ["Ana Ruiz"], "Ana is inside")

    asyncio.run(inside())
    restart(server)
    revision = other.perform(type="rename", title="After the restart")
    eventually(lambda: row(other)["revision"] == revision, "it is connected again")
    assert (row(other)["title"], row(other)["verified"]) == ("After the restart", True)
    eventually(lambda: json.loads(path.read_text())["status"] == "connected", "the status")
    assert running.end(signal.SIGTERM) == 0
    again = Example("dashboard_mirror", *arguments[2:], token=token)
    again.said("After the restart")
    assert again.end() == 0
