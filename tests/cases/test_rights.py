"""Who sees what: the trash, the demo's visitors, members and invitations, quotas of people."""

import importlib
import json
from collections import Counter
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import StreamTicket, Token, Usage, User
from accounts.visitors import make_visitor
from streaming.context import RequestContext
from tests.api.test_http import client_of, post, require_problem
from tests.conftest import MakeUser
from tests.things.making import add, do, fresh, note, require_replayed
from things import editing
from things.demo.collection import PIECES
from things.demo.making import piece_id
from things.models import Change, Membership, Notification, Role, Thing, Via
from things.people import sharing
from things.people.permissions import Verb, can, may_each_read, role_of, visible_to
from things.streams import GalleryService, PresenceService, ThingsService

pytestmark = pytest.mark.django_db

PRIVATE: dict[str, Any] = {"type": "set_thing", "set": {"visibility": "private"}}
TRASH: dict[str, Any] = {"type": "set_thing", "set": {"trashed": True}}
RESTORE: dict[str, Any] = {"type": "set_thing", "set": {"trashed": False}}
READS = ("", "?revision=1", "changes/", "digest/", "members/", "actions/", "actions/add/")


def anonymous() -> APIClient:
    return APIClient(raise_request_exception=False)


@pytest.fixture
def trashed(ana: User, jonas: User) -> Thing:
    """Ana's, public, with Jonas as editor; in the trash."""
    thing = editing.create(ana, {"title": "Ferry", "visibility": "public"}, via=Via.EDITOR)
    Membership.objects.create(thing=thing, user=jonas, role=Role.EDITOR)
    do(thing, ana, add(note(1)))
    do(thing, ana, TRASH)
    return fresh(thing)


# --- V20: who deletes withdraws ---------------------------------------------------------------


def test_v20_a_trashed_public_thing_is_there_for_its_people_only(trashed: Thing, make_user: MakeUser) -> None:
    """Deleted by its owner, a public Thing went on being read, listed and copied by everybody."""
    stranger = client_of(make_user("Sam"))
    for client in (anonymous(), stranger):
        for path in READS:
            require_problem(client.get(f"/api/things/{trashed.pk}/{path}"), 404, "not_found")
        for query in ("", "?trashed=true", "?trashed=false", "?visibility=public&trashed=true"):
            assert client.get(f"/api/things/{query}").json()["results"] == []
    copy = {"title": "Mine now", "template": str(trashed.pk)}
    require_problem(post(stranger, "/api/things/", copy), 404, "not_found")
    require_problem(post(stranger, f"/api/things/{trashed.pk}/actions/", {"actions": [RESTORE]}), 404, "not_found")


def test_v20_pages_of_a_trashed_thing_are_not_found(trashed: Thing, make_user: MakeUser) -> None:
    signed_in, nobody = Client(), Client()
    signed_in.force_login(make_user("Sam"))
    for client in (signed_in, nobody):
        for path in ("", "thumbnail.svg", "?revision=1", f"thumbnail.svg?r={trashed.revision}"):
            assert client.get(f"/things/{trashed.pk}/{path}").status_code == 404
    assert signed_in.post(f"/things/{trashed.pk}/duplicate/").status_code == 404
    assert signed_in.post("/things/new/", {"template": str(trashed.pk)}).status_code == 404


def test_v20_its_people_still_read_it(trashed: Thing, ana: User, jonas: User) -> None:
    for user, role in ((ana, "owner"), (jonas, "editor")):
        client = client_of(user)
        assert client.get(f"/api/things/{trashed.pk}/").json()["role"] == role
        assert [entry["role"] for entry in client.get("/api/things/?trashed=true").json()["results"]] == [role]
        require_problem(post(client, f"/api/things/{trashed.pk}/actions/", {"actions": [add(note(2))]}), 409, "trashed")


def test_v20_streams_of_strangers_end(trashed: Thing, ana: User, jonas: User, make_user: MakeUser) -> None:
    """The move of `access_epoch` is what makes open streams ask; then the answer is no, in one way for all."""
    contexts = [RequestContext(user=user) for user in (None, make_user("Sam"), jonas, ana)]
    inside = {contexts[2].connection, contexts[3].connection}
    things = ThingsService()
    presence = PresenceService(things)
    topic = str(trashed.pk)
    for service in (things, presence, GalleryService(things, presence)):
        assert service.readers(topic, contexts) == inside
        assert [service.may_read(context, topic) for context in contexts] == [False, False, True, True]
        assert [service.readable(context, [topic]) for context in contexts] == [set(), set(), {topic}, {topic}]
    epochs = [trashed.access_epoch]
    for action in (RESTORE, TRASH, PRIVATE):
        do(trashed, ana, action)
        epochs.append(fresh(trashed).access_epoch)
    assert epochs == sorted(set(epochs))


