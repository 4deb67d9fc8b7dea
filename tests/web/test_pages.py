"""Opening, starting, copying and trashing Things from pages; thumbnails; what each page lets a browser do."""

import gzip
import json
import re
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client

from accounts.models import User
from tests.things.making import do
from things import editing
from things.document import load
from things.models import Membership, Role, Thing, Via
from things.reading import pictures
from things.web import views

pytestmark = pytest.mark.django_db

NOTE, FRAME, LINE = (str(uuid4()) for _ in range(3))
CONTENT = [
    {"id": FRAME, "kind": "frame", "place": {"parent": None, "x": 0, "y": 0}, "name": "Plan"},
    {"id": NOTE, "kind": "note", "place": {"parent": FRAME, "x": 10, "y": 10}, "text": "Bring towels"},
    {"id": LINE, "kind": "connector", "start": {"widget": NOTE}, "end": {"x": 300, "y": 200}},
]


@pytest.fixture
def ana() -> User:
    return User.objects.create_user("ana@harbourpool.example", "draw together", name="Ana Ruiz")


@pytest.fixture
def jonas() -> User:
    return User.objects.create_user("jonas@harbourpool.example", "draw together", name="Jonas Weber")


@pytest.fixture
def visitor(client: Client, ana: User) -> Client:
    client.force_login(ana)
    return client


@pytest.fixture
def pool(ana: User) -> Thing:
    thing = editing.create(ana, {"title": "Harbour pool"}, via=Via.API)
    editing.perform(thing.pk, ana, {"actions": [{"type": "add", "widgets": CONTENT}]}, via=Via.API)
    thing.refresh_from_db()
    return thing


def policy(answer: Any) -> dict[str, str]:
    parts = (part.strip().partition(" ") for part in answer["Content-Security-Policy"].split(";"))
    return {name: value for name, _, value in parts}


def opened(answer: Any) -> Thing:
    found = re.fullmatch(r"/things/([0-9a-f-]{36})/", answer["Location"])
    assert found
    return Thing.objects.get(pk=found[1])


def test_pages_run_no_inline_script_but_the_import_map(visitor: Client, pool: Thing) -> None:
    answer = visitor.get("/")
    page, rules = answer.content.decode(), policy(answer)
    nonce = re.search(r'<script type="importmap" nonce="([^"]+)">', page)
    assert nonce
    assert rules["script-src"] == f"'self' 'nonce-{nonce[1]}'"
    assert rules["style-src"] == rules["connect-src"] == rules["font-src"] == rules["form-action"] == "'self'"
    assert rules["default-src"] == rules["base-uri"] == rules["frame-ancestors"] == "'none'"
    assert not re.search(r"\son[a-z]+=|\sstyle=|<style", page)
    scripts = re.findall(r"<script(?![^>]*\ssrc=)[^>]*>", page)
    assert len(scripts) == 1


def test_a_nonce_is_used_once(visitor: Client) -> None:
    assert policy(visitor.get("/"))["script-src"] != policy(visitor.get("/"))["script-src"]


def test_the_thumbnail_is_the_drawing_of_its_revision(visitor: Client, pool: Thing) -> None:
    answer = visitor.get(f"/things/{pool.pk}/thumbnail.svg?r={pool.revision}")
    assert answer["Content-Type"] == "image/svg+xml"
    assert f'data-id="{NOTE}"' in answer.content.decode()
    assert {"private", "no-cache"} == set(answer["Cache-Control"].split(", "))
    assert policy(answer)["default-src"] == "'none'"
    assert "sandbox" in policy(answer)
    again = visitor.get(f"/things/{pool.pk}/thumbnail.svg", headers={"If-None-Match": answer["ETag"]})
    assert again.status_code == 304


def test_a_new_revision_has_a_new_thumbnail(visitor: Client, pool: Thing, ana: User) -> None:
    before = visitor.get(f"/things/{pool.pk}/thumbnail.svg")
    action = {"type": "delete", "widgets": [NOTE]}
    editing.perform(pool.pk, ana, {"actions": [action]}, via=Via.API)
    after = visitor.get(f"/things/{pool.pk}/thumbnail.svg", headers={"If-None-Match": before["ETag"]})
    assert after.status_code == 200
    assert f'data-id="{NOTE}"' not in after.content.decode()


