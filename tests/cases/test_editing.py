"""Cases of editing tried against an earlier version: depth, turned parents, connectors, quotas, bytes of answers."""

import json
from collections.abc import Callable
from typing import Any

import pytest
import rfc8785
from django.db import connection
from django.test import Client
from uuid6 import uuid7

from accounts.models import Token, User
from tests.things.making import add, do, fresh, note, require_replayed, shown, wid, widget
from things import editing
from things.document import digest
from things.document.lineage import MAX_DEPTH
from things.drawing.scene import arrange
from things.errors import ThingFull, TooDeep, TooLarge
from things.models import Change, Thing, Via, Widget

pytestmark = pytest.mark.django_db


def frame(number: int, parent: int | None = None, x: float = 0, y: float = 0, **fields: Any) -> dict[str, Any]:
    place = {"parent": None if parent is None else wid(parent), "x": x, "y": y}
    return {"id": wid(number), "kind": "frame", "place": place, **fields}


def inside(parent: int, number: int, x: float = 0, y: float = 0, **fields: Any) -> dict[str, Any]:
    return {**note(number, **fields), "place": {"parent": wid(parent), "x": x, "y": y}}


def nested(first: int, count: int) -> list[dict[str, Any]]:
    """Frames, each inside the one before; the first on the page."""
    return [frame(first + index, first + index - 1 if index else None) for index in range(count)]


def place(number: int, parent: int | None, x: float = 0, y: float = 0) -> dict[str, Any]:
    where = {"parent": None if parent is None else wid(parent), "x": x, "y": y}
    return {"type": "move", "widgets": [{"id": wid(number), "place": where}]}


def on_widgets(type: str, *numbers: int, **more: Any) -> dict[str, Any]:
    return {"type": type, "widgets": [wid(number) for number in numbers], **more}


def deep(parents: dict[str, str | None], widget: str) -> int:
    """How many parents are above it."""
    parent = parents[widget]
    return 0 if parent is None else 1 + deep(parents, parent)


def database_steps(act: Callable[[], object]) -> int:
    """Hundreds of instructions that SQLite carries out meanwhile."""
    steps = list[None]()
    connection.ensure_connection()
    connection.connection.set_progress_handler(lambda: steps.append(None), 100)
    try:
        act()
    finally:
        connection.connection.set_progress_handler(None, 0)
    return len(steps)


def reasons(done: editing.Performed) -> set[tuple[str, str]]:
    return {(told["widget"], told["reason"]) for told in done.skipped}


@pytest.fixture
def old_thing(thing: Thing, ana: User) -> Thing:
    """A Thing from before the limit: frames nested 600 deep, with a note in the innermost."""
    do(thing, ana, add(frame(1)))
    first = Widget.objects.get(thing=thing)
    rows = [
        Widget(
            thing=thing, id=wid(number), kind="frame", parent=wid(number - 1), order_key=b"a0", origins=first.origins,
            fields={**first.fields, "place": {"parent": wid(number - 1), "x": 1, "y": 1}},
        )
        for number in range(2, 601)
    ]  # fmt: skip
    Widget.objects.bulk_create(rows)
    thing = fresh(thing)
    shown_now = shown(thing)
    Thing.objects.filter(pk=thing.pk).update(digest=digest.of(shown_now), living=600, rows=600)
    return fresh(thing)


