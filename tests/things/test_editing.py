"""The editing path, rule by rule."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from tests.conftest import MakeUser
from tests.things.making import add, do, fresh, note, require_replayed, shown, wid, widget
from things import editing
from things.document import load
from things.editing import write as writing
from things.errors import Cycle, IdReused, Invalid, NotAllowed, NotVisible, TooLarge, Trashed
from things.models import Change, Membership, Role, Thing, Via

pytestmark = pytest.mark.django_db


def test_a_new_thing_is_revision_one(thing: Thing) -> None:
    change = Change.objects.get(thing=thing)
    assert (thing.revision, change.revision) == (1, 1)
    assert change.effects == [{"op": "meta", "field": "title", "value": "Harbour pool"}]
    assert thing.digest == "0" * 16


def test_an_untitled_thing_has_a_log_too(ana: User) -> None:
    thing = editing.create(ana, {"title": ""}, via=Via.API)
    assert thing.revision == 1
    require_replayed(thing)


def test_adding_writes_the_defaults_of_the_kind(thing: Thing, ana: User) -> None:
    done = do(thing, ana, add(note(1, 10.00049, -0.0, text="Bring towels")), id="one")
    assert done.revision == 2
    assert done.effects == [{"op": "add", "widget": widget(thing, 1)}]
    assert widget(thing, 1) == {
        "id": wid(1), "kind": "note", "place": {"parent": None, "x": 10, "y": 0}, "order": "a0", "opacity": 1,
        "name": "", "alt": "", "link": "", "locked": False, "hidden": False, "rotation": 0,
        "size": {"width": 108, "height": 104}, "fill": "#fbe6a2", "font_size": 13, "font_weight": 500,
        "text_color": "#1b201d", "align": "left", "vertical_align": "top", "text": [{"insert": "Bring towels"}],
    }  # fmt: skip
    require_replayed(thing)


def test_w1_the_same_request_answers_the_same(thing: Thing, ana: User, jonas: User) -> None:
    first = do(thing, ana, add(note(1)), id="one")
    again = do(thing, ana, add(note(1)), id="one")
    assert (again.revision, again.effects, again.replayed) == (first.revision, first.effects, True)
    with pytest.raises(IdReused):
        do(thing, ana, add(note(2)), id="one")
    with pytest.raises(IdReused):
        do(thing, jonas, add(note(1)), id="one")
    assert Change.objects.filter(thing=thing).count() == 2


def test_w2_one_bad_action_refuses_all(thing: Thing, ana: User) -> None:
    bad = {"type": "resize", "widgets": [{"id": wid(1), "size": {"width": -1, "height": 2}}]}
    with pytest.raises(Invalid) as caught:
        do(thing, ana, add(note(1)), bad)
    assert caught.value.errors[0]["pointer"] == "/actions/1/widgets/0/size/width"
    assert shown(thing) == []
    with pytest.raises(TooLarge):
        do(thing, ana, *([add(note(1))] * 501))


def test_w4_only_differences_are_written(thing: Thing, ana: User) -> None:
    do(thing, ana, add(note(1)))
    same = do(thing, ana, {"type": "style", "widgets": [wid(1)], "set": {"fill": "#FBE6A2"}})
    assert (same.revision, same.effects) == (2, [])
    back = {"type": "nudge", "widgets": [wid(1)], "dx": 5}, {"type": "nudge", "widgets": [wid(1)], "dx": -5}
    assert do(thing, ana, *back).revision == 2


def test_w5_what_is_gone_or_locked_is_skipped(thing: Thing, ana: User, jonas: User) -> None:
    do(thing, ana, add(note(1), note(2), note(3)))
    do(thing, jonas, {"type": "delete", "widgets": [wid(1)]}, {"type": "lock", "widgets": [wid(2)], "on": True})
    done = do(thing, ana, {"type": "style", "widgets": [wid(1), wid(2), wid(3), wid(9)], "set": {"fill": "#000000"}})
    reasons = [(told["widget"], told["reason"], told.get("by", {}).get("name")) for told in done.skipped]
    assert reasons == [(wid(1), "gone", "Jonas"), (wid(2), "locked", "Jonas"), (wid(9), "gone", None)]
    assert [effect["widget"] for effect in done.effects] == [wid(3)]
    assert do(thing, ana, add(note(3))).skipped == [{"action": 0, "widget": wid(3), "reason": "exists"}]


def test_w6_effects_are_normalised(thing: Thing, ana: User) -> None:
    done = do(
        thing, ana, add(note(1)), {"type": "style", "widgets": [wid(1)], "set": {"fill": "#111111"}},
        {"type": "move", "widgets": [{"id": wid(1), "place": {"x": 1, "y": 2}}]},
    )  # fmt: skip
    assert done.effects == [{"op": "add", "widget": widget(thing, 1)}]
    twice = [{"type": "style", "widgets": [wid(1)], "set": {"fill": fill}} for fill in ("#222222", "#333333")]
    assert do(thing, ana, *twice).effects == [{"op": "set", "widget": wid(1), "field": "fill", "value": "#333333"}]
    assert Change.objects.get(thing=thing, revision=3).before == [{"value": "#111111", "origin": 2}]
    with pytest.raises(Invalid):
        do(thing, ana, {"type": "undo"}, add(note(2)))
    text = {"type": "set_text", "widget": wid(1), "text": "a"}
    with pytest.raises(Invalid):
        do(thing, ana, text, {**text, "text": "b"})


def test_w7_published_after_commit_and_never_without(thing: Thing, ana: User, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[int] = []
    monkeypatch.setattr(writing, "publish_change", lambda change, *_: told.append(change.revision))
    with TestCase.captureOnCommitCallbacks(execute=True):
        do(thing, ana, add(note(1)))
        assert told == []
    assert told == [2]
    with TestCase.captureOnCommitCallbacks(execute=True), transaction.atomic():
        do(thing, ana, add(note(2)))
        transaction.set_rollback(True)
    assert told == [2]


def test_m1_the_last_write_to_a_field_wins(thing: Thing, ana: User, jonas: User) -> None:
    do(thing, ana, add(note(1)))
    style = {"type": "style", "widgets": [wid(1)]}
    do(thing, ana, {**style, "set": {"fill": "#111111", "font_size": 20}})
    do(thing, jonas, {**style, "set": {"fill": "#222222"}})
    do(thing, ana, {"type": "move", "widgets": [{"id": wid(1), "place": {"x": 7, "y": 0}}]})
    found = widget(thing, 1)
    assert (found["fill"], found["font_size"], found["place"]) == ("#222222", 20, {"parent": None, "x": 7, "y": 0})
    origins = load(fresh(thing)).widgets[wid(1)].origins
    assert [origins[name] for name in ("font_size", "fill", "place", "size")] == [3, 4, 5, 2]


def test_m2_what_holds_on_is_not_written_when_what_it_holds_moves(thing: Thing, ana: User) -> None:
    held = {"widget": wid(1), "anchor": "auto"}
    connector = {"id": wid(3), "kind": "connector", "start": held, "end": {**held, "widget": wid(2)}}
    do(thing, ana, add(note(1), note(2, 300), connector))
    done = do(thing, ana, {"type": "move", "widgets": [{"id": wid(1), "place": {"x": 50, "y": 60}}]})
    assert [(effect["widget"], effect["field"]) for effect in done.effects] == [(wid(1), "place")]


def test_m4_no_clock_decides(thing: Thing, ana: User, jonas: User, monkeypatch: pytest.MonkeyPatch) -> None:
    do(thing, ana, add(note(1)))
    do(thing, ana, {"type": "style", "widgets": [wid(1)], "set": {"fill": "#111111"}})
    yesterday = timezone.now() - timedelta(days=1)
    monkeypatch.setattr("django.utils.timezone.now", lambda: yesterday)
    do(thing, jonas, {"type": "style", "widgets": [wid(1)], "set": {"fill": "#222222"}})
    assert widget(thing, 1)["fill"] == "#222222"
    assert Change.objects.get(thing=thing, revision=4).created_at == yesterday
    require_replayed(thing)


def test_m3_text_for_a_deleted_widget_comes_back_with_it(thing: Thing, ana: User, jonas: User) -> None:
    do(thing, ana, add(note(1, text="Bring")))
    do(thing, jonas, {"type": "delete", "widgets": [wid(1)]})
    done = do(thing, ana, {"type": "set_text", "widget": wid(1), "text": "Bring towels"})
    assert [told["reason"] for told in done.skipped] == ["gone"]
    do(thing, ana, {"type": "restore", "widgets": [wid(1)]})
    assert widget(thing, 1)["text"] == [{"insert": "Bring towels"}]
    require_replayed(thing)


def frame(number: int, x: float = 0, y: float = 0, parent: str | None = None, **fields: object) -> dict[str, object]:
    return {"id": wid(number), "kind": "frame", "place": {"parent": parent, "x": x, "y": y}, **fields}


def test_delete_takes_what_lies_inside_and_restore_rehangs_orphans(thing: Thing, ana: User) -> None:
    inside = {**note(2), "place": {"parent": wid(1), "x": 5, "y": 6}}
    do(thing, ana, add(frame(1, 100, 200, rotation=90), inside))
    do(thing, ana, {"type": "delete", "widgets": [wid(1)]})
    assert shown(thing) == []
    before = Change.objects.get(thing=thing, revision=2)
    do(thing, ana, {"type": "restore", "widgets": [wid(2)]})
    found = widget(thing, 2)
    assert found["place"]["parent"] is None
    assert found["rotation"] == 90
    # Turned about the frame's centre (262, 186), the note's centre (59, 58) of the frame lands at (390, -17).
    assert (found["place"]["x"], found["place"]["y"]) == (100 + 390 - 54, 200 - 17 - 52)
    assert before.effects[0]["widget"]["id"] == wid(1)
    require_replayed(thing)


def test_a_widget_cannot_lie_in_itself(thing: Thing, ana: User) -> None:
    do(thing, ana, add(frame(1), frame(2, parent=wid(1)), note(3)))
    with pytest.raises(Cycle):
        do(thing, ana, {"type": "move", "widgets": [{"id": wid(1), "place": {"parent": wid(2), "x": 0, "y": 0}}]})
    with pytest.raises(Invalid):
        do(thing, ana, {"type": "move", "widgets": [{"id": wid(1), "place": {"parent": wid(3), "x": 0, "y": 0}}]})
    gone = do(thing, ana, {"type": "move", "widgets": [{"id": wid(3), "place": {"parent": wid(9), "x": 0, "y": 0}}]})
    assert [told["reason"] for told in gone.skipped] == ["parent_gone"]


def test_m5_reorder_makes_keys_and_rekeys_equal_neighbours(thing: Thing, ana: User) -> None:
    do(thing, ana, add(*[note(number, order="a5") for number in (1, 2, 3, 4)]))
    do(thing, ana, {"type": "reorder", "widgets": [wid(4)], "above": wid(1)})
    assert [entry["id"] for entry in shown(thing)] == [wid(1), wid(4), wid(2), wid(3)]
    for to, expected in (
        ("front", [1, 2, 3, 4]),
        ("back", [4, 1, 2, 3]),
        ("forward", [1, 4, 2, 3]),
        ("backward", [4, 1, 2, 3]),
    ):
        do(thing, ana, {"type": "reorder", "widgets": [wid(4)], "to": to})
        assert [entry["id"] for entry in shown(thing)] == [wid(number) for number in expected], to
    require_replayed(thing)


def test_rights(thing: Thing, ana: User, jonas: User, make_user: MakeUser) -> None:
    stranger, viewer = make_user("Sam"), make_user("Vera")
    Membership.objects.create(thing=thing, user=viewer, role=Role.VIEWER)
    for actor in (stranger, None):
        with pytest.raises(NotVisible):
            do(thing, actor, add(note(1)))
    with pytest.raises(NotAllowed):
        do(thing, viewer, add(note(1)))
    trash = {"type": "set_thing", "set": {"trashed": True}}
    with pytest.raises(NotAllowed):
        do(thing, jonas, trash)
    do(thing, ana, {"type": "set_thing", "set": {"visibility": "public"}})
    for actor in (stranger, None):
        with pytest.raises(NotAllowed):
            do(thing, actor, add(note(1)))
    epoch = fresh(thing).access_epoch
    do(thing, ana, trash)
    assert fresh(thing).access_epoch == epoch + 1
    with pytest.raises(Trashed):
        do(thing, ana, add(note(1)))
    do(thing, ana, {"type": "set_thing", "set": {"trashed": False}})
    do(thing, ana, add(note(1)))
    require_replayed(thing)


@pytest.mark.parametrize(
    ("action", "pointer"),
    [
        ({"type": "fly"}, "/actions/0/type"),
        ({"type": "move", "widgets": []}, "/actions/0/widgets"),
        ({"type": "move", "widgets": [{"id": "x", "place": {"x": 1, "y": 2}}]}, "/actions/0/widgets/0/id"),
        ({"type": "move", "widgets": [{"id": wid(1), "place": {"x": 1e308, "y": 2}}]}, "/actions/0/widgets/0/place/x"),
        ({"type": "move", "widgets": [{"id": wid(1), "place": {"x": True, "y": 2}}]}, "/actions/0/widgets/0/place/x"),
        ({"type": "move", "widgets": [{"id": wid(1), "place": {"x": 1}}]}, "/actions/0/widgets/0/place/y"),
        ({"type": "move", "widgets": [{"id": wid(1), "place": None}]}, "/actions/0/widgets/0/place"),
        ({"type": "move", "widgets": [{"id": wid(1)}]}, "/actions/0/widgets/0/place"),
        ({"type": "move", "widgets": [{"id": wid(1), "z": 1}]}, "/actions/0/widgets/0/z"),
        ({"type": "style", "widgets": [wid(1)], "set": {"fill": "red"}}, "/actions/0/set/fill"),
        ({"type": "style", "widgets": [wid(1)], "set": {"place": {}}}, "/actions/0/set/place"),
        ({"type": "style", "widgets": [wid(1)], "set": {"font_weight": 500.5}}, "/actions/0/set/font_weight"),
        ({"type": "add", "widgets": [{"id": wid(2), "kind": "note", "evil": 1}]}, "/actions/0/widgets/0/evil"),
        ({"type": "add", "widgets": [{"id": wid(2), "kind": ["note"]}]}, "/actions/0/widgets/0/kind"),
        ({"type": "add", "widgets": [{"kind": "note"}]}, "/actions/0/widgets/0/id"),
        ({"type": "add", "widgets": [note(2, order="zz!")]}, "/actions/0/widgets/0/order"),
        ({"type": "add", "widgets": [note(2, order="zz")]}, "/actions/0/widgets/0/order"),
        ({"type": "add", "widgets": [note(2, link="javascript:alert(1)")]}, "/actions/0/widgets/0/link"),
        ({"type": "add", "widgets": [note(2, text="x" * 100_001)]}, "/actions/0/widgets/0/text"),
        ({"type": "rename", "title": "x" * 201}, "/actions/0/title"),
        ({"type": "nudge", "widgets": [wid(1)], "dx": 1e9}, "/actions/0/dx"),
        ({"type": "set_text", "widget": wid(1), "text": 5}, "/actions/0/text"),
        ({"type": "undo", "change": 77}, "/actions/0/change"),
    ],
)  # fmt: skip
def test_w3_bad_values_are_told_by_path(thing: Thing, ana: User, action: dict[str, object], pointer: str) -> None:
    do(thing, ana, add(note(1)))
    with pytest.raises(Invalid) as caught:
        do(thing, ana, action)
    assert caught.value.errors[0]["pointer"] == pointer
    assert fresh(thing).revision == 2


def test_widgets_of_another_thing_are_unknown(thing: Thing, ana: User) -> None:
    other = editing.create(ana, {"title": "Other"}, via=Via.EDITOR)
    do(other, ana, add(note(1)))
    done = do(thing, ana, {"type": "delete", "widgets": [wid(1)]})
    assert [told["reason"] for told in done.skipped] == ["gone"]
    assert len(shown(other)) == 1


def test_a_copy_of_a_template_has_its_own_widgets(thing: Thing, ana: User) -> None:
    do(thing, ana, add(frame(1), {**note(2), "place": {"parent": wid(1), "x": 1, "y": 1}}))
    copy = editing.create(ana, {"title": "Copy", "template": str(thing.pk)}, via=Via.EDITOR)
    first, second = shown(copy)
    assert {first["kind"], second["kind"]} == {"frame", "note"}
    assert {first["id"], second["id"]}.isdisjoint({wid(1), wid(2)})
    note_copy, frame_copy = (first, second) if first["kind"] == "note" else (second, first)
    assert note_copy["place"]["parent"] == frame_copy["id"]
    require_replayed(copy)


def test_a_move_costs_a_bounded_number_of_queries(thing: Thing, ana: User) -> None:
    do(thing, ana, add(*[note(number) for number in range(50)]))
    with CaptureQueriesContext(connection) as few:
        do(thing, ana, {"type": "move", "widgets": [{"id": wid(1), "place": {"x": 9, "y": 9}}]})
    with CaptureQueriesContext(connection) as many:
        do(thing, ana, {"type": "move", "widgets": [{"id": wid(n), "place": {"x": 8, "y": 9}} for n in range(50)]})
    assert len(few) == len(many) <= 11
