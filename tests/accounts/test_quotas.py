"""Quotas of a day: exact under parallel requests, rolled back with the act, told by the API and on pages."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections, transaction
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts import quotas
from accounts.models import Usage, User
from accounts.quotas import Quota, QuotaSpent, spend, take
from tests.api.test_http import client_of, post, require_problem
from tests.conftest import MakeUser
from tests.things.making import add, do, note
from things import editing
from things.models import Change, Thing, Via


@pytest.mark.django_db(transaction=True)
def test_requests_at_the_same_time_get_exactly_what_there_is(settings: Any) -> None:
    settings.TOKENS_PER_DAY = 10
    user = User.objects.create_user("ana@example.org", None, name="Ana")

    def ask(_: int) -> bool:
        try:
            with transaction.atomic():
                return take(user, Quota.TOKENS)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(ask, range(40))) == 10
    assert Usage.objects.get().amount == 10


@pytest.mark.django_db
def test_what_is_refused_later_is_not_counted(ana: User) -> None:
    with transaction.atomic():
        spend(ana, Quota.THINGS)
        transaction.set_rollback(True)
    assert not Usage.objects.exists()


@pytest.mark.django_db
def test_a_day_is_a_day_and_people_are_apart(ana: User, jonas: User, settings: Any) -> None:
    settings.THINGS_PER_DAY = 2
    spend(ana, Quota.THINGS, 2)
    with pytest.raises(QuotaSpent) as refused:
        spend(ana, Quota.THINGS)
    assert 0 < refused.value.retry_after_seconds <= 86_400
    spend(jonas, Quota.THINGS)
    Usage.objects.update(day=quotas.today() - timedelta(days=1))
    spend(ana, Quota.THINGS)
    Usage.objects.filter(user=jonas).update(day=quotas.today() - timedelta(days=2))
    assert quotas.forget_past_days() == 1


@pytest.mark.django_db
def test_each_later_one_costs_one_statement(ana: User, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    spend(ana, Quota.TICKETS)
    with django_assert_num_queries(1):
        spend(ana, Quota.TICKETS)


@pytest.mark.django_db
def test_every_way_to_a_thing_counts(ana: User, thing: Thing, settings: Any) -> None:
    """One by the API, one from a template, one duplicated on a page; the next is refused on each way."""
    settings.THINGS_PER_DAY = Usage.objects.get(user=ana, kind=Quota.THINGS).amount + 3
    api, page = client_of(ana), Client()
    page.force_login(ana)
    assert post(api, "/api/things/", {"title": "One"}).status_code == 201
    assert post(api, "/api/things/", {"title": "Two", "template": str(thing.pk)}).status_code == 201
    assert page.post(f"/things/{thing.pk}/duplicate/").status_code == 302
    before = Thing.objects.count()
    refused = post(api, "/api/things/", {"title": "Four"})
    require_problem(refused, 429, "quota")
    assert 0 < int(refused["Retry-After"]) <= 86_400
    for path, form in (
        ("/things/new/", {}),
        ("/things/new/", {"template": str(thing.pk)}),
        (f"/things/{thing.pk}/duplicate/", {}),
    ):
        told = page.post(path, form)
        assert (told.status_code, "Retry-After" in told) == (429, True)
        assert b"things a day" in told.content
    assert Thing.objects.count() == before


@pytest.mark.django_db
def test_a_repeated_creation_is_answered_and_not_counted(ana: User, settings: Any) -> None:
    settings.THINGS_PER_DAY = 1
    wish = {"title": "One", "id": "0198c5a0-0000-7000-8000-000000000001"}
    api = client_of(ana)
    assert [post(api, "/api/things/", wish).status_code for _ in range(3)] == [201, 201, 201]


@pytest.mark.django_db
def test_commands_and_staff_are_exempt(ana: User, settings: Any) -> None:
    settings.THINGS_PER_DAY = settings.LOG_BYTES_PER_DAY = 0
    made = editing.create(ana, {"title": "Demo"}, via=Via.COMMAND)
    asked = {"actions": [add(note(1))]}
    assert editing.perform(made.pk, ana, asked, via=Via.ADMIN, staff=True).revision == 2
    assert not Usage.objects.exists()


@pytest.mark.django_db
def test_tokens_and_tickets_have_a_day_too(ana: User, settings: Any) -> None:
    settings.TOKENS_PER_DAY, settings.TICKETS_PER_DAY = 1, 2
    api = client_of(ana)
    wish = {"name": "bot", "scopes": ["read"]}
    assert post(api, "/api/tokens/", wish).status_code == 201
    require_problem(post(api, "/api/tokens/", wish), 429, "quota")
    assert [api.post("/api/stream/tickets/").status_code for _ in range(3)] == [201, 201, 429]


@pytest.mark.django_db
def test_bytes_of_the_log_end_the_day(ana: User, thing: Thing, settings: Any) -> None:
    """What is asked counts beside what is done: a title set a hundred times leaves one effect."""
    settings.LOG_BYTES_PER_DAY = 50_000
    api = client_of(ana)
    asked = [[{"type": "rename", "title": f"{n}{k}" * 50} for k in range(100)] for n in range(5)]
    url = f"/api/things/{thing.pk}/actions/"
    answers = [post(api, url, {"id": f"r{n}", "actions": actions}) for n, actions in enumerate(asked)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    require_problem(answers[3], 429, "quota")
    assert Change.objects.filter(thing=thing).count() == 1 + 3
    assert post(api, url, {"id": "r0", "actions": asked[0]}).status_code == 200


@pytest.mark.django_db
def test_an_edit_costs_no_statement_for_its_bytes(
    ana: User, thing: Thing, settings: Any, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    do(thing, ana, add(note(1)))
    with django_assert_num_queries(0):
        quotas.log_bytes.require_room(ana)
        quotas.log_bytes.add(ana, 1000)


@pytest.mark.django_db(transaction=True)
def test_workers_hear_of_each_other_by_the_row(make_user: MakeUser, settings: Any) -> None:
    settings.LOG_BYTES_PER_DAY = 16_000
    ana = make_user("Ana")
    one, other = quotas.Gathered(Quota.LOG_BYTES), quotas.Gathered(Quota.LOG_BYTES)
    for worker in (one, other):
        worker.require_room(ana)
    for _ in range(8):
        one.add(ana, 1000)
    assert Usage.objects.get().amount == 8000
    other.add(ana, 8000)
    with pytest.raises(QuotaSpent):
        other.require_room(ana)
    assert Usage.objects.get().amount == 16_000
    one.add(ana, 1000)
    with pytest.raises(QuotaSpent):
        one.require_room(ana)


@pytest.mark.django_db(transaction=True)
def test_whoever_makes_room_in_the_process_is_written_down(
    ana: User, jonas: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A crowd cannot make the server forget what somebody used."""
    monkeypatch.setattr(quotas, "GATHERED_PEOPLE", 1)
    gathered = quotas.Gathered(Quota.LOG_BYTES)
    gathered.add(ana, 500)
    gathered.add(jonas, 1)
    assert Usage.objects.get(user=ana).amount == 500
