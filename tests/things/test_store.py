"""The editing path's own SQL is held to the models: a column that was forgotten there fails here."""

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
import pytest
from django.contrib.sessions.models import Session
from django.db import IntegrityError, connection, transaction
from django.db.models import Model

from accounts.columns import columns_of
from accounts.models import Token, User
from accounts.statements import Statement
from tests.things.making import add, do, fresh, note, shown, wid
from things import store, writes
from things.document import WidgetState
from things.models import Change, TextChange, Thing, UndoStep, Via, Widget
from things.writes import Writes

pytestmark = pytest.mark.django_db

MOMENT = datetime(2026, 2, 28, 23, 59, 59, 123456, tzinfo=UTC)
JSON = [{"é𝄞": [1, 1.5, -0.001, 10_000_000, True, None, '"\\\n\u2028']}]


def said(what: Callable[[Writes], None]) -> None:
    parts = Writes()
    what(parts)
    parts.say()


def columns(row: Model) -> dict[str, Any]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def test_every_column_of_a_widget_is_written() -> None:
    assert {*writes.WIDGET_NEW, "row"} == {field.attname for field in Widget._meta.concrete_fields}
    assert {*writes.WIDGET_NEW} - {*writes.WIDGET_CHANGING} == {"thing_id", "id", "kind"}
    assert {*writes.STEP, "id"} == {field.attname for field in UndoStep._meta.concrete_fields}
    # They are their own column names, which the SQL relies on.
    assert {field.attname for field in Widget._meta.concrete_fields} == {f.column for f in Widget._meta.concrete_fields}


def test_a_state_is_read_in_its_order() -> None:
    assert tuple(field.name for field in dataclasses.fields(WidgetState)) == store.WIDGET_READ


def test_a_widget_comes_back_as_it_was_written(thing: Thing, ana: User) -> None:
    held = {"widget": wid(1), "anchor": "auto"}
    inside = note(3, 1.25, name="𝄞 \\ ' %s", text="é𝄞", place={"parent": wid(2), "x": -0.5, "y": 10_000_000})
    frame = {"id": wid(2), "kind": "frame", "place": {"parent": None, "x": 1, "y": 2}}
    tied = {"id": wid(4), "kind": "connector", "start": held, "end": {**held, "widget": wid(3)}}
    do(thing, ana, add(note(1), frame, inside, tied))
    do(thing, ana, {"type": "delete", "widgets": [wid(1)]})
    rows = list(Widget.objects.filter(thing=thing))
    asked = [str(row.id) for row in rows]
    states = sorted(
        (WidgetState(*read) for read in store.widgets(thing.pk, [*asked, wid(9)])), key=lambda s: s.row or 0
    )
    for row, state in zip(rows, states, strict=True):
        seen = (str(row.id), row.kind, row.alive, row.fields, row.origins, row.text, row.row)
        assert seen == dataclasses.astuple(state)
        assert (str(row.parent) if row.parent else None, bytes(row.order_key).decode()) == (state.parent, state.order)
        ends = [state.fields.get(end, {}).get("widget") for end in ("start", "end")]
        assert [str(end) if end else None for end in (row.start_target, row.end_target)] == ends
        assert type(state.alive) is bool
    assert [state.alive for state in states] == [False, True, True, True]
    assert [row.parent for row in rows] == [None, None, UUID(wid(2)), None]
    assert rows[3].end_target == UUID(wid(3))


@pytest.mark.parametrize("text", ["", 'a"\\b\n%s{}é𝄞\u2028'])
def test_the_living_as_they_are_shown_else(thing: Thing, ana: User, text: str) -> None:
    """No row is decoded for the answer, and yet it says the same."""
    frame = {"id": wid(9), "kind": "frame", "place": {"parent": None, "x": 1.5, "y": -2}, "name": text, "order": "Zz"}
    inside = note(2, text=text, place={"parent": wid(9), "x": 0, "y": 0})
    held = {"widget": wid(2), "anchor": "auto"}
    connector = {"id": wid(3), "kind": "connector", "start": held, "end": {"x": 1, "y": 2}}
    assert store.living_json(thing.pk) == b"[]"
    do(thing, ana, add(frame, inside, connector, note(4), note(1, order="a5"), note(5, order="a5")))
    do(thing, ana, {"type": "delete", "widgets": [wid(4)]})
    told = msgspec.json.decode(store.living_json(thing.pk))
    assert told == shown(thing)
    assert told[0]["id"] == wid(9)
    assert len(told) == 5


