"""One address, one person, whatever spelling and database; mail goes to the one that is stored."""

import re
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.core import mail
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.test import Client

from accounts.emails import email_key
from accounts.models import User
from tests.accounts.trying import PASSWORD, sign_in
from tests.servers import ROOT
from tests.waiting import eventually

SPELLINGS = ["tomas@harbourpool.example", "Tomas@HARBOURPOOL.example", " toma\u017f@harbourpool.example "]
BEFORE = [("accounts", "0002_usage")]


def test_spellings_of_one_address_have_one_key() -> None:
    assert {email_key(spelling) for spelling in SPELLINGS} == {"tomas@harbourpool.example"}
    assert email_key("el\u0131f@example.org") != email_key("elif@example.org"), "a letter of its own, not an i"
    assert email_key("stra\u00dfe@example.org") == email_key("STRASSE@example.org")


def test_a_key_has_one_key() -> None:
    for number in (*range(0x20, 0xD800), *range(0xE000, 0x11000)):
        key = email_key(f"a{chr(number)}\u0301@example.org")
        assert email_key(key) == key


@pytest.mark.django_db
def test_an_address_is_kept_as_it_was_typed(settings: Any) -> None:
    tomas = User.objects.create_user("Tomas@HARBOURPOOL.example", PASSWORD, name="Tomas")
    assert User.objects.get(pk=tomas.pk).email == "Tomas@HARBOURPOOL.example"
    for spelling in SPELLINGS:
        assert User.objects.get_by_natural_key(spelling) == tomas
        with pytest.raises(IntegrityError), transaction.atomic():
            User.objects.create_user(spelling, PASSWORD, name="Another")
        with pytest.raises(ValidationError):
            User(email=spelling, name="Another").clean()
    tomas.email = "tomas@example.org"
    tomas.save(update_fields=["email"])
    assert User.objects.get(email_key="tomas@example.org") == tomas


@pytest.mark.django_db
def test_mail_goes_to_the_address_that_is_stored(ana: User) -> None:
    Client().post("/password/reset/", {"email": "ANA@example.org"})
    eventually(lambda: mail.outbox, "the mail is written")
    assert mail.outbox[0].to == ["ana@example.org"]


def test_no_source_compares_the_address_itself() -> None:
    """`email=` and `email__…=` of a query; `email_key` is the one that may stand there."""
    compared = re.compile(r"(?:filter|exclude|get|get_or_create|first|Q)\([^()\n]*\b(?:\w+__)?email(?:__\w+)?=")
    for folder in ("accounts", "streaming", "things", "widgetapp"):
        for path in (ROOT / folder).rglob("*.py"):
            assert not compared.search(path.read_text()), path


def newest() -> list[tuple[str, str]]:
    return MigrationExecutor(connection).loader.graph.leaf_nodes()


def migrate(to: list[tuple[str, str]]) -> Any:
    executor = MigrationExecutor(connection)
    executor.loader.build_graph()
    executor.migrate(to)
    return executor.loader.project_state(to).apps


@pytest.fixture
def old_schema(transactional_db: None) -> Any:
    """The tables as they were before there was a key; whatever happens, the new ones are there after."""
    apps = migrate(BEFORE)
    yield apps
    apps.get_model("accounts", "User").objects.all().delete()
    migrate(newest())


def columns() -> set[str]:
    with connection.cursor() as cursor:
        return {column.name for column in connection.introspection.get_table_description(cursor, "accounts_user")}


def test_the_migration_stops_before_it_writes_and_names_the_cure(old_schema: Any) -> None:
    people = old_schema.get_model("accounts", "User").objects
    first = people.create(email="tomas@example.org", name="Tomas")
    second = people.create(email="Tomas@Example.org", name="Tomas")
    untouched = people.create(email="elif@example.org", name="Elif")
    before = columns()
    with pytest.raises(CommandError, match="email_collisions --keep") as stopped:
        migrate(newest())
    assert str(first.pk) in str(stopped.value)
    assert str(second.pk) in str(stopped.value)
    assert str(untouched.pk) not in str(stopped.value)
    assert columns() == before
    assert resolve(first.pk) == {first.pk: ("tomas@example.org", True), second.pk: (second_name(second.pk), False)}
    migrate(newest())
    assert User.objects.get(email_key="tomas@example.org").pk == first.pk


def second_name(pk: Any) -> str:
    return f"{pk}@renamed.invalid"


def resolve(keep: Any) -> dict[Any, tuple[str, bool]]:
    listed = StringIO()
    call_command("email_collisions", stdout=listed)
    assert str(keep) in listed.getvalue()
    call_command("email_collisions", "--keep", str(keep), stdout=StringIO())
    rows = User.objects.values_list("pk", "email", "is_active")
    return {pk: (email, active) for pk, email, active in rows if not email.startswith("elif")}


def test_only_one_can_keep_an_address(old_schema: Any) -> None:
    people = old_schema.get_model("accounts", "User").objects
    both = [people.create(email=email, name="Tomas").pk for email in ("tomas@example.org", "TOMAS@example.org")]
    for wrong in (both, ["nobody"]):
        with pytest.raises(CommandError):
            call_command("email_collisions", *[f"--keep={pk}" for pk in wrong], stdout=StringIO())
    assert set(User.objects.values_list("is_active", flat=True)) == {True}


def test_a_session_of_before_goes_on(old_schema: Any) -> None:
    encoded = "md5$salt$hash"
    ana = old_schema.get_model("accounts", "User").objects.create(email="Ana@example.org", name="Ana", password=encoded)
    session = SessionStore()
    session[SESSION_KEY], session[BACKEND_SESSION_KEY] = str(ana.pk), "django.contrib.auth.backends.ModelBackend"
    # What Django's own user says, as it did before.
    from django.contrib.auth.models import AbstractUser

    session[HASH_SESSION_KEY] = AbstractUser._get_session_auth_hash(User(password=encoded))  # type: ignore[arg-type]
    session.save()
    migrate(newest())
    client = Client()
    client.cookies["sessionid"] = session.session_key or ""
    assert client.get("/api/me/").status_code == 200


@pytest.mark.django_db
def test_signing_in_takes_any_spelling(ana: User) -> None:
    assert sign_in("ANA@Example.org", PASSWORD).status_code == 302