class TestDepth:
    """V5: frames nested hundreds deep could not be opened by anybody. Now at most 32 parents are above a widget."""

    def test_v5_as_deep_as_may_be(self, thing: Thing, ana: User) -> None:
        do(thing, ana, add(*nested(1, MAX_DEPTH), inside(MAX_DEPTH, 100), frame(101, MAX_DEPTH)))
        assert len(shown(thing)) == MAX_DEPTH + 2

    def test_v5_deeper_is_refused_by_path(self, thing: Thing, ana: User) -> None:
        with pytest.raises(TooDeep) as caught:
            do(thing, ana, add(*nested(1, MAX_DEPTH + 1), inside(MAX_DEPTH + 1, 100)))
        error = caught.value.errors[0]
        assert (error["pointer"], error["code"]) == (f"/actions/0/widgets/{MAX_DEPTH + 1}/place/parent", "depth")
        assert (caught.value.status, caught.value.code) == (422, "depth")

    def test_v5_what_lies_inside_counts(self, thing: Thing, ana: User) -> None:
        do(thing, ana, add(*nested(1, 20), *nested(101, 20)))
        for moved in (
            place(101, 20),
            {
                "type": "resize",
                "widgets": [{"id": wid(101), "size": {"width": 1, "height": 1}, **place(101, 20)["widgets"][0]}],
            },
            {"type": "rotate", "widgets": [{"rotation": 1, **place(101, 20)["widgets"][0]}]},
        ):
            with pytest.raises(TooDeep) as caught:
                do(thing, ana, moved)
            assert caught.value.errors[0]["pointer"] == "/actions/0/widgets/0/place/parent"
        with pytest.raises(TooDeep):
            do(thing, ana, on_widgets("reparent", 101, parent=wid(20)))
        do(thing, ana, place(101, 12))
        require_replayed(thing)

    def test_v5_within_one_request(self, thing: Thing, ana: User) -> None:
        """Each move alone is fit; together they are not."""
        do(thing, ana, add(*nested(1, 20), *nested(101, 12), *nested(201, 5)))
        with pytest.raises(TooDeep):
            do(thing, ana, place(201, 112), place(101, 20))
        with pytest.raises(TooDeep):
            do(thing, ana, place(101, 20), place(201, 112))
        do(thing, ana, place(101, 20), place(102, None), place(201, 101))

    def test_v5_undo_and_redo_skip_it(self, thing: Thing, ana: User, jonas: User) -> None:
        do(thing, ana, add(*nested(1, 20), *nested(101, 14)))
        do(thing, ana, on_widgets("delete", 105))
        do(thing, jonas, place(101, 20))
        done = do(thing, ana, {"type": "undo"})
        assert reasons(done) == {(wid(114), "depth")}
        assert widget(thing, 113)
        require_replayed(thing)

    def test_v5_undo_of_a_move_skips_it(self, thing: Thing, ana: User, jonas: User) -> None:
        do(thing, ana, add(*nested(1, 20), frame(101)))
        do(thing, ana, place(101, 20))
        do(thing, ana, place(101, None))
        do(thing, jonas, add(*nested(201, 14)), place(201, 101))
        assert reasons(do(thing, ana, {"type": "undo"})) == {(wid(101), "depth")}
        require_replayed(thing)

    @pytest.mark.parametrize("how", ["undo", "restore", "redo"])
    def test_v5_a_move_undone_is_a_move(self, thing: Thing, ana: User, how: str) -> None:
        """Undo gives a place back the origin it had, as if nothing had been moved since."""
        do(thing, ana, add(*nested(1, 20), *nested(101, 10), *nested(201, 10)))
        do(thing, ana, place(101, 20))
        moved = do(thing, ana, place(101, None)).revision
        do(thing, ana, place(201, 110))
        deleted = do(thing, ana, on_widgets("delete", 202)).revision
        if how == "redo":
            do(thing, ana, {"type": "undo"})
            deleted = do(thing, ana, on_widgets("delete", 202)).revision
            do(thing, ana, {"type": "undo"})
            assert not do(thing, ana, {"type": "redo"}).skipped
        do(thing, ana, {"type": "undo", "change": moved})
        asked = on_widgets("restore", *range(202, 211)) if how == "restore" else {"type": "undo", "change": deleted}
        done = do(thing, ana, asked)
        depths = {one["id"]: one["place"]["parent"] for one in shown(thing)}
        assert (wid(101), "depth") not in reasons(done)
        assert max(deep(depths, one) for one in depths) <= MAX_DEPTH
        assert {reason for _, reason in reasons(done)} >= {"depth"}
        require_replayed(thing)

    def test_v5_restore_skips_it(self, thing: Thing, ana: User) -> None:
        do(thing, ana, add(*nested(1, 20), *nested(101, 14)))
        do(thing, ana, on_widgets("delete", 113))
        do(thing, ana, place(101, 20))
        assert reasons(do(thing, ana, on_widgets("restore", 114, 113))) == {(wid(114), "depth")}

    def test_v5_older_things_take_what_does_not_deepen_them(self, old_thing: Thing, ana: User, client: Client) -> None:
        thing = old_thing
        client.force_login(ana)
        assert len(client.get(f"/api/things/{thing.pk}/").json()["widgets"]) == 600
        before = shown(thing)
        do(thing, ana, on_widgets("nudge", *range(1, 601), dx=1), on_widgets("style", 600, set={"fill": "#111111"}))
        do(thing, ana, place(600, 599, 7, 7), place(600, 598))
        do(thing, ana, on_widgets("duplicate", 600, ids={wid(600): wid(700)}))
        with pytest.raises(TooDeep):
            do(thing, ana, add(frame(701, 700)))
        with pytest.raises(TooDeep):
            do(thing, ana, on_widgets("reparent", 700, parent=wid(600)))
        with pytest.raises(TooDeep):
            do(thing, ana, place(600, 599))
        present = shown(thing)
        do(thing, ana, on_widgets("delete", 2))
        assert len(shown(thing)) == 1
        assert do(thing, ana, {"type": "undo"}).skipped == []
        assert shown(thing) == present
        assert do(thing, ana, {"type": "redo"}).skipped == []
        done = do(thing, ana, on_widgets("restore", *range(2, 601)))
        assert (done.skipped, len(shown(thing))) == ([], len(before))


