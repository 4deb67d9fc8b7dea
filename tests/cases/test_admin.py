"""The admin, as it failed once: pages that broke, forms that wrote too much, success that was none."""

import json
from typing import Any

import pytest
from django.contrib import admin as django_admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission
from django.test import Client

from accounts.api.views import Profile
from accounts.models import Token, User
from streaming.context import RequestContext
from streaming.services.monitor import MonitorService
from tests.admin.forms import opened
from tests.conftest import MakeUser
from tests.things.making import add, do, fresh, note, shown, wid, widget
from things.kinds import KINDS
from things.models import Membership, Role, Thing, Widget
from things.people import sharing

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


def test_v12_nobody_is_made_an_owner_by_a_membership(
    desk: Client, make_user: MakeUser, thing: Thing, jonas: User
) -> None:
    """Who might add members could add a second owner."""
    helper = staff(make_user, "things.add_membership", "things.change_membership", "things.change_thing")
    other, member = make_user("Otto"), Membership.objects.get(thing=thing, user=jonas)
    new = {"thing": str(thing.pk), "user": str(other.pk), "role": "owner"}
    inline = {**opened(desk, change_page(thing)), "memberships-0-role": "owner"}
    for client in (desk, helper):
        for page, form in (("/admin/things/membership/add/", new), (change_page(member), {**new, "user": jonas.pk})):
            answer = client.post(page, form)
            assert (answer.status_code, b"errorlist" in answer.content) == (200, True)
    assert b"errorlist" in desk.post(change_page(thing), inline).content
    assert list(Membership.objects.values_list("user__name", "role")) == [("Jonas", Role.EDITOR)]
    with pytest.raises(ValueError, match="no role that can be given"):
        sharing.share(thing, other, Role.OWNER, by=None)
    with pytest.raises(ValueError, match="no role that can be given"):
        sharing.invite(thing, "otto@example.org", Role.OWNER, by=jonas)


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


CHANGE_USER = ("accounts.view_user", "accounts.change_user", "accounts.delete_user")


def test_v12_who_may_change_people_gives_nobody_rights(make_user: MakeUser, jonas: User) -> None:
    desk = staff(make_user, *CHANGE_USER)
    mina = User.objects.get(name="Mina")
    for user in (mina, jonas):
        form = opened(desk, change_page(user))
        more = {"is_superuser": "on", "is_staff": "on", "groups": ["1"], "user_permissions": ["1", "2"]}
        desk.post(change_page(user), {**form, **more, "name": "Renamed"})
        found = User.objects.get(pk=user.pk)
        assert (found.name, found.is_superuser) == ("Renamed", False)
        assert set(found.user_permissions.values_list("codename", flat=True)) <= {
            "view_user",
            "change_user",
            "delete_user",
        }
    assert not User.objects.get(pk=jonas.pk).is_staff


def test_v12_only_superusers_touch_the_identity_of_staff(make_user: MakeUser, jonas: User) -> None:
    ada = make_user("Ada", is_staff=True, is_superuser=True)
    desk = staff(make_user, *CHANGE_USER)
    mina = User.objects.get(name="Mina")
    for user in (ada, mina, make_user("Kim", is_staff=True), make_user("Root", is_superuser=True)):
        before = (user.email, user.password, user.is_active)
        form = {**opened(desk, change_page(user)), "email": "stolen@example.org"}
        form.pop("is_active", None)
        desk.post(change_page(user), form)
        password = change_page(user).replace("change/", "password/")
        sent = {"password1": "another-word-7", "password2": "another-word-7", "usable_password": "true"}
        assert desk.post(password, sent).status_code == 403
        desk.post(change_page(user).replace("change/", "delete/"), {"post": "yes"})
        everything = {"action": "delete_selected", "_selected_action": [str(user.pk)], "post": "yes"}
        desk.post("/admin/accounts/user/", everything)
        found = User.objects.get(pk=user.pk)
        assert (found.email, found.password, found.is_active) == before
    # Others may be helped.
    password = change_page(jonas).replace("change/", "password/")
    sent = {"password1": "another-word-7", "password2": "another-word-7", "usable_password": "true"}
    assert desk.post(password, sent).status_code == 302
    assert User.objects.get(pk=jonas.pk).check_password("another-word-7")


