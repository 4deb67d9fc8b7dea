"""Undo that can be proved."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from tests.things.making import add, do, fresh, note, require_replayed, shown, wid, widget
from things import editing
from things.errors import Invalid
from things.models import Thing, Via

pytestmark = pytest.mark.django_db


def style(number: int, fill: str) -> dict[str, Any]:
    return {"type": "style", "widgets": [wid(number)], "set": {"fill": fill}}


def test_u1_undo_never_overwrites_what_somebody_wrote_after(thing: Thing, ana: User, jonas: User) -> None:
    do(thing, ana, add(note(1), note(2)))
    both = {"type": "style", "widgets": [wid(1), wid(2)], "set": {"fill": "#111111"}}
    do(thing, ana, both)
    do(thing, jonas, style(1, "#222222"))
    done = do(thing, ana, {"type": "undo"})
    assert (widget(thing, 1)["fill"], widget(thing, 2)["fill"]) == ("#222222", "#fbe6a2")
    assert [(told["widget"], told["reason"], told["by"]["name"]) for told in done.skipped] == [
        (wid(1), "changed", "Jonas")
    ]
    # The earlier value is back with its origin: Jonas undoing lets Ana's first value show no more than before.
    assert done.effects == [{"op": "set", "widget": wid(2), "field": "fill", "value": "#fbe6a2", "origin": 2}]
    require_replayed(thing)


def test_u3_the_stack_is_the_persons_and_a_new_change_clears_redo(thing: Thing, ana: User, jonas: User) -> None:
    do(thing, ana, add(note(1)))
    do(thing, ana, style(1, "#111111"))
    do(thing, jonas, style(1, "#222222"))
    do(thing, jonas, {"type": "undo"})
    assert widget(thing, 1)["fill"] == "#111111"
    do(thing, ana, {"type": "undo"})
    assert widget(thing, 1)["fill"] == "#fbe6a2"
    do(thing, ana, {"type": "redo"})
    assert widget(thing, 1)["fill"] == "#111111"
    do(thing, ana, {"type": "undo"})
    do(thing, ana, {"type": "nudge", "widgets": [wid(1)], "dx": 3})
    revision = Thing.objects.get(pk=thing.pk).revision
    assert do(thing, ana, {"type": "redo"}).revision == revision


def test_u3_a_group_is_one_step(thing: Thing, ana: User) -> None:
    do(thing, ana, add(note(1)))
    for dx in (1, 2, 3):
        do(thing, ana, {"type": "nudge", "widgets": [wid(1)], "dx": dx}, group="g")
    do(thing, ana, {"type": "undo"})
    assert widget(thing, 1)["place"]["x"] == 0
    do(thing, ana, {"type": "redo"})
    assert widget(thing, 1)["place"]["x"] == 6
    do(thing, ana, {"type": "undo", "group": "g"})
    assert widget(thing, 1)["place"]["x"] == 0


def test_u4_undo_of_add_spares_what_others_wrote(thing: Thing, ana: User, jonas: User) -> None:
    do(thing, ana, add(note(1, text="Bring")))
    do(thing, jonas, {"type": "set_text", "widget": wid(1), "text": "Bring towels"})
    done = do(thing, ana, {"type": "undo"})
    assert [told["reason"] for told in done.skipped] == ["changed"]
    assert done.revision == 4
    assert len(shown(thing)) == 1


def test_u4_text_is_undone_around_others(thing: Thing, ana: User, jonas: User) -> None:
    do(thing, ana, add(note(1, text="one three")))
    do(thing, ana, {"type": "set_text", "widget": wid(1), "text": "one two three"})
    do(thing, jonas, {"type": "set_text", "widget": wid(1), "text": "zero one two three 😀"})
    do(thing, ana, {"type": "undo"})
    assert widget(thing, 1)["text"] == [{"insert": "zero one three 😀"}]
    do(thing, ana, {"type": "redo"})
    assert widget(thing, 1)["text"] == [{"insert": "zero one two three 😀"}]
    require_replayed(thing)


def test_u5_sharing_and_the_trash_are_no_steps(thing: Thing, ana: User) -> None:
    do(thing, ana, add(note(1)))
    for wanted in ({"visibility": "public"}, {"trashed": True}, {"trashed": False}):
        do(thing, ana, {"type": "set_thing", "set": wanted})
    undone = do(thing, ana, {"type": "undo"})
    assert [effect["op"] for effect in undone.effects] == ["alive"]
    found = fresh(thing)
    assert (found.visibility, found.trashed_at) == ("public", None)


def test_undo_of_delete_brings_the_family_back(thing: Thing, ana: User, jonas: User) -> None:
    frame = {"id": wid(1), "kind": "frame", "place": {"parent": None, "x": 0, "y": 0}}
    do(thing, ana, add(frame, {**note(2), "place": {"parent": wid(1), "x": 5, "y": 5}}))
    before = shown(thing)
    do(thing, jonas, {"type": "delete", "widgets": [wid(1)]})
    do(thing, jonas, {"type": "undo"})
    assert shown(thing) == before
    do(thing, jonas, {"type": "redo"})
    assert shown(thing) == []
    require_replayed(thing)


def test_a_change_of_somebody_else_is_not_mine_to_undo(thing: Thing, ana: User, jonas: User) -> None:
    done = do(thing, ana, add(note(1)))
    with pytest.raises(Invalid):
        do(thing, jonas, {"type": "undo", "change": done.revision})


def test_u2_a_group_that_unlocked_moved_and_locked_again(thing: Thing, ana: User) -> None:
    """Nothing of it shows in `locked`, yet what came before it can still be undone, and all of it redone."""
    do(thing, ana, add(note(1)))
    lock = {"type": "lock", "widgets": [wid(1)]}
    moved = {"type": "move", "widgets": [{"id": wid(1), "place": {"parent": None, "x": 7, "y": 0}}]}
    do(thing, ana, {**lock, "on": True})
    for action in ({**lock, "on": False}, moved, {**lock, "on": True}):
        do(thing, ana, action, group="g")
    before = shown(thing)
    assert do(thing, ana, {"type": "undo"}).skipped == []
    assert (widget(thing, 1)["place"]["x"], widget(thing, 1)["locked"]) == (0, True)
    assert do(thing, ana, {"type": "undo"}).skipped == []
    assert widget(thing, 1)["locked"] is False
    assert do(thing, ana, {"type": "redo"}).skipped == []
    assert do(thing, ana, {"type": "redo"}).skipped == []
    assert shown(thing) == before
    require_replayed(thing)


ONE = st.sampled_from(range(1, 4)).map(wid)
FILLS = st.integers(0, 9).map(lambda digit: f"#{digit}" + str(digit) * 5)
ACTIONS = st.one_of(
    st.builds(lambda w, x: {"type": "move", "widgets": [{"id": w, "place": {"x": x, "y": 1}}]}, ONE, st.integers(0, 9)),
    st.builds(
        lambda w, f: {"type": "style", "widgets": [w], "set": {"fill": f"#{f}{f}{f}{f}{f}{f}"}}, ONE, st.integers(0, 9)
    ),
    st.builds(lambda w, t: {"type": "set_text", "widget": w, "text": t}, ONE, st.text("ab😀", max_size=4)),
    st.builds(lambda w: {"type": "delete", "widgets": [w]}, ONE),
    st.builds(lambda w: {"type": "restore", "widgets": [w]}, ONE),
    st.builds(lambda w, on: {"type": "lock", "widgets": [w], "on": on}, ONE, st.booleans()),
    st.builds(lambda w: {"type": "reorder", "widgets": [w], "to": "front"}, ONE),
    st.builds(lambda t: {"type": "rename", "title": t}, st.text("xy", max_size=3)),
)
GROUPED = st.lists(st.tuples(ACTIONS, st.sampled_from(["", "g", "h"])), min_size=1, max_size=8)


@pytest.mark.thorough
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(asked=GROUPED, steps=st.integers(1, 8))
def test_u2_undo_n_then_redo_n_is_the_identity(ana: User, asked: list[tuple[dict[str, Any], str]], steps: int) -> None:
    thing = editing.create(ana, {"title": "T"}, via=Via.EDITOR)
    do(thing, ana, add(note(1, text="a"), note(2), note(3)))
    for action, group in asked:
        do(thing, ana, action, **({"group": group} if group else {}))
    before, title = shown(thing), Thing.objects.get(pk=thing.pk).title
    for sort in ("undo", "redo"):
        for _ in range(steps):
            do(thing, ana, {"type": sort})
    assert shown(thing) == before
    assert Thing.objects.get(pk=thing.pk).title == title
    require_replayed(thing)