class TestTurnedParents:
    """R16: what was to go right on the page went down, because its frame is turned."""

    @pytest.fixture(autouse=True)
    def turned(self, thing: Thing, ana: User) -> None:
        do(
            thing,
            ana,
            add(frame(1, rotation=90, size={"width": 400, "height": 400}), inside(1, 2, 10, 20), inside(1, 3, 50, 90)),
        )

    def at(self, thing: Thing, number: int) -> tuple[float, float]:
        found = widget(thing, number)["place"]
        return found["x"], found["y"]

    def test_r16_nudge(self, thing: Thing, ana: User) -> None:
        do(thing, ana, on_widgets("nudge", 2, dx=10, dy=0))
        assert self.at(thing, 2) == (10, 10)

    def test_r16_nudge_in_a_nest(self, thing: Thing, ana: User) -> None:
        do(thing, ana, add(frame(4, 1, rotation=90), inside(4, 5, 1, 1)))
        do(thing, ana, on_widgets("nudge", 5, dx=10, dy=0))
        assert self.at(thing, 5) == (-9, 1)

    def test_r16_what_lies_in_another_goes_with_it(self, thing: Thing, ana: User) -> None:
        do(thing, ana, on_widgets("nudge", 1, 2, dx=10, dy=0))
        assert (self.at(thing, 1), self.at(thing, 2)) == ((10, 0), (10, 20))

    def test_r16_duplicate(self, thing: Thing, ana: User) -> None:
        do(thing, ana, on_widgets("duplicate", 2, ids={wid(2): wid(9)}, dx=10, dy=0))
        assert self.at(thing, 9) == (10, 10)

    def test_r16_align_moves_what_is_carried_only_by_the_rest(self, thing: Thing, ana: User) -> None:
        do(thing, ana, {"type": "rotate", "widgets": [{"id": wid(1), "rotation": 0}]}, add(note(4, -100)))
        do(thing, ana, on_widgets("align", 1, 2, 4, edge="left"))
        assert (self.at(thing, 1)[0], self.at(thing, 2)[0], self.at(thing, 4)[0]) == (-100, 0, -100)

    def test_r16_out_and_in_again(self, thing: Thing, ana: User) -> None:
        do(thing, ana, on_widgets("reparent", 2, parent=None))
        assert widget(thing, 2)["rotation"] == 90
        do(thing, ana, on_widgets("reparent", 2, parent=wid(1)))
        assert (self.at(thing, 2), widget(thing, 2)["rotation"]) == ((10, 20), 0)


def connector(number: int, start: int | None, end: int | None, **fields: Any) -> dict[str, Any]:
    def one(target: int | None) -> dict[str, Any]:
        return {"x": 3, "y": 4} if target is None else {"widget": wid(target)}

    return {"id": wid(number), "kind": "connector", "start": one(start), "end": one(end), **fields}


