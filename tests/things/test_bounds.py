"""What is counted so that it can be bounded: what a Thing holds, how large a change is, how a long log is read."""

from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from tests.things.making import add, do, fresh, note, require_replayed, shown, wid, widget
from things import editing
from things.document import load
from things.editing import log as history
from things.errors import Invalid
from things.models import Change, Thing, Via, Widget

pytestmark = pytest.mark.django_db


def arrow(number: int, start: int, end: int) -> dict[str, Any]:
    return {"id": wid(number), "kind": "connector", "start": {"widget": wid(start)}, "end": {"widget": wid(end)}}


def test_what_was_there_before_is_measured_by_the_migration(thing: Thing, ana: User) -> None:
    do(thing, ana, add(note(1, text="ä"), note(2), note(4), arrow(3, 1, 2)))
    do(thing, ana, {"type": "delete", "widgets": [wid(4)]})
    ends = ("start_target", "end_target")
    held = fresh(thing)
    tied, sizes = list(Widget.objects.values_list(*ends)), list(Change.objects.values_list("stored_bytes", flat=True))
    Thing.objects.update(living=0, rows=0, living_bytes=0)
    Widget.objects.update(start_target=None, end_target=None)
    Change.objects.update(stored_bytes=0)
    bounds = import_module("things.migrations.0005_bounds")
    with connection.schema_editor(atomic=False) if connection.vendor != "sqlite" else NoSchema() as schema:
        for step in (bounds.measure_changes, bounds.tie, bounds.measure_things):
            step(apps, schema)
    found = fresh(thing)
    assert (found.living, found.rows, found.living_bytes) == (held.living, held.rows, held.living_bytes)
    assert list(Widget.objects.values_list(*ends)) == tied
    measured = Change.objects.values_list("stored_bytes", flat=True)
    assert all(after >= size for after, size in zip(measured, sizes, strict=True))


