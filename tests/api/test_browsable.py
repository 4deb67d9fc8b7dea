"""The browsable API by hand: what stands in a form works as it stands."""

import html
import json
import re
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from tests.things.making import add, do, note, wid
from things.actions import ACTIONS
from things.models import Thing


@pytest.fixture
def visitor(client: Client, ana: User) -> Client:
    client.force_login(ana)
    return client


@pytest.fixture
def stage(thing: Thing, ana: User) -> Thing:
    """Something for every action: a connector, notes, a deleted one, an undone change."""
    frame = {"id": wid(6), "kind": "frame", "place": {"parent": None, "x": 0, "y": 900}}
    inside = {"id": wid(7), "kind": "shape", "place": {"parent": wid(6), "x": 9, "y": 9}}
    do(thing, ana, add(note(1, text="Boats 🐙"), note(2, 310), note(3, 700), note(4), frame, inside))
    ends = {"start": {"widget": wid(1)}, "end": {"widget": wid(2)}}
    do(thing, ana, add({"id": wid(5), "kind": "connector", **ends}))
    do(thing, ana, {"type": "delete", "widgets": [wid(4)]})
    do(thing, ana, {"type": "rename", "title": "Twice"})
    do(thing, ana, {"type": "undo"})
    return thing


def page(visitor: Client, path: str) -> str:
    answer = visitor.get(path, headers={"Accept": "text/html"})
    assert answer.status_code in (200, 405)
    assert answer["Content-Type"].startswith("text/html")
    return answer.content.decode()


def filled_in(content: str) -> Any:
    """What stands in the raw form."""
    found = re.search(r'<textarea name="_content"[^>]*>(.*?)</textarea>', content, re.DOTALL)
    assert found, "no form"
    return json.loads(html.unescape(found[1]))


def post(visitor: Client, path: str, body: Any) -> Any:
    return visitor.post(path, json.dumps(body), content_type="application/json", headers={"Accept": "application/json"})


@pytest.mark.parametrize("type", sorted(ACTIONS))
def test_every_example_works_as_it_stands(visitor: Client, stage: Thing, type: str) -> None:
    path = f"/api/things/{stage.pk}/actions/{type}/"
    asked = filled_in(page(visitor, path))
    answer = post(visitor, path, asked)
    assert answer.status_code == 200, answer.json()
    assert answer.json()["effects"], asked
    assert answer.json()["skipped"] == []


@pytest.mark.parametrize(
    ("path", "status"),
    [("/api/things/", 201), ("/api/tokens/", 201), ("/api/things/{}/actions/", 200)],
)
def test_other_forms_work_too(visitor: Client, stage: Thing, path: str, status: int) -> None:
    path = path.format(stage.pk)
    answer = post(visitor, path, filled_in(page(visitor, path)))
    assert answer.status_code == status, answer.json()


def test_an_empty_thing_has_examples_too(visitor: Client, thing: Thing) -> None:
    for type in ACTIONS:
        filled_in(page(visitor, f"/api/things/{thing.pk}/actions/{type}/"))
    added = f"/api/things/{thing.pk}/actions/add/"
    assert post(visitor, added, filled_in(page(visitor, added))).json()["effects"]


def test_the_actions_of_a_thing_are_linked(visitor: Client, thing: Thing) -> None:
    links = visitor.get(f"/api/things/{thing.pk}/actions/").json()["actions"]
    assert set(links) == set(ACTIONS)
    assert links["move"].endswith(f"/api/things/{thing.pk}/actions/move/")


def test_it_is_ours(visitor: Client, thing: Thing) -> None:
    content = page(visitor, f"/api/things/{thing.pk}/")
    assert "django-rest-framework.org" not in content
    assert "<title>Thing Detail · WidgetApp API</title>" in content