def test_v20_it_can_be_made_private_in_the_trash(trashed: Thing, ana: User, jonas: User) -> None:
    """Before taking it out again, or with it; and by nobody but the owner."""
    url = f"/api/things/{trashed.pk}/"
    put = {"content_type": "application/json"}
    require_problem(client_of(jonas).patch(url, '{"visibility":"private"}', **put), 403, "role")
    for body in ('{"tags":["a"]}', '{"title":"New"}', '{"visibility":"private","tags":[]}', '{"template":true}'):
        require_problem(client_of(ana).patch(url, body, **put), 409, "trashed")
    patched = client_of(ana).patch(url, '{"visibility":"private"}', **put).json()
    assert (patched["visibility"], patched["trashed"]) == ("private", True)
    back = client_of(ana).patch(url, '{"trashed":false,"visibility":"public"}', **put).json()
    assert (back["visibility"], back["trashed"]) == ("public", False)
    assert anonymous().get(url).status_code == 200
    require_replayed(trashed)


# --- V23, V14: the demo and its visitors ----------------------------------------------------------


def demo(*arguments: str) -> str:
    out = StringIO()
    call_command("demo", *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Thing]:
    """What a small demo made, its template aside."""
    monkeypatch.setattr("things.management.commands.demo.PIECES", (PIECES[0], *PIECES[-4:]))
    demo()
    return list(Thing.objects.filter(is_demo=True, is_template=False))


def visitor_client() -> tuple[User, Client]:
    client = Client()
    before = set(User.objects.values_list("pk", flat=True))
    assert client.post("/demo/").status_code == 302
    return User.objects.exclude(pk__in=before).get(), client


def test_v23_a_visitor_edits_what_the_demo_made_and_nothing_later(made: list[Thing], settings: Any) -> None:
    """Ana tries the product with a plan of her own; who clicks "Try it now" after her does not see it."""
    settings.DEMO = True
    ana = User.objects.get(email="ana@harbourpool.example")
    later = editing.create(ana, {"title": "My plan"}, via=Via.EDITOR)
    copied = editing.create(ana, {"title": "Copy", "template": str(made[0].pk)}, via=Via.EDITOR)
    visitor, _ = visitor_client()
    assert not Membership.objects.filter(user=visitor).exists()
    assert {role_of(visitor, thing) for thing in made} == {Role.EDITOR}
    for thing in (later, copied):
        assert role_of(visitor, thing) is None
        require_problem(client_of(visitor).get(f"/api/things/{thing.pk}/"), 404, "not_found")
    assert do(made[0], visitor, add(note(77))).effects


def test_v23_all_who_answer_agree(made: list[Thing], settings: Any) -> None:
    """One rule for roles, lists, streams and filters; templates stay to be looked at, trash to its people."""
    settings.DEMO = True
    visitor, client = visitor_client()
    do(made[0], made[0].owner, TRASH)
    everything = list(Thing.objects.all())
    readable = {thing.pk for thing in everything if can(visitor, thing, Verb.READ)}
    assert readable == set(visible_to(visitor).values_list("pk", flat=True))
    assert readable == {thing.pk for thing in everything if may_each_read(thing, [visitor]) == [True]}
    assert readable == {thing.pk for thing in everything} - {made[0].pk}
    given = {str(thing.pk) for thing in made[1:]}
    listed = client.get("/api/things/?shared=true&limit=100").json()["results"]
    assert ({entry["id"] for entry in listed}, {entry["role"] for entry in listed}) == (given, {"editor"})
    roles = {entry["id"]: entry["role"] for entry in client.get("/api/things/?limit=100").json()["results"]}
    assert roles == {str(thing.pk): role_of(visitor, thing) for thing in everything if thing.pk != made[0].pk}
    shown = client.get("/?show=shared").content.decode()
    assert all(f"/things/{pk}/" in shown for pk in given)


