"""The gallery: who sees which cards, pages by keyset, one number of queries however many Things there are."""

from datetime import timedelta
from html.parser import HTMLParser
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.models import User
from things import editing
from things.models import Membership, Role, Thing, Via
from things.web import gallery

pytestmark = pytest.mark.django_db


class Cards(HTMLParser):
    """The Things on a page, in order, and where "Load more" leads."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.things: list[str] = []
        self.more = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if "data-thing" in values:
            self.things.append(values["data-thing"] or "")
        if "data-more" in values:
            self.more = values["href"] or ""


def person(name: str) -> User:
    return User.objects.create_user(f"{name.lower()}@harbourpool.example", "draw together", name=name)


@pytest.fixture
def ana() -> User:
    return person("Ana")


@pytest.fixture
def jonas() -> User:
    return person("Jonas")


@pytest.fixture
def visitor(client: Client, ana: User) -> Client:
    client.force_login(ana)
    return client


def thing(owner: User, title: str = "Plan", **wish: Any) -> Thing:
    return editing.create(owner, {"title": title, **wish}, via=Via.API)


def many(owner: User, number: int) -> None:
    """Rows of one moment and of several, so that the id decides between equals."""
    now = timezone.now()
    Thing.objects.bulk_create(
        Thing(owner=owner, title=f"Thing {n}", revision=1, changed_at=now - timedelta(seconds=n // 3))
        for n in range(number)
    )


def cards(visitor: Client, query: str = "") -> Cards:
    answer = visitor.get(f"/{query}")
    assert answer.status_code == 200
    return Cards(answer.content.decode())


def trash(made: Thing, owner: User) -> None:
    action = {"type": "set_thing", "set": {"trashed": True}}
    editing.perform(made.pk, owner, {"actions": [action]}, via=Via.API)


def test_it_needs_a_person(client: Client) -> None:
    answer = client.get("/")
    assert (answer.status_code, answer["Location"]) == (302, "/sign-in/?next=/")


def test_cards_are_what_is_mine_or_shared_with_me(visitor: Client, ana: User, jonas: User) -> None:
    mine, hers, secret = thing(ana), thing(jonas, "Shared"), thing(jonas, "Secret")
    public = thing(jonas, "Public", visibility="public")
    Membership.objects.create(thing=hers, user=ana, role=Role.VIEWER)
    assert set(cards(visitor).things) == {str(mine.pk), str(hers.pk)}
    assert cards(visitor, "?show=mine").things == [str(mine.pk)]
    assert cards(visitor, "?show=shared").things == [str(hers.pk)]
    assert cards(visitor, "?show=public").things == [str(public.pk)]
    assert str(secret.pk) not in visitor.get("/?show=all&search=Secret").content.decode()


def test_the_trash_is_apart(visitor: Client, ana: User) -> None:
    kept, gone = thing(ana, "Kept"), thing(ana, "Gone")
    trash(gone, ana)
    assert cards(visitor).things == [str(kept.pk)]
    assert cards(visitor, "?show=trash").things == [str(gone.pk)]


def test_search_is_in_titles(visitor: Client, ana: User) -> None:
    ferry = thing(ana, "Night Ferry")
    thing(ana, "Harbour pool")
    assert cards(visitor, "?search=ferr").things == [str(ferry.pk)]
    assert "Nothing is called “ferrry”" in visitor.get("/?search=ferrry").content.decode()


def test_pages_hold_every_thing_once_in_order(visitor: Client, ana: User) -> None:
    many(ana, 2 * gallery.PAGE + 5)
    seen, query = [], "?"
    while query:
        page = cards(visitor, query)
        seen += page.things
        query = page.more
    expected = Thing.objects.order_by("-changed_at", "-id").values_list("pk", flat=True)
    assert [UUID(pk) for pk in seen] == list(expected)


def test_load_more_keeps_filter_and_search(visitor: Client, ana: User) -> None:
    many(ana, gallery.PAGE + 1)
    more = cards(visitor, "?show=mine&search=Thing").more
    assert "show=mine" in more
    assert "search=Thing" in more
    assert len(cards(visitor, f"{more}&part=cards").things) == 1


@pytest.mark.parametrize("cursor", ["x", "2026-01-01_x", "2026-13-01T00:00:00+00:00_x", "2026-01-01T00:00:00_1", "%00"])
def test_a_broken_cursor_shows_the_first_page(visitor: Client, ana: User, cursor: str) -> None:
    thing(ana)
    assert len(cards(visitor, f"?after={cursor}").things) == 1


def test_an_unknown_filter_is_not_found(visitor: Client) -> None:
    assert visitor.get("/?show=secrets").status_code == 404


def test_more_things_take_no_more_queries(
    visitor: Client, ana: User, jonas: User, django_assert_num_queries: Any
) -> None:
    """Session, person, page, shelf, seven counts."""
    thing(ana)
    with django_assert_num_queries(11):
        visitor.get("/")
    many(jonas, 20)
    many(ana, 20)
    Membership.objects.bulk_create(
        Membership(thing=each, user=ana, role=Role.EDITOR) for each in Thing.objects.filter(owner=jonas)
    )
    with django_assert_num_queries(11):
        visitor.get("/")
    with django_assert_num_queries(3):
        visitor.get("/?part=cards")


def test_nothing_yet_shows_templates_to_start_from(visitor: Client, jonas: User) -> None:
    template = thing(jonas, "Flowchart", visibility="public")
    action = {"type": "set_thing", "set": {"template": True}}
    editing.perform(template.pk, jonas, {"actions": [action]}, via=Via.API)
    page = visitor.get("/").content.decode()
    assert "Nothing here yet." in page
    assert f'value="{template.pk}"' in page


def test_titles_are_escaped(visitor: Client, ana: User) -> None:
    thing(ana, "<script>alert(1)</script>")
    assert "<script>alert" not in visitor.get("/").content.decode()


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL rightly reads a small table whole")
@pytest.mark.parametrize("show", gallery.FILTERS)
def test_no_filter_walks_through_everybodys_things(ana: User, show: str) -> None:
    """A page and a count look at what an index has in order for them, however many Things others have."""
    for things in gallery.lists(ana, show):
        for asked in (things.order_by("-changed_at", "-id")[: gallery.PAGE + 1], things.order_by()[: gallery.COUNTED]):
            plan = asked.explain()
            assert "things_thing USING" in plan
            assert "SCAN things_thing" not in plan.replace("SCAN things_thing USING INDEX thing_template", "")


def test_a_filter_says_that_there_are_more_than_it_counted(
    visitor: Client, ana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    many(ana, 4)
    assert '<span class="num">4</span>' in visitor.get("/").content.decode()
    monkeypatch.setattr(gallery, "COUNTED", 3)
    assert '<span class="num">3+</span>' in visitor.get("/").content.decode()
