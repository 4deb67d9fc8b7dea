"""The admin, as it failed once: pages that broke, forms that wrote too much, success that was none."""

import json
from typing import Any

import pytest
from django.contrib import admin as django_admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client

from accounts.models import User
from tests.admin.forms import opened
from tests.conftest import MakeUser
from tests.things.making import add, do, fresh, note, shown, wid, widget
from things.kinds import KINDS
from things.models import Membership, Role, Thing, Widget

pytestmark = pytest.mark.django_db

MODELS = sorted(model._meta.label_lower for model in django_admin.site._registry)
PERMISSIONS = ("view", "add", "change", "delete")


@pytest.fixture
def desk(make_user: MakeUser) -> Client:
    client = Client()
    client.force_login(make_user("Ada", is_staff=True, is_superuser=True))
    return client


def staff(make_user: MakeUser, *permissions: str, name: str = "Mina") -> Client:
    user = make_user(name, is_staff=True)
    wanted = [permission.split(".") for permission in permissions]
    for app, codename in wanted:
        user.user_permissions.add(Permission.objects.get(content_type__app_label=app, codename=codename))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def every_kind(thing: Thing, ana: User) -> dict[str, Widget]:
    """One widget of each kind, by its kind."""
    made = [{"id": wid(number), "kind": kind, "place": {"x": number, "y": 0}} for number, kind in enumerate(KINDS, 1)]
    do(thing, ana, {"type": "add", "widgets": made})
    return {row.kind: row for row in Widget.objects.filter(thing=thing)}


def change_page(row: Any) -> str:
    return f"/admin/{row._meta.app_label}/{row._meta.model_name}/{row.pk}/change/"


def pages_of(label: str) -> list[str]:
    """Every page of a model: its lists, its forms, and those of each of its rows."""
    app, name = label.split(".")
    base, rows = f"/admin/{app}/{name}/", django_admin.site._registry
    model = next(model for model in rows if model._meta.label_lower == label)
    each = ("change/", "delete/", "history/", *(["password/"] if name == "user" else []))
    return [base, f"{base}add/", *[f"{base}{row.pk}/{page}" for row in model._default_manager.all() for page in each]]


@pytest.mark.parametrize("label", MODELS)
def test_v16_every_page_of_every_kind_opens(
    label: str, desk: Client, make_user: MakeUser, every_kind: dict[str, Widget], jonas: User
) -> None:
    app, name = label.split(".")
    people = {permission: staff(make_user, f"{app}.{permission}_{name}", name=permission) for permission in PERMISSIONS}
    for page in pages_of(label):
        assert desk.get(page).status_code in (200, 403), page
        found = {permission: client.get(page).status_code for permission, client in people.items()}
        assert set(found.values()) <= {200, 302, 403}, (page, found)
        if page.endswith("change/"):
            assert found["view"] == 200, page


@pytest.mark.parametrize(
    "typed",
    ["[1]", '"x"', "5", '{"a":NaN}', '{"a":1,"a":2}', '{"__proto__":1}', "[" * 2000, "{", '{"fill": 5}', '{"x": 7}'],
)
def test_v16_what_is_typed_as_fields_passes_the_strict_decoder(
    typed: str, desk: Client, every_kind: dict[str, Widget]
) -> None:
    row, before = every_kind["note"], fresh(every_kind["note"].thing).revision
    answer = desk.post(change_page(row), {**opened(desk, change_page(row)), "fields": typed})
    assert answer.status_code == 200
    assert b"errorlist" in answer.content
    # Nothing typed is lost.
    assert typed.replace('"', "&quot;") in answer.content.decode()
    assert fresh(row.thing).revision == before


@pytest.mark.parametrize(("field", "typed"), [("canvas", "[1]"), ("canvas", "NaN"), ("tags", "{}"), ("tags", "[1]")])
def test_v16_what_is_typed_for_a_thing_passes_it_too(field: str, typed: str, desk: Client, thing: Thing) -> None:
    answer = desk.post(change_page(thing), {**opened(desk, change_page(thing)), field: typed})
    assert (answer.status_code, fresh(thing).revision) == (200, 1)
    assert b"errorlist" in answer.content


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_r19_a_form_in_which_nothing_was_touched_writes_nothing(
    kind: str, desk: Client, every_kind: dict[str, Widget]
) -> None:
    row = every_kind[kind]
    before = fresh(row.thing).revision
    assert desk.post(change_page(row), opened(desk, change_page(row))).status_code == 302
    assert fresh(row.thing).revision == before


def test_r19_a_widget_keeps_what_others_wrote_while_the_form_was_open(
    desk: Client, thing: Thing, ana: User, jonas: User
) -> None:
    """A types 50 into X while B moves it to y 700: (50, 700). The same for the text, the size, the trash."""
    do(thing, ana, add(note(1, text="line one\nline two")))
    row = Widget.objects.get(thing=thing)
    form = opened(desk, change_page(row))
    fields = json.loads(form["fields"])
    do(thing, jonas, {"type": "resize", "widgets": [{"id": wid(1), "size": {"width": 222, "height": 400}}]})
    do(thing, jonas, {"type": "set_text", "widget": wid(1), "text": "line one, corrected\nline two"})
    typed = json.dumps({**fields, "fill": "#000000"})
    sent = {**form, "fields": typed, "words": form["words"] + "\r\nline three"}
    assert desk.post(change_page(row), sent).status_code == 302
    found = widget(thing, 1)
    assert (found["fill"], found["size"]) == ("#000000", {"width": 222, "height": 400})
    assert found["text"] == [{"insert": "line one, corrected\nline two\nline three"}]