def test_a_thing_is_locked_as_it_is_stored(thing: Thing) -> None:
    told = {"title": "é𝄞%s", "tags": JSON, "canvas": {"a": JSON}, "origins": {"title": 3}, "trashed_at": MOMENT}
    for name, value in {
        **told,
        "is_template": True,
        "living": 3,
        "living_bytes": 1 << 40,
        "changed_at": MOMENT,
    }.items():
        setattr(thing, name, value)
    thing.save()
    locked = store.lock(thing.pk)
    assert locked is not None
    assert columns(locked) == columns(Thing.objects.get(pk=thing.pk))
    assert {type(value) for value in (locked.is_template, locked.is_demo)} == {bool}
    assert not locked.get_deferred_fields()
    assert store.lock(UUID(int=1)) is None


def test_a_thing_is_updated_as_it_is_saved(thing: Thing, ana: User) -> None:
    every = [field.attname for field in Thing._meta.concrete_fields if not field.primary_key]
    thing.title, thing.tags, thing.trashed_at, thing.is_demo = "Ünder ", JSON, MOMENT, True
    thing.revision, thing.digest, thing.canvas, thing.living_bytes = 1 << 40, "f" * 16, {"b": JSON}, 7
    said(lambda writes: writes.thing(thing, every))
    found = fresh(thing)
    assert columns(found) == columns(thing)
    assert "under" in found.title_key.split("\n")


def test_a_change_and_a_step_are_stored_whole(thing: Thing, ana: User) -> None:
    change = Change(
        thing=thing, revision=7, request_id="é'%s", actor=ana, actor_id_kept=ana.pk, actor_name="Ana", via=Via.IMPORT,
        types=["a"], actions=JSON, effects=[], before=[None], skipped=JSON, payload_hash="p", digest="d", event_bytes=1,
        stored_bytes=2, group="g", undoes=[1, 2], created_at=MOMENT,
    )  # fmt: skip
    said(lambda writes: writes.change(change, {"effects": '[{"op":"meta"}]'}))
    found = Change.objects.get(thing=thing, revision=7)
    changed = {"effects": [{"op": "meta"}], "id": found.pk}
    assert columns(found) == {**columns(change), **changed}
    assert store.seen(thing.pk, "é'%s")
    assert not store.seen(thing.pk, "é'")
    said(lambda writes: writes.text_changes(thing.pk, [wid(2), wid(1)], 7))
    assert [str(row.widget) for row in TextChange.objects.filter(thing=thing).order_by("pk")] == [wid(2), wid(1)]
    said(lambda writes: writes.new_step(thing.pk, ana.pk, 7, "g"))
    step = UndoStep.objects.get(thing=thing, revision=7)
    assert (step.user, step.group, step.undone_at) == (ana, "g", None)


def test_only_what_was_undone_ends(thing: Thing, ana: User, jonas: User) -> None:
    steps = [
        UndoStep(thing=thing, user=user, revision=revision, undone_at=undone_at)
        for revision, (user, undone_at) in enumerate([(ana, None), (ana, 9), (jonas, 9)], start=11)
    ]
    UndoStep.objects.bulk_create(steps)
    said(lambda writes: writes.end_redo(thing.pk, ana.pk))
    assert set(UndoStep.objects.filter(thing=thing).values_list("revision", flat=True)) == {11, 13}


def test_what_was_not_written_is_no_success(thing: Thing) -> None:
    row = [True, None, b"a", None, None, "{}", "{}", None, 1 << 40]
    with pytest.raises(writes.Miscounted, match="1 rows were to be written, 0 were"):
        said(lambda writes: writes.changed_widgets([row]))


def test_those_who_watch_statements_see_these_too(thing: Thing, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        store.lock(thing.pk)


def test_an_error_of_the_database_is_djangos(thing: Thing, ana: User) -> None:
    def twice(writes: Writes) -> None:
        writes.text_changes(thing.pk, [wid(1), wid(1)], 7)

    with pytest.raises(IntegrityError), transaction.atomic():
        said(twice)


@pytest.mark.parametrize("model", [Thing, Token, User, Session])
def test_a_row_is_the_instance_that_the_models_make(model: type[Model], thing: Thing, ana: User) -> None:
    Token.objects.create(ana, scopes=["read"])
    Session.objects.create(session_key="a" * 32, session_data="é", expire_date=MOMENT)
    expected = model._default_manager.first()
    assert expected is not None
    columns = columns_of(model)
    table = model._meta.db_table
    row = Statement(f"SELECT {columns.sql} FROM {table} WHERE {model._meta.pk.column} = %s").one(  # type: ignore[union-attr]
        [model._meta.pk.get_db_prep_value(expected.pk, connection)]  # type: ignore[union-attr]
    )
    made = columns.instance(row)
    assert (made, made._state.db, made._state.adding) == (expected, expected._state.db, expected._state.adding)
    held = [{name: value for name, value in vars(one).items() if name != "_state"} for one in (made, expected)]
    assert held[0] == held[1]
    assert [*map(type, held[0].values())] == [*map(type, held[1].values())]