@pytest.mark.parametrize("path", ["", "thumbnail.svg"])
def test_what_is_not_visible_is_not_found(client: Client, pool: Thing, jonas: User, path: str) -> None:
    assert client.get(f"/things/{pool.pk}/{path}").status_code == 404
    client.force_login(jonas)
    hidden, absent = client.get(f"/things/{pool.pk}/{path}"), client.get(f"/things/{uuid4()}/{path}")
    assert hidden.status_code == absent.status_code == 404


def test_anonymous_people_may_look_at_what_is_public(client: Client, pool: Thing, ana: User) -> None:
    action = {"type": "set_thing", "set": {"visibility": "public"}}
    editing.perform(pool.pk, ana, {"actions": [action]}, via=Via.API)
    assert client.get(f"/things/{pool.pk}/thumbnail.svg").status_code == 200


def test_a_new_thing_is_made_and_opened(visitor: Client, ana: User) -> None:
    thing = opened(visitor.post("/things/new/"))
    assert (thing.title, thing.owner, thing.revision) == ("Untitled", ana, 1)


def test_starting_from_a_template_copies_its_content(visitor: Client, pool: Thing, ana: User) -> None:
    thing = opened(visitor.post("/things/new/", {"template": str(pool.pk)}))
    assert (thing.title, thing.is_template, thing.owner) == ("Harbour pool", False, ana)
    frame, note, line = sorted(
        load(thing).widgets_as_json(), key=lambda w: ["frame", "note", "connector"].index(w["kind"])
    )
    assert not {frame["id"], note["id"], line["id"]} & {FRAME, NOTE, LINE}
    assert note["place"] == {"parent": frame["id"], "x": 10, "y": 10}
    assert note["text"] == [{"insert": "Bring towels"}]
    assert line["start"]["widget"] == note["id"]


def test_a_copy_of_what_one_may_see(visitor: Client, pool: Thing, jonas: User, client: Client) -> None:
    Membership.objects.create(thing=pool, user=jonas, role=Role.VIEWER)
    client.force_login(jonas)
    thing = opened(client.post(f"/things/{pool.pk}/duplicate/"))
    assert (thing.title, thing.owner) == ("Copy of Harbour pool", jonas)


def test_nobody_copies_what_is_hidden(client: Client, pool: Thing, jonas: User) -> None:
    client.force_login(jonas)
    assert client.post(f"/things/{pool.pk}/duplicate/").status_code == 404
    assert client.post("/things/new/", {"template": str(pool.pk)}).status_code == 404
    assert client.post("/things/new/", {"template": "x"}).status_code == 404
    assert Thing.objects.count() == 1


def test_into_the_trash_and_out_again(visitor: Client, pool: Thing) -> None:
    visitor.post(f"/things/{pool.pk}/trash/")
    pool.refresh_from_db()
    assert pool.trashed_at
    visitor.post(f"/things/{pool.pk}/trash/", {"restore": "1"})
    pool.refresh_from_db()
    assert pool.trashed_at is None


def test_only_the_owner_trashes(client: Client, pool: Thing, jonas: User) -> None:
    Membership.objects.create(thing=pool, user=jonas, role=Role.EDITOR)
    client.force_login(jonas)
    client.post(f"/things/{pool.pk}/trash/")
    pool.refresh_from_db()
    assert pool.trashed_at is None


@pytest.mark.parametrize("path", ["/things/new/", "/things/{}/duplicate/", "/things/{}/trash/"])
def test_forms_need_their_token_and_a_person(pool: Thing, ana: User, path: str) -> None:
    strict, address = Client(enforce_csrf_checks=True), path.format(pool.pk)
    strict.force_login(ana)
    assert strict.post(address).status_code == 403
    assert strict.get(address).status_code == 405
    assert Client().post(address)["Location"].startswith("/sign-in/")