def test_v12_only_superusers_change_groups_and_end_tokens_of_staff(make_user: MakeUser, jonas: User) -> None:
    ada = make_user("Ada", is_staff=True, is_superuser=True)
    group = Group.objects.create(name="Desk")
    wanted = ("view_group", "add_group", "change_group", "delete_group")
    desk = staff(make_user, *[f"auth.{name}" for name in wanted], "accounts.view_token", "accounts.delete_token")
    assert desk.get("/admin/auth/group/").status_code == 200
    desk.post("/admin/auth/group/add/", {"name": "Mine", "permissions": ["1"]})
    desk.post(change_page(group), {"name": "Desk", "permissions": ["1"]})
    desk.post(change_page(group).replace("change/", "delete/"), {"post": "yes"})
    assert list(Group.objects.values_list("name", "permissions")) == [("Desk", None)]
    hers, his = (Token.objects.create(user=user, name="t", scopes=["read"])[0] for user in (ada, jonas))
    for token in (hers, his):
        desk.post(change_page(token).replace("change/", "delete/"), {"post": "yes"})
    assert list(Token.objects.values_list("pk", flat=True)) == [hers.pk]


def test_v12_live_connections_need_a_permission(make_user: MakeUser) -> None:
    nobody = staff(make_user)
    assert nobody.get("/admin/connections/").status_code == 403
    assert nobody.post("/admin/connections/cut/", {"id": "s1-12345678"}).status_code == 403
    assert "connections" not in nobody.get("/admin/").content.decode()
    looking = staff(make_user, "accounts.view_connections", name="Kim")
    page = looking.get("/admin/connections/")
    assert (page.status_code, "data-cut=" in page.content.decode()) == (200, False)
    assert looking.post("/admin/connections/cut/", {"id": "s1-12345678"}).status_code == 403
    cutting = staff(make_user, "accounts.cut_connections", name="Noor")
    assert cutting.post("/admin/connections/cut/", {"id": "s1-12345678"}).status_code == 204


def test_v12_monitor_needs_the_permission_and_a_session(make_user: MakeUser) -> None:
    monitor, ada = MonitorService(), make_user("Ada", is_staff=True, is_superuser=True)
    staff(make_user)
    staff(make_user, "accounts.view_connections", name="Kim")
    read = {
        user.name: monitor.may_read(RequestContext(user=user, session_key="s" * 32), "connections")
        for user in User.objects.all()
    }
    assert read == {"Ada": True, "Mina": False, "Kim": True}
    token = Token.objects.create(user=ada, name="t", scopes=["read", "write"])[0]
    assert not monitor.may_read(RequestContext(user=ada, token=token), "connections")
    assert not monitor.is_offered(RequestContext(user=ada, token=token))


def test_v12_a_permission_that_is_taken_is_told_to_open_streams(desk: Client, make_user: MakeUser) -> None:
    staff(make_user, "accounts.view_connections")
    mina = User.objects.get(name="Mina")
    form = opened(desk, change_page(mina))
    form.pop("user_permissions")
    assert desk.post(change_page(mina), form).status_code == 302
    assert not User.objects.get(pk=mina.pk).has_perm("accounts.view_connections")
    assert User.objects.get(pk=mina.pk).access_epoch == mina.access_epoch + 1
    group = Group.objects.create(name="Desk")
    mina.groups.add(group)
    assert desk.post(change_page(group), opened(desk, change_page(group))).status_code == 302
    assert User.objects.get(pk=mina.pk).access_epoch == mina.access_epoch + 2