class NoSchema:
    """SQLite's schema editor may not begin inside a transaction; only its `execute` is needed."""

    connection = connection

    def __enter__(self) -> "NoSchema":
        return self

    def __exit__(self, *error: object) -> None:
        return None

    def execute(self, sql: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(sql)


def test_a_long_log_is_read_in_pieces(thing: Thing, ana: User, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(1, 8):
        do(thing, ana, add(note(number, text="x" * (9000 if number == 4 else 10))))
    monkeypatch.setattr(history, "PAGE_BYTES", 5000)
    thing = fresh(thing)
    pieces = [list(page.values_list("revision", flat=True)) for page in history.pages_of(thing, 0, thing.revision)]
    assert [revision for piece in pieces for revision in piece] == list(range(1, 9))
    assert [5] in pieces
    assert 2 < len(pieces) < 8
    require_replayed(thing)


def test_replay_compares_what_a_thing_holds(thing: Thing, ana: User) -> None:
    do(thing, ana, add(note(1)))
    call_command("replay", str(thing.pk))
    Thing.objects.filter(pk=thing.pk).update(living=7)
    with pytest.raises(CommandError):
        call_command("replay", str(thing.pk))


def test_a_template_lets_go_of_what_it_has_lost(thing: Thing, ana: User) -> None:
    """A connector whose target was deleted names no widget of another Thing in the copy."""
    do(thing, ana, add(note(1), note(2), arrow(3, 1, 2)))
    do(thing, ana, {"type": "delete", "widgets": [wid(2)]})
    copy = editing.create(ana, {"title": "Copy", "template": str(thing.pk)}, via=Via.API)
    ids = {one["id"] for one in shown(copy)}
    connector = next(one for one in shown(copy) if one["kind"] == "connector")
    assert connector["start"]["widget"] in ids
    assert connector["end"]["widget"] is None


def test_a_copy_lies_where_what_is_copied_lies(thing: Thing, ana: User) -> None:
    """`ids` may name more than is copied; that leads the copy nowhere else."""
    frames = [{"id": wid(number), "kind": "frame"} for number in (1, 2)]
    do(thing, ana, add(*frames, {**note(3), "place": {"parent": wid(1), "x": 1, "y": 1}}))
    do(thing, ana, {"type": "duplicate", "widgets": [wid(3)], "ids": {wid(3): wid(9), wid(1): wid(2)}})
    assert widget(thing, 9)["place"]["parent"] == wid(1)


def test_what_lies_deep_inside_a_copied_widget_is_copied_once(thing: Thing, ana: User) -> None:
    inner = {"id": wid(2), "kind": "frame", "place": {"parent": wid(1), "x": 0, "y": 0}}
    do(
        thing,
        ana,
        add({"id": wid(1), "kind": "frame"}, inner, {**note(3), "place": {"parent": wid(2), "x": 1, "y": 1}}),
    )
    ids = {wid(number): wid(10 + number) for number in (1, 2, 3)}
    done = do(thing, ana, {"type": "duplicate", "widgets": [wid(1), wid(3)], "ids": ids})
    assert (len(done.effects), done.skipped) == (3, [])
    assert widget(thing, 13)["place"]["parent"] == wid(12)


@pytest.mark.thorough
def test_order_keys_stay_short(thing: Thing, ana: User) -> None:
    """Two that change places again and again halve what is between their neighbours."""
    do(thing, ana, add(*[note(number) for number in range(1, 6)]))
    for turn in range(400):
        moving, other = (2, 3) if turn % 2 else (3, 2)
        do(thing, ana, {"type": "reorder", "widgets": [wid(moving)], "below": wid(other)})
        do(thing, ana, {"type": "reorder", "widgets": [wid(5)], "above": wid(moving)})
    assert max(len(one["order"]) for one in shown(thing)) <= 41
    require_replayed(thing)


@pytest.mark.parametrize("order", ["z" * 27, "z" * 27 + "V", "A" + "0" * 26 + "V"])
def test_an_order_key_that_nothing_can_be_put_beyond_is_refused(thing: Thing, ana: User, order: str) -> None:
    with pytest.raises(Invalid) as caught:
        do(thing, ana, add(note(1, order=order)))
    assert caught.value.errors[0]["pointer"] == "/actions/0/widgets/0/order"


def test_undo_of_a_group_that_added_and_wrote(thing: Thing, ana: User) -> None:
    do(thing, ana, add(note(1)), group="g")
    do(thing, ana, {"type": "set_text", "widget": wid(1), "text": "words"}, group="g")
    assert do(thing, ana, {"type": "undo"}).skipped == []
    assert shown(thing) == []
    assert do(thing, ana, {"type": "redo"}).skipped == []
    assert widget(thing, 1)["text"] == [{"insert": "words"}]


def test_a_group_that_wrote_into_two_is_undone_and_what_was_before_too(thing: Thing, ana: User) -> None:
    """Each of the two has only a part of the group's changes, and yet they cancel."""
    do(thing, ana, add(note(1, text="one"), note(2, text="two")))
    do(thing, ana, {"type": "set_text", "widget": wid(1), "text": "one and"})
    do(thing, ana, {"type": "set_text", "widget": wid(1), "text": "one"}, group="g")
    do(thing, ana, {"type": "set_text", "widget": wid(2), "text": "two, too"}, group="g")
    do(thing, ana, {"type": "undo"})
    do(thing, ana, {"type": "undo"})
    assert (widget(thing, 1)["text"], widget(thing, 2)["text"]) == ([{"insert": "one"}], [{"insert": "two"}])
    require_replayed(thing)


TYPED = st.lists(st.tuples(st.booleans(), st.integers(0, 99), st.sampled_from("xy")), min_size=1, max_size=12)


@pytest.mark.thorough
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(typed=TYPED)
def test_undo_of_a_group_leaves_every_character_of_the_others(
    ana: User, jonas: User, typed: list[tuple[bool, int, str]]
) -> None:
    """Ana types a gesture, Jonas types between her letters: hers go, his stay, and come back."""
    thing = editing.create(ana, {"title": "T", "visibility": "public"}, via=Via.EDITOR)
    thing.memberships.create(user=jonas, role="editor")
    do(thing, ana, add(note(1, text="begin")))
    for mine, at, letter in typed:
        text = widget(thing, 1)["text"][0]["insert"]
        at = at % (len(text) + 1)
        word = letter.upper() if mine else letter
        actor, group = (ana, {"group": "g"}) if mine else (jonas, {})
        do(thing, actor, {"type": "set_text", "widget": wid(1), "text": text[:at] + word + text[at:]}, **group)
    before = widget(thing, 1)["text"][0]["insert"]
    if any(mine for mine, _, _ in typed):
        do(thing, ana, {"type": "undo", "group": "g"})
        after = widget(thing, 1)["text"][0]["insert"]
        assert after == "".join(letter for letter in before if not letter.isupper())
        do(thing, ana, {"type": "redo", "group": "g"})
        assert sorted(widget(thing, 1)["text"][0]["insert"]) == sorted(before)
    assert load(fresh(thing)).digest() == fresh(thing).digest
