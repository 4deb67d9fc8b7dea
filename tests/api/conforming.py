"""schemathesis over the OpenAPI document: who asks, of what, and how each answer is judged."""

import random
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import cycle
from typing import Any

import schemathesis
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.strategies import one_of
from schemathesis import checks
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi import checks as openapi_checks

from accounts.models import Token, User
from things.models import Membership, Role, Thing
from widgetapp.asgi import wsgi_application

CHECKS = [
    checks.not_a_server_error,
    openapi_checks.status_code_conformance,
    openapi_checks.content_type_conformance,
    openapi_checks.response_headers_conformance,
    openapi_checks.response_schema_conformance,
]
ALL = list(HealthCheck)
REAL = 0.8  # of the ids in paths; the others are made up


@cache
def document() -> Any:
    """As it is made now; the file is compared with it elsewhere."""
    made = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    schema = schemathesis.openapi.from_dict(made)
    schema.app = wsgi_application
    return schema


@cache
def operations() -> dict[str, Any]:
    found = (result.ok() for result in document().get_all_operations())
    return {operation.label: operation for operation in found}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Somebody with a credential, or without one."""

    name: str
    headers: dict[str, str]


def askers(thing: Thing, make_user: Any) -> Iterator[Asker]:
    """Nobody, four roles, and a token that may only read."""
    yield Asker(name="nobody", headers={})
    people = {"owner": thing.owner, "stranger": make_user("Stranger")}
    for role in (Role.EDITOR, Role.VIEWER):
        people[role] = make_user(role.title())
        Membership.objects.create(thing=thing, user=people[role], role=role)
    for name, person in people.items():
        yield Asker(name=name, headers=with_token(person, "read", "write"))
    yield Asker(name="reader", headers=with_token(thing.owner, "read"))


def with_token(user: User, *scopes: str) -> dict[str, str]:
    _, token = Token.objects.create(user=user, name="Conforming", scopes=list(scopes))
    return {"Authorization": f"Bearer {token}"}


def require_conforming(operation: Any, thing: Thing, everybody: Sequence[Asker], *, examples: int) -> None:
    """Right requests and wrong ones, in turns of everybody's; each answer is as the document says. The same ones every
    time.
    """
    chance, turns = random.Random(operation.label), cycle(everybody)

    @seed(zlib.crc32(operation.label.encode()))
    @settings(max_examples=examples, database=None, deadline=None, phases=[Phase.generate], suppress_health_check=ALL)
    @given(case=requests(operation))
    def asked(case: Any) -> None:
        if "id" in case.path_parameters and chance.random() < REAL:
            case.path_parameters["id"] = str(thing.pk)
        answer = case.call(headers={**case.headers, **next(turns).headers})
        case.validate_response(answer, checks=CHECKS)

    asked()


def requests(operation: Any) -> Any:
    return one_of(operation.as_strategy(generation_mode=mode) for mode in GenerationMode)