def test_r19_a_thing_keeps_what_others_wrote_while_the_form_was_open(desk: Client, thing: Thing, ana: User) -> None:
    form = opened(desk, change_page(thing))
    do(thing, ana, {"type": "rename", "title": "By Ana"})
    do(thing, ana, {"type": "set_thing", "set": {"visibility": "public"}})
    do(thing, ana, {"type": "set_canvas", "set": {"grid": False}})
    canvas = json.dumps({**json.loads(form["canvas"]), "background": "#000000"})
    assert desk.post(change_page(thing), {**form, "canvas": canvas}).status_code == 302
    found = fresh(thing)
    assert (found.title, found.visibility) == ("By Ana", "public")
    assert (found.canvas["grid"], found.canvas["background"]) == (False, "#000000")


def test_r19_members_keep_the_role_that_was_given_meanwhile(desk: Client, thing: Thing, mina: User) -> None:
    membership = Membership.objects.get(thing=thing)
    form = opened(desk, change_page(thing))
    membership.role = Role.VIEWER
    membership.save()
    prefix = "memberships-"
    sent = {**form, f"{prefix}TOTAL_FORMS": "2", f"{prefix}1-user": str(mina.pk), f"{prefix}1-role": Role.COMMENTER}
    assert desk.post(change_page(thing), sent).status_code == 302
    roles = dict(Membership.objects.filter(thing=thing).values_list("user__name", "role"))
    assert roles == {"Jonas": Role.VIEWER, "Mina": Role.COMMENTER}


@pytest.fixture
def mina(make_user: MakeUser) -> User:
    return make_user("Mina")


def test_r20_success_is_told_only_when_so(desk: Client, thing: Thing, ana: User) -> None:
    """A locked widget, deleted with others: only what went is told and logged, also with "all selected"."""
    do(thing, ana, add(note(1), note(2), note(3)), {"type": "lock", "widgets": [wid(1)], "on": True})
    locked = Widget.objects.get(thing=thing, id=wid(1))
    chosen = {"action": "delete_selected", "_selected_action": [str(locked.pk)], "post": "yes"}
    page = desk.post("/admin/things/widget/", chosen, follow=True).content.decode()
    assert "Left out" in page
    assert "0 of 1 widgets were deleted" in page
    assert "Successfully" not in page
    assert LogEntry.objects.count() == 0
    everything = {**chosen, "select_across": "1"}
    page = desk.post("/admin/things/widget/", everything, follow=True).content.decode()
    assert "2 of 3 widgets were deleted" in page
    assert "Successfully" not in page
    assert LogEntry.objects.count() == 2
    assert [entry["id"] for entry in shown(thing)] == [wid(1)]


def test_r20_one_that_is_locked_is_not_told_as_deleted_or_changed(desk: Client, thing: Thing, ana: User) -> None:
    do(thing, ana, add(note(1)), {"type": "lock", "widgets": [wid(1)], "on": True})
    row = Widget.objects.get(thing=thing)
    page = desk.post(change_page(row).replace("change/", "delete/"), {"post": "yes"}, follow=True).content.decode()
    assert "Left out" in page
    assert "successfully" not in page
    form = opened(desk, change_page(row))
    fields = json.dumps({**json.loads(form["fields"]), "fill": "#000000"})
    page = desk.post(change_page(row), {**form, "fields": fields}, follow=True).content.decode()
    assert "Left out" in page
    assert "successfully" not in page


def test_r20_moving_to_the_trash_tells_how_many(desk: Client, thing: Thing, ana: User) -> None:
    chosen = {"action": "trash", "_selected_action": [str(thing.pk)]}
    assert "1 Things were moved" in desk.post("/admin/things/thing/", chosen, follow=True).content.decode()
    again = desk.post("/admin/things/thing/", chosen, follow=True).content.decode()
    assert "1 Things were moved" not in again
    assert "restore the Thing" in again


def test_out_of_the_trash_and_renamed_in_one_form(desk: Client, thing: Thing, ana: User) -> None:
    do(thing, ana, {"type": "set_thing", "set": {"trashed": True}})
    form = opened(desk, change_page(thing))
    form.pop("trashed")
    assert desk.post(change_page(thing), {**form, "title": "Back"}).status_code == 302
    assert (fresh(thing).trashed_at, fresh(thing).title) == (None, "Back")


def test_v12_bulk_actions_need_the_permission_to_change(make_user: MakeUser, thing: Thing) -> None:
    viewer = staff(make_user, "things.view_thing")
    for action in ("trash", "restore"):
        viewer.post("/admin/things/thing/", {"action": action, "_selected_action": [str(thing.pk)]})
    assert fresh(thing).revision == 1
    changer = staff(make_user, "things.view_thing", "things.change_thing", name="Kim")
    changer.post("/admin/things/thing/", {"action": "trash", "_selected_action": [str(thing.pk)]})
    assert fresh(thing).trashed_at is not None
