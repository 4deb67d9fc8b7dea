"""What an index is for no other begins with: every write keeps them all."""

import pytest
from django.apps import apps
from django.db import connection

pytestmark = pytest.mark.django_db


def columns_of(table: str) -> list[tuple[list[str], bool]]:
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, table).values()
    return [(told["columns"], told["unique"]) for told in found if told["index"] or told["unique"]]


@pytest.mark.parametrize("table", [model._meta.db_table for model in apps.get_app_config("things").get_models()])
def test_no_index_is_the_beginning_of_another(table: str) -> None:
    found = columns_of(table)
    assert found or table == "things_inbox"
    doubled = [
        columns
        for columns, unique in found
        if not unique and any(other[: len(columns)] == columns and len(other) > len(columns) for other, _ in found)
    ]
    assert doubled == []