def test_r19_a_person_keeps_what_was_changed_while_the_form_was_open(desk: Client, make_user: MakeUser) -> None:
    user = make_user("Tomas", is_staff=True)
    view, add_ = Permission.objects.filter(codename__in=["view_user", "add_user"]).order_by("-codename")
    user.user_permissions.add(view)
    form = opened(desk, change_page(user))
    user.user_permissions.add(add_)
    User.objects.filter(pk=user.pk).update(name="Tom", is_active=False)
    more = str(Permission.objects.get(codename="delete_user").pk)
    sent = {**form, "color": "5", "user_permissions": [form["user_permissions"], more]}
    assert desk.post(change_page(user), sent).status_code == 302
    found = User.objects.get(pk=user.pk)
    assert (found.name, found.is_active, found.color) == ("Tom", False, 5)
    codenames = set(found.user_permissions.values_list("codename", flat=True))
    assert codenames == {"view_user", "add_user", "delete_user"}


UNREADABLE: list[tuple[str, dict[str, Any] | None]] = [
    ("accounts/user/", {"action": "delete_selected", "_selected_action": ["zz"]}),
    ("things/thing/", {"action": "trash", "_selected_action": ["zz"]}),
    ("things/membership/add/?thing=zz", None),
    ("things/widget/add/?thing=zz", None),
]


@pytest.mark.parametrize(("path", "sent"), UNREADABLE)
def test_v16_what_is_no_id_is_a_bad_request(path: str, sent: dict[str, Any] | None, desk: Client) -> None:
    desk.raise_request_exception = False
    url = f"/admin/{path}"
    assert (desk.get(url) if sent is None else desk.post(url, sent)).status_code == 400


def test_r19_what_was_read_is_not_written_back(make_user: MakeUser, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new name, or a new password, wrote all of the row as it had been a moment before: rights, e-mail, activity."""
    user = make_user("Tomas", is_staff=True)
    by_program, by_form = User.objects.get(pk=user.pk), User.objects.get(pk=user.pk)
    User.objects.filter(pk=user.pk).update(is_staff=False, is_active=False, email="t@example.org")
    profile = Profile(by_program, data={"name": "Tom"}, partial=True)
    profile.is_valid(raise_exception=True)
    profile.save()
    by_form.set_password("lanterns over water")
    by_form.save()
    found = User.objects.get(pk=user.pk)
    assert (found.name, found.is_staff, found.is_active, found.email) == ("Tom", False, False, "t@example.org")
    assert found.check_password("lanterns over water")
    assert found.access_epoch == user.access_epoch + 1


def test_r20_the_owner_is_not_made_a_member(desk: Client, thing: Thing, ana: User) -> None:
    """The admin told success, and from then on the list of members had the owner twice."""
    sent = {"thing": str(thing.pk), "user": str(ana.pk), "role": "viewer"}
    answer = desk.post("/admin/things/membership/add/", sent)
    assert (answer.status_code, "this is the owner" in answer.content.decode()) == (200, True)
    inline = {**opened(desk, change_page(thing)), "memberships-TOTAL_FORMS": "2", "memberships-1-role": "viewer"}
    answer = desk.post(change_page(thing), {**inline, "memberships-1-user": str(ana.pk)})
    assert (answer.status_code, "this is the owner" in answer.content.decode()) == (200, True)
    assert not Membership.objects.filter(thing=thing, user=ana).exists()


@pytest.mark.parametrize("password", ["new@harbourpool.example", "tomasina", "12345678", "short"])
def test_v16_a_password_that_is_no_secret_is_refused_for_a_new_person_too(password: str, desk: Client) -> None:
    sent = {"email": "new@harbourpool.example", "name": "Tomasina", "usable_password": "true"}
    answer = desk.post("/admin/accounts/user/add/", {**sent, "password1": password, "password2": password})
    assert answer.status_code == 200
    assert not User.objects.filter(name="Tomasina").exists()


def test_v16_one_e_mail_in_two_spellings_is_one_person(desk: Client, make_user: MakeUser) -> None:
    make_user("Tomas")
    sent = {"email": "TOMAS@Example.org", "name": "Other", "usable_password": "true"}
    word = "a-long-enough-word-9"
    answer = desk.post("/admin/accounts/user/add/", {**sent, "password1": word, "password2": word})
    assert (answer.status_code, User.objects.filter(name="Other").exists()) == (200, False)