def test_the_editor_starts_from_one_snapshot(rf: Any, pool: Thing, ana: User) -> None:
    """What the modules get: a state of one revision, which its position names (P1), who I am, what kinds there are."""
    request = rf.get("/")
    request.user = ana
    boot = views.boot(request, pool)
    assert boot["state"] == f"/things/{pool.pk}/state.json"
    assert boot["me"] == {"id": str(ana.pk), "name": "Ana Ruiz", "color": ana.color}
    assert boot["role"] == Role.OWNER
    assert set(boot["kinds"]) >= {"shape", "text", "note", "frame", "connector"}
    assert len(boot["csrf"]) == 64
    json.dumps(boot)


def test_the_state_is_one_revision_and_nobodys(visitor: Client, client: Client, pool: Thing, ana: User) -> None:
    path = f"/things/{pool.pk}/state.json"
    plain, small = visitor.get(path), visitor.get(path, headers={"Accept-Encoding": "br, gzip"})
    assert small["Content-Encoding"] == "gzip"
    assert gzip.decompress(small.content) == plain.content
    whole = visitor.get(f"/api/things/{pool.pk}/").json()
    names = {"epoch", "revision", "digest", "title", "canvas", "tags", "visibility", "trashed", "template", "widgets"}
    assert plain.json() == {name: whole[name] for name in names}
    assert plain["Stream-Position"] == f"things/{pool.pk}; epoch={pool.epoch}; offset=2"
    assert {"Cookie", "Authorization", "Accept-Encoding"} <= set(re.split(r",\s*", plain["Vary"]))
    again = visitor.get(path, headers={"If-None-Match": plain["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    do(pool, ana, {"type": "rename", "title": "Later"})
    assert visitor.get(path, headers={"If-None-Match": plain["ETag"]}).json()["title"] == "Later"
    assert visitor.get(path, {"revision": "2"}).json() == plain.json()
    assert visitor.get(path, {"revision": "4"}).status_code == 404
    assert Client().get(path).status_code == 404


@pytest.mark.parametrize(
    ("accepted", "expected"),
    [("gzip", True), ("br;q=1, gzip;q=0.5", True), ("gzip;q=0", False), ("gzip; q=0.0, br", False), ("", False)],
)
def test_only_who_reads_gzip_gets_it(rf: Any, accepted: str, *, expected: bool) -> None:
    assert pictures.accepts_gzip(rf.get("/", headers={"Accept-Encoding": accepted})) is expected


def test_nobody_gets_a_name(rf: Any, pool: Thing, ana: User) -> None:
    action = {"type": "set_thing", "set": {"visibility": "public"}}
    editing.perform(pool.pk, ana, {"actions": [action]}, via=Via.API)
    pool.refresh_from_db()
    request = rf.get("/")
    request.user = AnonymousUser()
    boot = views.boot(request, pool)
    assert (boot["me"], boot["role"]) == (None, Role.VIEWER)


def test_the_past_is_shown_to_look_at(visitor: Client, pool: Thing) -> None:
    page = visitor.get(f"/things/{pool.pk}/?revision=1")
    boot = json.loads(re.search(r'<script id="boot"[^>]*>(.*?)</script>', page.content.decode(), re.DOTALL)[1])  # type: ignore[index]
    state = visitor.get(boot["state"]).json()
    assert (boot["past"], boot["role"], state["revision"], state["widgets"]) == (True, "viewer", 1, [])
    assert "Revision 1 of 2" in page.content.decode()
    assert 'data-tool="rectangle"' not in page.content.decode()

    now = visitor.get(f"/things/{pool.pk}/?revision=2").content.decode()
    assert 'data-tool="rectangle"' in now
    assert "as it was" not in now


@pytest.mark.parametrize("revision", ["3", "-1", "x", "9" * 30, "²"])
def test_a_revision_that_never_was_is_not_found(visitor: Client, pool: Thing, revision: str) -> None:
    assert visitor.get(f"/things/{pool.pk}/", {"revision": revision}).status_code == 404


def test_the_reference_asks_nothing_of_other_sites_and_may_search(client: Client) -> None:
    """Its search was stopped by our own policy, as were fonts from elsewhere: three errors in every console."""
    answer = client.get("/developers/rest/redoc/")
    assert b"https://" not in answer.content
    assert policy(answer)["worker-src"] == "blob:"
    assert "'unsafe-inline'" in policy(answer)["style-src"]
    assert "worker-src" not in policy(client.get("/developers/rest/"))