class TestConnectors:
    """R17, D20: an end stays where it is seen when what it holds on to goes; what shows nowhere is not moved."""

    @pytest.fixture(autouse=True)
    def two_and_an_arrow(self, thing: Thing, ana: User) -> None:
        do(thing, ana, add(note(1), note(2, 300, 0), connector(3, 1, 2)))

    def ends(self, thing: Thing, number: int = 3) -> list[tuple[float, float]]:
        """As the picture shows them, on the page."""
        scene = arrange(shown(thing))
        page = scene.pages[wid(number)]
        return [(round(p.x, 2), round(p.y, 2)) for p in map(page, scene.ends(scene.widgets[wid(number)]))]

    def test_r17_the_end_stays_where_it_was_seen(self, thing: Thing, ana: User) -> None:
        do(thing, ana, place(2, None, 500, -200))
        seen = self.ends(thing)
        do(thing, ana, on_widgets("delete", 2))
        assert self.ends(thing) == seen
        require_replayed(thing)

    def test_r17_moved_and_deleted_in_one_request(self, thing: Thing, ana: User) -> None:
        do(thing, ana, place(2, None, 500, -200))
        seen = self.ends(thing)
        do(thing, ana, {"type": "undo"})
        do(thing, ana, place(2, None, 500, -200), on_widgets("delete", 2))
        assert self.ends(thing) == seen

    @pytest.mark.parametrize("anchor", ["auto", "top", "center"])
    def test_r17_both_at_once_within_a_turned_frame(self, thing: Thing, ana: User, anchor: str) -> None:
        do(thing, ana, add(frame(5, None, 40, 60, rotation=30), inside(5, 6, 10, 10), inside(5, 7, 200, 150)))
        ends = {"start": {"widget": wid(6), "anchor": anchor}, "end": {"widget": wid(7), "anchor": anchor}}
        do(thing, ana, add({**connector(8, None, None), **ends, "place": {"parent": None, "x": 9, "y": -9}}))
        seen = self.ends(thing, 8)
        before = shown(thing)
        do(thing, ana, on_widgets("delete", 5))
        assert self.ends(thing, 8) == seen
        assert do(thing, ana, {"type": "undo"}).skipped == []
        assert shown(thing) == before
        do(thing, ana, {"type": "redo"})
        assert self.ends(thing, 8) == seen
        require_replayed(thing)

    def test_r17_undo_and_redo_with_a_locked_connector(self, thing: Thing, ana: User) -> None:
        do(thing, ana, on_widgets("lock", 3, on=True))
        before, seen = shown(thing), self.ends(thing)
        do(thing, ana, on_widgets("delete", 1, 2))
        assert self.ends(thing) == seen
        assert do(thing, ana, {"type": "undo"}).skipped == []
        assert shown(thing) == before

    @pytest.mark.parametrize("locked", [False, True])
    def test_r17_a_connector_in_the_frame_that_goes(self, thing: Thing, ana: User, locked: bool) -> None:
        """Its end was written down before the frame died, so that undo met it before the frame and left it out."""
        where = {"place": {"parent": wid(5), "x": 7, "y": 3}, "locked": locked}
        do(thing, ana, add(frame(5), inside(5, 6), {**connector(7, 6, 2), **where}))
        do(thing, ana, on_widgets("nudge", 6, dx=33))
        present = shown(thing)
        do(thing, ana, on_widgets("delete", 5))
        gone = shown(thing)
        for _ in range(2):
            assert do(thing, ana, {"type": "undo"}).skipped == []
            assert shown(thing) == present
            assert do(thing, ana, {"type": "redo"}).skipped == []
            assert shown(thing) == gone
        require_replayed(thing)

    def test_r17_undo_of_add_lets_go_too(self, thing: Thing, ana: User, jonas: User) -> None:
        added = do(thing, ana, add(note(9, 100, 300))).revision
        do(thing, jonas, {"type": "connect", "widget": wid(3), "end": "end", "to": {"widget": wid(9)}})
        seen = self.ends(thing)
        do(thing, ana, {"type": "undo", "change": added})
        assert self.ends(thing) == seen
        assert do(thing, jonas, {"type": "undo"}).skipped == []
        require_replayed(thing)

    def test_r17_disconnect(self, thing: Thing, ana: User) -> None:
        seen = self.ends(thing)
        do(thing, ana, {"type": "disconnect", "widget": wid(3), "end": "end"})
        assert self.ends(thing)[1] == seen[1]

    def test_d20_moving_what_is_held_at_both_ends_is_nothing(self, thing: Thing, ana: User) -> None:
        for action in (on_widgets("nudge", 3, dx=5), place(3, None, 5, 5), on_widgets("align", 3, 1, edge="top")):
            assert do(thing, ana, action).effects == []
        do(thing, ana, {"type": "disconnect", "widget": wid(3), "end": "end"})
        assert len(do(thing, ana, on_widgets("nudge", 3, dx=5)).effects) == 1


