"""Whatever schemathesis makes up is answered as the OpenAPI document says, whoever asks: nobody, an owner, an editor, a
viewer, a stranger, and a token that may only read.
"""

from collections.abc import Iterator

import pytest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections

from tests.api.conforming import askers, operations, require_conforming
from tests.conftest import MakeUser
from things.models import Thing

SHORT, LONG = 7, 300
each = pytest.mark.parametrize("label", sorted(operations()))


@pytest.fixture(autouse=True)
def one_connection() -> Iterator[None]:
    """The application runs in this process, in the transaction of the test."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@each
def test_an_operation_answers_as_documented(thing: Thing, make_user: MakeUser, label: str) -> None:
    require_conforming(operations()[label], thing, list(askers(thing, make_user)), examples=SHORT)


@pytest.mark.long
@each
def test_an_operation_answers_as_documented_for_long(thing: Thing, make_user: MakeUser, label: str) -> None:
    require_conforming(operations()[label], thing, list(askers(thing, make_user)), examples=LONG)
