"""Edits in the admin are changes like any other: in the log, with attribution, told to every open editor."""

import json
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from tests.conftest import MakeUser
from tests.things.making import add, do, fresh, note, require_replayed, shown, wid, widget
from things.models import Change, Membership, Role, Thing, Widget

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(make_user: MakeUser) -> User:
    return make_user("Ada", is_staff=True, is_superuser=True)


@pytest.fixture
def desk(admin: User) -> Client:
    client = Client()
    client.force_login(admin)
    return client


def thing_form(thing: Thing, **changed: Any) -> dict[str, Any]:
    given = {
        "title": thing.title,
        "canvas": json.dumps(thing.canvas),
        "visibility": thing.visibility,
        "tags": json.dumps(thing.tags),
        "memberships-TOTAL_FORMS": "0",
        "memberships-INITIAL_FORMS": "0",
        **changed,
    }
    return {name: value for name, value in given.items() if value is not None}


def newest(thing: Thing) -> Change:
    return Change.objects.filter(thing=thing).latest("revision")


@pytest.mark.parametrize("path", ["thing", "widget", "change", "membership"])
def test_lists_open(desk: Client, thing: Thing, ana: User, path: str) -> None:
    do(thing, ana, add(note(1)))
    assert desk.get(f"/admin/things/{path}/").status_code == 200
    rows = {"thing": Thing, "widget": Widget, "change": Change, "membership": Membership}[path]
    assert desk.get(f"/admin/things/{path}/{rows.objects.order_by('pk').last().pk}/change/").status_code == 200  # type: ignore[attr-defined,union-attr]


def test_saving_a_thing_is_a_change_by_the_admin(desk: Client, thing: Thing, admin: User) -> None:
    answer = desk.post(f"/admin/things/thing/{thing.pk}/change/", thing_form(thing, title="By the admin"))
    assert answer.status_code == 302
    change = newest(thing)
    assert (change.via, change.actor, change.revision) == ("admin", admin, 2)
    assert change.effects == [{"op": "meta", "field": "title", "value": "By the admin"}]
    require_replayed(thing)


def test_editing_a_widget_writes_what_differs(desk: Client, thing: Thing, ana: User) -> None:
    do(thing, ana, add(note(1, text="Bring")))
    row = Widget.objects.get(thing=thing)
    fields = {**row.fields, "fill": "#000000", "place": {"parent": None, "x": 7, "y": 8}}
    form = {"fields": json.dumps(fields), "alive": "on", "words": "Bring towels"}
    assert desk.post(f"/admin/things/widget/{row.pk}/change/", form).status_code == 302
    found = widget(thing, 1)
    assert (found["fill"], found["place"]["x"], found["text"]) == ("#000000", 7, [{"insert": "Bring towels"}])
    assert sorted(effect.get("field", effect["op"]) for effect in newest(thing).effects) == ["fill", "place", "text"]
    require_replayed(thing)


def test_what_is_refused_changes_nothing_and_is_told(desk: Client, thing: Thing, ana: User) -> None:
    do(thing, ana, add(note(1)))
    row = Widget.objects.get(thing=thing)
    form = {"fields": json.dumps({**row.fields, "fill": "red"}), "alive": "on", "words": ""}
    answer = desk.post(f"/admin/things/widget/{row.pk}/change/", form, follow=True)
    assert "Nothing was changed" in answer.content.decode()
    assert "was changed successfully" not in answer.content.decode()
    assert fresh(thing).revision == 2


def test_adding_and_deleting_widgets(desk: Client, thing: Thing, ana: User) -> None:
    form = {"thing": str(thing.pk), "kind": "note", "fields": "{}", "alive": "on", "words": "New"}
    assert desk.post("/admin/things/widget/add/", form).status_code == 302
    assert [entry["text"] for entry in shown(thing)] == [[{"insert": "New"}]]
    do(thing, ana, add(note(1)))
    rows = [str(pk) for pk in Widget.objects.filter(thing=thing).values_list("pk", flat=True)]
    chosen = {"action": "delete_selected", "_selected_action": rows, "post": "yes"}
    desk.post("/admin/things/widget/", chosen)
    assert shown(thing) == []
    assert newest(thing).types == ["delete"]
    assert Widget.objects.filter(thing=thing).count() == 2  # M3: the bodies are kept
    require_replayed(thing)


def test_bulk_trash(desk: Client, thing: Thing) -> None:
    desk.post("/admin/things/thing/", {"action": "trash", "_selected_action": [str(thing.pk)]})
    assert fresh(thing).trashed_at is not None
    assert newest(thing).via == "admin"


def test_a_change_of_role_is_told_to_open_streams(desk: Client, thing: Thing, jonas: User) -> None:
    row, before = Membership.objects.get(thing=thing), fresh(thing).access_epoch
    form = {"thing": str(thing.pk), "user": str(jonas.pk), "role": Role.VIEWER}
    assert desk.post(f"/admin/things/membership/{row.pk}/change/", form).status_code == 302
    assert fresh(thing).access_epoch == before + 1


def test_staff_see_a_picture_of_every_thing_in_the_list(desk: Client, thing: Thing, ana: User) -> None:
    do(thing, ana, add(note(1), note(2)), {"type": "rename", "title": "Hidden <b>"})
    do(thing, ana, {"type": "delete", "widgets": [wid(2)]})
    page = desk.get("/admin/things/thing/").content.decode()
    address = f"/admin/things/thing/{thing.pk}/thumbnail.svg"
    assert f'src="{address}?r=3"' in page
    assert "Hidden &lt;b&gt;" in page
    assert '<td class="field-widgets_alive">1</td>' in page
    picture = desk.get(address)
    assert picture["Content-Type"] == "image/svg+xml"
    assert "sandbox" in picture["Content-Security-Policy"]
    assert Client().get(address).status_code == 302