class TestGesture:
    """R5: a name that means one gesture is used again later; undo took back all that ever bore it."""

    def test_r5_undo_takes_the_latest_gesture_only(self, thing: Thing, ana: User) -> None:
        do(thing, ana, add(note(1)))
        for _ in range(3):
            do(thing, ana, on_widgets("nudge", 1, dx=1), group="nudge")
        do(thing, ana, on_widgets("style", 1, set={"fill": "#111111"}))
        do(thing, ana, on_widgets("nudge", 1, dy=10), group="nudge")
        do(thing, ana, {"type": "undo"})
        found = widget(thing, 1)
        assert (found["place"]["x"], found["place"]["y"], found["fill"]) == (3, 0, "#111111")


class TestQuota:
    """V7: a Thing had no bound."""

    def test_v7_living_widgets(self, thing: Thing, ana: User, settings: Any) -> None:
        do(thing, ana, add(*[note(number) for number in range(1, 6)]))
        settings.THING_WIDGETS = 5
        with pytest.raises(ThingFull) as caught:
            do(thing, ana, add(note(6)))
        assert (caught.value.status, caught.value.code) == (409, "quota")
        with pytest.raises(ThingFull):
            do(thing, ana, on_widgets("duplicate", 1, ids={wid(1): wid(9)}))
        do(thing, ana, on_widgets("delete", 1))
        do(thing, ana, add(note(6)))
        with pytest.raises(ThingFull):
            do(thing, ana, on_widgets("restore", 1))
        # Undo goes on, over it too; redo of an add does not.
        do(thing, ana, on_widgets("delete", 2, 3))
        do(thing, ana, add(note(7), note(8)))
        do(thing, ana, {"type": "undo"})
        do(thing, ana, {"type": "undo"})
        settings.THING_WIDGETS = 3
        do(thing, ana, on_widgets("nudge", 4, dx=1))
        assert fresh(thing).living == len(shown(thing)) == 5

    def test_v7_redo_of_an_add(self, thing: Thing, ana: User, settings: Any) -> None:
        do(thing, ana, add(note(1)))
        do(thing, ana, {"type": "undo"})
        settings.THING_WIDGETS = 0
        with pytest.raises(ThingFull):
            do(thing, ana, {"type": "redo"})

    def test_v7_rows_with_deleted_ones(self, thing: Thing, ana: User, settings: Any) -> None:
        settings.THING_ROWS = 3
        do(thing, ana, add(note(1), note(2), note(3)))
        do(thing, ana, on_widgets("delete", 1, 2, 3))
        with pytest.raises(ThingFull):
            do(thing, ana, add(note(4)))
        do(thing, ana, on_widgets("restore", 1))

    def test_v7_bytes(self, thing: Thing, ana: User, settings: Any) -> None:
        do(thing, ana, add(note(1, text="a" * 1000)))
        settings.THING_BYTES = fresh(thing).living_bytes
        with pytest.raises(ThingFull):
            do(thing, ana, {"type": "set_text", "widget": wid(1), "text": "b" * 1001})
        do(thing, ana, on_widgets("nudge", 1, dx=123))
        do(thing, ana, {"type": "set_text", "widget": wid(1), "text": ""})
        do(thing, ana, {"type": "undo"})

    def test_v7_a_template_that_is_too_large(self, thing: Thing, ana: User, settings: Any) -> None:
        do(thing, ana, add(note(1), note(2)))
        settings.THING_WIDGETS = 1
        with pytest.raises(ThingFull):
            editing.create(ana, {"title": "Copy", "template": str(thing.pk)}, via=Via.API)

    def test_v7_what_is_held_is_counted_with_every_change(self, thing: Thing, ana: User) -> None:
        do(thing, ana, add(note(1, text="ä"), frame(2), inside(2, 3)))
        do(thing, ana, on_widgets("delete", 2))
        do(thing, ana, {"type": "undo"})
        do(thing, ana, on_widgets("delete", 1))
        found = fresh(thing)
        assert (found.living, found.rows) == (2, 3)
        assert found.living_bytes == sum(len(rfc8785.dumps(one)) for one in shown(thing))


