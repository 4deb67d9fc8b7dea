"""Hostile bodies by the hundred: each is answered with the documented problem, and what was not done left no trace."""

import json
import random
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from tests.spoiling import spoiled
from tests.things.making import add, do, fresh, note, require_replayed, wid
from things.actions import ACTIONS
from things.actions.samples import FIRST, SECOND, THIRD
from things.models import Change, Thing

STATUSES = {200, 400, 403, 404, 409, 413, 422}


def on_the_stage(value: Any) -> Any:
    text = json.dumps(value)
    for sample, real in ((FIRST, wid(1)), (SECOND, wid(2)), (THIRD, wid(3))):
        text = text.replace(sample, real)
    return json.loads(text)


@pytest.fixture
def stage(thing: Thing, ana: User) -> Thing:
    frame = {"id": wid(6), "kind": "frame", "place": {"parent": None, "x": 0, "y": 0}}
    line = {"id": wid(5), "kind": "connector", "start": {"widget": wid(1)}, "end": {"widget": wid(2)}}
    do(thing, ana, add(note(1, text="Boats 🐙"), note(2, 300), note(3, 600), frame, line))
    return thing


@pytest.mark.parametrize("type", sorted(ACTIONS))
def test_an_action_survives_anything(client: Client, stage: Thing, ana: User, type: str) -> None:
    client.force_login(ana)
    chance = random.Random(type)
    for _ in range(60):
        asked = {"actions": [{"type": type, **on_the_stage(ACTIONS[type].example)}]}
        body = json.dumps(spoiled(chance, asked))
        require_answered(client, stage, f"/api/things/{stage.pk}/actions/", body)
    require_replayed(stage)


def require_answered(client: Client, thing: Thing, path: str, body: str) -> None:
    before = fresh(thing).revision
    answer = client.post(path, body, content_type="application/json")
    assert answer.status_code in STATUSES, body[:500]
    after = fresh(thing).revision
    if answer.status_code == 200:
        assert after - before in (0, 1)
        assert answer.json()["revision"] == after
    else:
        assert after == before
        assert answer["Content-Type"] == "application/problem+json"
        problem = answer.json()
        assert problem["status"] == answer.status_code
        assert problem["code"]
    assert Change.objects.filter(thing=thing).count() == after


@pytest.mark.parametrize("body", [{"title": "T"}, {"title": "T", "id": wid(9), "canvas": {"grid": True}}])
def test_creation_survives_anything(client: Client, ana: User, body: dict[str, Any]) -> None:
    client.force_login(ana)
    chance = random.Random(7)
    for _ in range(150):
        asked = json.dumps(spoiled(chance, body))
        count = Thing.objects.count()
        answer = client.post("/api/things/", asked, content_type="application/json")
        assert answer.status_code in {201, *STATUSES} - {200}, asked[:500]
        # The same id again is the same Thing.
        assert Thing.objects.count() - count in ((0, 1) if answer.status_code == 201 else (0,))