def test_v23_visitors_do_not_share_trash_or_publish(made: list[Thing], settings: Any, jonas: User) -> None:
    settings.DEMO = True
    client = client_of(visitor_client()[0])
    for thing in made:
        url = f"/api/things/{thing.pk}/"
        for change in (TRASH, PRIVATE, {"type": "set_thing", "set": {"template": True}}):
            require_problem(post(client, f"{url}actions/", {"actions": [change]}), 403, "role")
        require_problem(post(client, f"{url}members/", {"user": str(jonas.pk), "role": "viewer"}), 403, "role")
        require_problem(client.delete(url), 403, "role")


def test_v23_the_mark_is_nobodys_to_give(made: list[Thing], ana: User) -> None:
    """Not by creating, not by patching, not by copying."""
    client = client_of(ana)
    require_problem(post(client, "/api/things/", {"title": "x", "is_demo": True}), 422, "invalid")
    mine = post(client, "/api/things/", {"title": "x", "template": str(made[0].pk)})
    assert mine.status_code == 404
    owner = client_of(made[0].owner)
    copied = post(owner, "/api/things/", {"title": "x", "template": str(made[0].pk)}).json()["id"]
    require_problem(
        owner.patch(f"/api/things/{copied}/", '{"is_demo":true}', content_type="application/json"), 422, "invalid"
    )
    assert not Thing.objects.get(pk=copied).is_demo


def test_v23_a_visitor_who_clicks_again_stays_who_they_are(made: list[Thing], settings: Any) -> None:
    settings.DEMO = True
    visitor, client = visitor_client()
    people = User.objects.count()
    for form in ({}, {"next": "/things/new/"}, {"next": "foo"}, {"next": "//evil.example/"}):
        answer = client.post("/demo/", form)
        assert answer.status_code == 302
        assert answer["Location"].startswith("/")
        assert not answer["Location"].startswith("//")
    assert (User.objects.count(), client.session["_auth_user_id"]) == (people, str(visitor.pk))


def test_v14_no_token_outlives_the_visit(settings: Any) -> None:
    settings.DEMO_VISITOR_DAYS = 7
    visitor = make_visitor()
    client = Client()
    client.force_login(visitor)
    leaves = visitor.date_joined + timedelta(days=7)
    late = (leaves + timedelta(days=1)).isoformat()
    soon = timezone.now() + timedelta(hours=1)
    for wish in ({}, {"expires_at": late}, {"expires_at": None}, {"expires_at": soon.isoformat()}):
        answer = post(client, "/api/tokens/", {"name": "bot", "scopes": ["read"], **wish})
        assert answer.status_code == 201
    assert sorted(Token.objects.values_list("expiry", flat=True)) == [soon, leaves, leaves, leaves]


def test_v23_reset_puts_the_things_back(made: list[Thing], ana: User) -> None:
    """Drawn over, renamed, shared, trashed or gone: as made again. Clients fetch it anew by its new epoch."""
    before = {thing.pk: (thing.title, thing.digest, thing.visibility, thing.tags) for thing in made}
    people = set(Membership.objects.values_list("thing", "user", "role"))
    first, second, third, *_ = made
    do(first, first.owner, {"type": "rename", "title": "Mine"}, add(note(5)))
    do(second, second.owner, TRASH)
    Membership.objects.create(thing=second, user=ana, role=Role.VIEWER)
    Membership.objects.filter(thing=first).delete()
    third.delete()
    epochs = dict(Thing.objects.values_list("pk", "epoch"))
    access = fresh(first).access_epoch
    demo("--reset")
    after = Thing.objects.filter(is_demo=True, is_template=False)
    assert {thing.pk: (thing.title, thing.digest, thing.visibility, thing.tags) for thing in after} == before
    assert set(Membership.objects.values_list("thing", "user", "role")) == people
    assert not after.exclude(trashed_at=None).exists()
    assert all(thing.epoch != epochs.get(thing.pk) for thing in after)
    assert fresh(first).access_epoch > access
    assert Change.objects.filter(thing=first).count() == fresh(first).revision == 2
    for thing in after:
        require_replayed(thing)