class TestBytesOfAnswers:
    """V7: a page of changes was bounded in rows, not in bytes."""

    def pages(self, client: Client, thing: Thing, limit: int = 1000) -> list[list[int]]:
        url, pages = f"/api/things/{thing.pk}/changes/?limit={limit}", []
        while url:
            answer = client.get(url)
            body = answer.json()
            assert len(answer.content) <= 4096 or len(body["results"]) == 1
            pages.append([change["revision"] for change in body["results"]])
            url = body["next"]
        return pages

    def test_v7_a_page_ends_by_bytes(self, thing: Thing, ana: User, client: Client, settings: Any) -> None:
        for number in range(1, 9):
            do(thing, ana, add(note(number, text="x" * (200 if number != 4 else 5000))))
        settings.ANSWER_BYTES = 4096
        client.force_login(ana)
        pages = self.pages(client, thing)
        assert [revision for page in pages for revision in page] == list(range(1, 10))
        assert [5] in pages
        assert len(pages) > 3

    def test_v7_a_page_ends_by_rows(self, thing: Thing, ana: User, client: Client, settings: Any) -> None:
        for _ in range(4):
            do(thing, ana, {"type": "rename", "title": str(uuid7())})
        client.force_login(ana)
        assert self.pages(client, thing, 2) == [[1, 2], [3, 4], [5]]
        settings.ANSWER_ROWS = 3
        assert self.pages(client, thing) == [[1, 2, 3], [4, 5]]

    def test_v7_sizes_are_at_least_what_is_shown(self, thing: Thing, ana: User, client: Client) -> None:
        do(thing, ana, add(note(1, text='"ä😀\n' * 50)), id="one", group="g")
        client.force_login(ana)
        for change in client.get(f"/api/things/{thing.pk}/changes/").json()["results"]:
            stored = Change.objects.get(thing=thing, revision=change["revision"]).stored_bytes
            assert stored >= len(json.dumps(change, ensure_ascii=False, separators=(",", ":")).encode())


