"""The server answers what the editor predicts: cases that tests/editor holds the editor to."""

import json
from pathlib import Path
from typing import Any

import pytest

from accounts.models import User
from tests.things.making import add, do
from things.models import Thing

CASES = json.loads(Path(__file__).with_name("predictions.json").read_text())


@pytest.mark.django_db
@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_the_server_does_what_the_editor_predicts(thing: Thing, ana: User, case: dict[str, Any]) -> None:
    do(thing, ana, add(*case["widgets"]))
    assert do(thing, ana, case["action"]).effects == case["effects"]