def test_v23_what_somebody_else_made_under_the_demos_id_is_left_alone(
    ana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ids are chosen by who creates, also those that the demo will want."""
    monkeypatch.setattr("things.management.commands.demo.PIECES", PIECES[-1:])
    squatted = piece_id(PIECES[-1])
    editing.create(ana, {"title": "Ana's", "id": str(squatted)}, via=Via.API)
    for arguments in ((), ("--reset",)):
        demo(*arguments)
        kept = Thing.objects.get(pk=squatted)
        assert (kept.title, kept.owner, kept.is_demo, kept.revision) == ("Ana's", ana, False, 1)


def test_v14_visitors_go_with_all_they_made(made: list[Thing], ana: User, settings: Any) -> None:
    settings.DEMO_VISITOR_DAYS = 7
    old, new = make_visitor(), make_visitor()
    User.objects.filter(pk__in=[old.pk, ana.pk]).update(date_joined=timezone.now() - timedelta(days=8))
    theirs = [editing.create(user, {"title": "Mine"}, via=Via.EDITOR) for user in (old, new, ana)]
    do(theirs[0], old, add(note(1)))
    Membership.objects.create(thing=theirs[0], user=ana, role=Role.EDITOR)
    do(made[0], old, add(note(1)))
    client_of(old), client_of(ana)
    StreamTicket.objects.create(digest="d", user=ana, expires_at=timezone.now() - timedelta(seconds=1))
    Usage.objects.create(user=ana, kind="things", day=timezone.now().date() - timedelta(days=3), amount=1)
    call_command("purge", stdout=StringIO())
    assert list(User.objects.filter(is_demo=True)) == [new]
    assert set(Thing.objects.filter(pk__in=[thing.pk for thing in theirs])) == {theirs[1], theirs[2]}
    assert not Token.objects.filter(user_id=old.pk).exists()
    assert Token.objects.filter(user=ana).count() == 1
    assert not StreamTicket.objects.exists()
    assert not Usage.objects.filter(day__lt=timezone.now().date() - timedelta(days=1)).exists()
    kept = Change.objects.get(thing=made[0], revision=3)
    assert (kept.actor, kept.actor_id_kept, kept.actor_name) == (None, old.pk, old.name)
    require_replayed(made[0])


# --- R18: titles are found however they are written --------------------------------------------------

# What stands in the title, what is typed.
FOUND = [
    ("ПЛАН на лето", "план"),
    ("план на лето", "ПЛАН"),
    ("ÉCOLE", "école"),
    ("E\u0301COLE", "école"),
    ("École", "e\u0301cole"),
    ("École", "ecole"),
    ("ΣΧΕΔΙΟ", "σχεδιο"),
    ("ΣΧΕΔΙΟΣ", "σχεδιος"),
    ("σχεδιος", "ΣΧΕΔΙΟΣ"),
    ("İSTANBUL", "istanbul"),
    ("istanbul", "İSTANBUL"),
    ("Straßenfest", "STRASSENFEST"),
    ("STRASSENFEST", "straße"),
    ("Cafe\u0301", "Café"),
    ("Café", "cafe\u0301"),
    ("\uff21案", "A案"),
    ("A案", "\uff41案"),
    ("Harbour\u00a0pool", "harbour  pool"),
    ("100% done", "0% D"),
    ("snake_case", "E_c"),
    (r"back\slash", "\\"),
]


@pytest.mark.parametrize(("title", "typed"), FOUND)
def test_r18_titles_are_found_by_api_gallery_and_admin(title: str, typed: str, ana: User, make_user: MakeUser) -> None:
    """Names were compared as bytes: in capitals, decomposed or full-width they were not found."""
    wanted = editing.create(ana, {"title": "Other"}, via=Via.API)
    editing.create(ana, {"title": "Distraction 1000 snakeXcase"}, via=Via.API)
    do(wanted, ana, {"type": "rename", "title": title})
    found = client_of(ana).get("/api/things/", {"search": typed}).json()["results"]
    assert [entry["id"] for entry in found] == [str(wanted.pk)]
    client = Client()
    client.force_login(make_user("Ada", is_staff=True, is_superuser=True))
    assert [str(thing.pk) for thing in _listed(client, typed)] == [str(wanted.pk)]
    client.force_login(ana)
    page = client.get("/", {"search": typed}).content.decode()
    assert page.count("<article") == 1
    assert f"/things/{wanted.pk}/" in page


def _listed(client: Client, typed: str, model: str = "things/thing") -> list[Any]:
    answer = client.get(f"/admin/{model}/", {"q": f'"{typed}"'})
    return list(answer.context["cl"].result_list)


def test_r18_people_are_found_in_the_admin_by_name_and_address(make_user: MakeUser, client: Client) -> None:
    """Also where they are named beside something else, and after a new name."""
    ada = make_user("Ada", is_staff=True, is_superuser=True)
    client.force_login(ada)
    sam = make_user("Sam")
    editing.create(sam, {"title": "Plan"}, via=Via.API)
    client_of(sam)
    sam.name = "ÉLODIE Straße"
    sam.save(update_fields=["name"])
    for typed in ("élodie", "E\u0301LODIE", "STRASSE", "elodie", "SAM@example"):
        assert _listed(client, typed, "accounts/user") == [sam]
        assert [thing.owner for thing in _listed(client, typed)] == [sam]
        assert [token.user for token in _listed(client, typed, "accounts/token")] == [sam]


def test_r18_an_accent_that_is_typed_is_meant(ana: User) -> None:
    for title in ("Straße", "Strase", "Pfandhaus", "Café"):
        editing.create(ana, {"title": title}, via=Via.API)
    found = client_of(ana).get("/api/things/?search=Strassé").json()["results"]
    assert found == []


def test_r18_a_search_is_bounded(ana: User) -> None:
    """Longer than a title can be: refused before the database sees it."""
    client = client_of(ana)
    require_problem(client.get("/api/things/", {"search": "x" * 51_000}), 422, "invalid")
    assert client.get("/api/things/", {"search": "x" * 200}).status_code == 200


def test_r18_a_tag_is_found_however_it_was_composed(ana: User) -> None:
    tagged = editing.create(ana, {"title": "Plan"}, via=Via.API)
    do(tagged, ana, {"type": "set_thing", "set": {"tags": ["CAFE\u0301", "café"]}})
    assert fresh(tagged).tags == ["café"]
    for typed in ("café", "Cafe\u0301"):
        found = client_of(ana).get("/api/things/", {"tag": typed}).json()["results"]
        assert [entry["id"] for entry in found] == [str(tagged.pk)]


def test_r18_things_of_before_get_their_key(ana: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """The migration fills in batches what was there."""
    migration = importlib.import_module("things.migrations.0004_title_key")
    monkeypatch.setattr("accounts.folding.FILLED_AT_ONCE", 2)
    Thing.objects.bulk_create(Thing(owner=ana, title=f"ПЛАН {n}") for n in range(5))
    Thing.objects.update(title_key="")
    migration.fill(apps, None)
    assert Thing.objects.filter(title_key__startswith="план").count() == 5


# --- V21: nobody is found out ---------------------------------------------------------------------


@pytest.fixture
def public(ana: User, jonas: User) -> Thing:
    """Ana's, public, with Jonas as viewer."""
    thing = editing.create(ana, {"title": "Ferry", "visibility": "public"}, via=Via.EDITOR)
    Membership.objects.create(thing=thing, user=jonas, role=Role.VIEWER)
    return thing


def listed(client: APIClient, thing: Thing) -> list[dict[str, Any]]:
    results: list[dict[str, Any]] = client.get(f"/api/things/{thing.pk}/members/").json()["results"]
    return results


def give(client: APIClient, thing: Thing, role: str = "editor", **who: str) -> Any:
    return post(client, f"/api/things/{thing.pk}/members/", {**who, "role": role})


def test_v21_members_of_a_public_thing_are_for_who_is_in_it(
    public: Thing, ana: User, jonas: User, make_user: MakeUser
) -> None:
    """Any signed-in stranger could list them; the page told their ids to everybody."""
    url = f"/api/things/{public.pk}/members/"
    sam = make_user("Sam")
    require_problem(client_of(sam).get(url), 403, "role")
    require_problem(anonymous().get(url), 401, "not_authenticated")
    for client in (client_of(ana), client_of(jonas)):
        assert [entry["role"] for entry in listed(client, public)] == ["owner", "viewer"]
    for user in (None, sam):
        page = Client()
        if user is not None:
            page.force_login(user)
        assert str(jonas.pk) not in page.get(f"/things/{public.pk}/").content.decode()
    do(public, ana, PRIVATE)
    require_problem(client_of(sam).get(url), 404, "not_found")
    require_problem(anonymous().get(url), 404, "not_found")


def test_v21_an_invitation_says_nothing_of_who_has_the_address(public: Thing, ana: User, make_user: MakeUser) -> None:
    """Neither its answer nor the list after it, nor a second one, nor another role, nor what is refused."""
    make_user("Mina")
    make_user("Gone", is_active=False)
    client = client_of(ana)
    seen = []
    for address in ("mina@example.org", "MINA@Example.org", "nobody@example.org", "gone@example.org"):
        public.invitations.all().delete()
        Membership.objects.filter(thing=public, user__name="Mina").delete()
        answers = [give(client, public, role, email=address) for role in ("editor", "editor", "viewer")]
        lists = [{**entry, "id": ""} for entry in listed(client, public)[2:]]
        taken = client.delete(f"/api/things/{public.pk}/members/{listed(client, public)[-1]['id']}/")
        told = [(answer.status_code, answer.json()) for answer in answers]
        told += [(200, lists), (taken.status_code, len(listed(client, public)))]
        seen.append(json.dumps(told).replace(address, "ADDRESS"))
    assert len(set(seen)) == 1
    assert json.loads(seen[0])[0] == [201, {"email": "ADDRESS", "role": "editor", "status": "invited"}]


def test_v21_it_costs_the_same_look_ups(public: Thing, ana: User, make_user: MakeUser) -> None:
    """The same course is taken for nobody; only a membership, an inbox and its first entry are not written."""
    make_user("Mina"), make_user("Elif")
    client = client_of(ana)
    give(client, public, email="elif@example.org")
    counts = {}
    for address in ("mina@example.org", "nobody@example.org"):
        with CaptureQueriesContext(connection) as asked:
            give(client, public, email=address)
        counts[address] = Counter(query["sql"].split(" ")[0] for query in asked)
    known, unknown = counts.values()
    assert unknown["SELECT"] >= known["SELECT"] - 3
    assert unknown["UPDATE"] >= known["UPDATE"] - 2
    assert unknown["INSERT"] >= known["INSERT"] - 3


def test_v21_the_editors_page_does_not_know_who_was_invited(public: Thing, ana: User, make_user: MakeUser) -> None:
    """It named the colour of every member by their id, also of those whose address alone is known."""
    mina, page = make_user("Mina"), f"/things/{public.pk}/"
    give(client_of(ana), public, "editor", email=mina.email)
    browser = Client()
    browser.force_login(ana)
    assert str(mina.pk) not in browser.get(page).content.decode()
    do(public, mina, add(note(9)))
    assert str(mina.pk) in browser.get(page).content.decode(), "who has drawn there is known"


def test_v21_the_same_role_given_to_the_person_is_given(public: Thing, ana: User, make_user: MakeUser) -> None:
    """Who had been invited by address was named in the answer, and not in the list after it."""
    mina, client = make_user("Mina"), client_of(ana)
    give(client, public, "editor", email=mina.email)
    assert give(client, public, "editor", user=str(mina.pk)).json()["user"]["name"] == "Mina"
    assert [entry.get("email") for entry in listed(client, public)] == [None] * 3
    assert "Mina" in json.dumps(listed(client, public))


def test_v21_who_is_invited_is_in_at_once_and_shown_when_they_show_themselves(
    public: Thing, ana: User, jonas: User, make_user: MakeUser
) -> None:
    mina, elif_ = make_user("Mina"), make_user("Elif")
    client = client_of(ana)
    give(client, public, email="mina@example.org")
    give(client, public, email="elif@example.org")
    assert role_of(mina, public) == Role.EDITOR
    assert [entry["kind"] for entry in client_of(mina).get("/api/inbox/").json()["results"]] == ["share"]
    assert [entry.get("email") for entry in listed(client, public)[2:]] == ["mina@example.org", "elif@example.org"]
    assert len(listed(client_of(jonas), public)) == 2
    do(public, mina, add(note(1)))
    post(client_of(elif_), "/api/inbox/", {"through": 1})
    for seen in (listed(client, public), listed(client_of(jonas), public)):
        assert [entry["user"]["name"] for entry in seen] == ["Ana", "Jonas", "Mina", "Elif"]


def test_v21_who_comes_later_is_in_at_the_first_sign_in(public: Thing, ana: User, make_user: MakeUser) -> None:
    """By the address as it is compared everywhere; withdrawn before, it gives nothing."""
    client = client_of(ana)
    give(client, public, email=" Mina@EXAMPLE.org")
    give(client, public, email="sam@example.org")
    waiting = listed(client, public)[2:]
    assert client.delete(f"/api/things/{public.pk}/members/{waiting[1]['id']}/").status_code == 204
    mina, sam = make_user("Mina"), make_user("Sam")
    for user in (mina, sam, mina):
        Client().force_login(user)
    do(public, ana, PRIVATE)
    public = fresh(public)
    assert (role_of(mina, public), role_of(sam, public)) == (Role.EDITOR, None)
    assert client_of(mina).get("/api/inbox/").json()["unread"] == 1


def test_v21_other_ways_in_take_the_invitation_with_them(public: Thing, ana: User, make_user: MakeUser) -> None:
    """Given a role as a person, one is shown as one. Taken out, or gone, nobody is invited any more."""
    mina, client = make_user("Mina"), client_of(ana)
    give(client, public, email="mina@example.org")
    assert give(client, public, "viewer", user=str(mina.pk)).json()["user"]["name"] == "Mina"
    assert [entry["role"] for entry in listed(client, public)] == ["owner", "viewer", "viewer"]
    give(client, public, "editor", email="mina@example.org")
    assert listed(client, public)[2]["user"]["name"] == "Mina"
    leaving = client_of(mina).delete(f"/api/things/{public.pk}/members/{mina.pk}/")
    assert (leaving.status_code, role_of(mina, public)) == (204, Role.VIEWER)
    give(client, public, email="mina@example.org")
    assert client.delete(f"/api/things/{public.pk}/members/{mina.pk}/").status_code == 204
    Client().force_login(mina)
    assert len(listed(client, public)) == 2


def test_v21_what_is_no_address_is_refused(public: Thing, ana: User) -> None:
    client = client_of(ana)
    wrong: list[Any] = ["", "x", None, 5, ["a@b.example"], "a@b", "a b@c.example", f"{'x' * 300}@example.org"]
    for address in wrong:
        require_problem(give(client, public, email=address), 422, "invalid")
    require_problem(give(client, public, email="ANA@example.org"), 422, "invalid")
    require_problem(give(client, public, "owner", email="sam@example.org"), 422, "invalid")
    require_problem(post(client, f"/api/things/{public.pk}/members/", {"role": "editor"}), 422, "invalid")
    require_problem(give(client, public, user="nobody"), 422, "invalid")


# --- V14: what one person causes in the inboxes of others ----------------------------------------------------


def test_v14_one_unread_share_a_thing_and_giver(public: Thing, ana: User, jonas: User, make_user: MakeUser) -> None:
    """Forty entries came of alternating a role. By another giver, of another Thing, or after reading: one more."""
    client = client_of(ana)
    for role in ("viewer", "editor") * 20:
        give(client, public, role, user=str(jonas.pk))
    inbox = client_of(jonas)
    assert inbox.get("/api/inbox/").json()["unread"] == 1
    other = editing.create(ana, {"title": "Other"}, via=Via.API)
    give(client, other, user=str(jonas.pk))
    assert inbox.get("/api/inbox/").json()["unread"] == 2
    post(inbox, "/api/inbox/", {"through": 100})
    give(client, public, "commenter", user=str(jonas.pk))
    assert inbox.get("/api/inbox/").json()["unread"] == 1


def test_v14_invitations_have_a_day(public: Thing, ana: User, jonas: User, settings: Any) -> None:
    """Alternating counts, an unknown address counts as a known one; what changes nothing does not."""
    settings.INVITATIONS_PER_DAY = 4
    client = client_of(ana)
    for role in ("editor", "editor", "viewer"):
        assert give(client, public, role, user=str(jonas.pk)).status_code == 201
    for _ in range(2):
        assert give(client, public, email="nobody@example.org").status_code == 201
    assert give(client, public, "viewer", email="nobody@example.org").status_code == 201
    refused = give(client, public, "editor", user=str(jonas.pk))
    require_problem(refused, 429, "quota")
    require_problem(give(client, public, email="other@example.org"), 429, "quota")
    assert not public.invitations.filter(email="other@example.org").exists()
    assert role_of(jonas, public) == Role.VIEWER
    sharing.share(public, jonas, Role.EDITOR, by=ana, staff=True)


def test_v14_notifications_have_a_day_and_the_act_goes_on(
    public: Thing, ana: User, make_user: MakeUser, settings: Any
) -> None:
    settings.NOTIFICATIONS_PER_DAY = 1
    people = [make_user(name) for name in ("Mina", "Elif", "Sam")]
    for user in people:
        assert give(client_of(ana), public, user=str(user.pk)).status_code == 201
    assert {role_of(user, public) for user in people} == {Role.EDITOR}
    assert Notification.objects.count() == 1