class TestBudget:
    """V3: a small request held the writer's lock for minutes. Now work has a budget (413)."""

    def test_v3_whatever_is_named_again_and_again_is_counted(self, thing: Thing, ana: User, settings: Any) -> None:
        do(thing, ana, add(*[note(number) for number in range(1, 41)]))
        align = on_widgets("align", *range(1, 41), edge="left")
        do(thing, ana, *[align] * 500)
        settings.WORK_STEPS = 1000
        with pytest.raises(TooLarge, match="what the actions name"):
            do(thing, ana, *[align] * 2)

    def test_v3_what_lies_inside_is_counted(self, thing: Thing, ana: User, settings: Any) -> None:
        do(thing, ana, add(frame(1), *[inside(1, number) for number in range(2, 102)]))
        settings.WORK_STEPS = 1000
        with pytest.raises(TooLarge, match="widgets inside"):
            do(thing, ana, on_widgets("delete", 1))

    def test_v3_steps_of_a_group_are_counted(self, thing: Thing, ana: User, settings: Any) -> None:
        do(thing, ana, add(note(1)))
        for _ in range(10):
            do(thing, ana, on_widgets("nudge", 1, dx=1), group="g")
        settings.WORK_STEPS = 900
        with pytest.raises(TooLarge, match="steps of the group"):
            do(thing, ana, {"type": "undo"})
        settings.WORK_STEPS = 5000
        do(thing, ana, {"type": "undo"})

    @pytest.mark.parametrize("copies", [400, 500])
    def test_v3_texts_that_are_copied_are_counted(self, thing: Thing, ana: User, settings: Any, copies: int) -> None:
        settings.THING_BYTES = 1 << 30
        do(thing, ana, add(note(1, text="a" * 1000)))
        asked = [
            {"type": "duplicate", "widgets": [wid(1)], "ids": {wid(1): wid(2 + number)}} for number in range(copies)
        ]
        settings.WORK_STEPS = 30_000
        if copies == 400:
            do(thing, ana, *asked)
        else:
            with pytest.raises(TooLarge):
                do(thing, ana, *asked)

    def test_v3_texts_that_are_added_are_counted(self, thing: Thing, ana: User, settings: Any) -> None:
        settings.WORK_STEPS = 3_000
        do(thing, ana, add(*(note(number, text="a") for number in range(1, 60))))
        with pytest.raises(TooLarge):
            do(thing, ana, add(*(note(number, text="a" * 2_000) for number in range(101, 160))))

    def test_v3_many_texts_are_read_at_once(self, thing: Thing, ana: User, django_assert_max_num_queries: Any) -> None:
        """Each of the edits of a request asked the log for what came since its base."""
        numbers = range(1, 201)
        do(thing, ana, add(*(note(number, text="a") for number in numbers)))
        edit: dict[str, Any] = {"type": "edit_text", "delta": [{"insert": "b"}]}
        bases = {
            number: do(thing, ana, {**edit, "widget": wid(number), "base_revision": 2}).revision for number in (5, 9)
        }
        edits = [{**edit, "widget": wid(number), "base_revision": bases.get(number, 2)} for number in numbers]
        with django_assert_max_num_queries(30):
            do(thing, ana, *edits)
        with django_assert_max_num_queries(30):
            do(thing, ana, {"type": "undo"})
        assert {one["text"][0]["insert"] for one in shown(thing)} == {"a", "ba"}
        require_replayed(thing)

    def test_v3_a_tree_is_copied_at_once(self, thing: Thing, ana: User, django_assert_max_num_queries: Any) -> None:
        """What each widget of a copied tree lies in was read by itself: 6,400 frames held the lock for 25 s."""
        numbers = range(1, 201)
        do(thing, ana, add(*(frame(number, number - 1 if number % 20 != 1 else None) for number in numbers)))
        ids = {wid(number): wid(number + 1000) for number in numbers}
        with django_assert_max_num_queries(30):
            done = do(thing, ana, on_widgets("duplicate", *numbers[::20], ids=ids))
        assert len(done.effects) == len(numbers)
        require_replayed(thing)

    @pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite tells its steps")
    @pytest.mark.parametrize("change", [{"type": "nudge", "dx": 1}, {"type": "delete"}])
    def test_v3_one_of_many_is_found_by_index(self, thing: Thing, ana: User, change: dict[str, Any]) -> None:
        """A small edit read all rows of the Thing, several times: for their order, by their parents, by their ends."""
        numbers = range(10, 1500)
        do(thing, ana, add(frame(1), inside(1, 2), frame(3), inside(3, 4)))
        few = database_steps(lambda: do(thing, ana, {**change, "widgets": [wid(2)]}))
        do(thing, ana, add(frame(5), *(inside(5, number) for number in numbers)))
        many = database_steps(lambda: do(thing, ana, {**change, "widgets": [wid(4)]}))
        assert many < 2 * few + 50

    @pytest.mark.thorough
    def test_w2_a_whole_thing_is_deleted_and_brought_back(self, thing: Thing, ana: User) -> None:
        """Exempt from the limit of effects, which are counted after folding."""
        count = 10_500
        half = [inside(1, number) for number in range(2, count)]
        do(thing, ana, add(frame(1), *half[:6000]))
        do(thing, ana, add(*half[6000:]))
        done = do(thing, ana, on_widgets("delete", 1))
        assert len(done.effects) == count - 1
        assert len(do(thing, ana, {"type": "undo"}).effects) == count - 1
        with pytest.raises(TooLarge, match="effects"):
            do(
                thing,
                ana,
                on_widgets("nudge", *range(2, 9000), dx=1),
                on_widgets("nudge", *range(9000, count), dx=1),
                on_widgets("hide", 1, on=True),
                on_widgets("lock", *range(2, 3000), on=True),
            )


def test_w1_a_program_sees_the_codes(thing: Thing, ana: User, client: Client) -> None:
    _, token = Token.objects.create(user=ana, name="t", scopes=["read", "write"])
    answer = client.post(
        f"/api/things/{thing.pk}/actions/",
        {"actions": [add(*nested(1, MAX_DEPTH + 2))]},
        content_type="application/json",
        headers={"Authorization": f"Bearer {token}"},
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "depth")
    assert answer.json()["errors"][0]["pointer"] == f"/actions/0/widgets/{MAX_DEPTH + 1}/place/parent"
