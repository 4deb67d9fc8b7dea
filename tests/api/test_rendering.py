"""Answers as JSON: what Django makes of text is text, indentation is honoured, written parts are passed on."""

import json

import msgspec
import pytest
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy
from rest_framework.test import APIClient

from tests.things.making import add, do, note
from things.models import Thing
from widgetapp.renderers import JSONRenderer


def test_whatever_a_view_answers() -> None:
    told = {
        "lazy": gettext_lazy("Save"),
        "safe": mark_safe("<b>"),
        "raw": msgspec.Raw(b'[1,"\xc3\xa9"]'),
        "line": "\u2028",
    }
    body = JSONRenderer().render(told, "application/json", {})
    assert json.loads(body) == {"lazy": "Save", "safe": "<b>", "raw": [1, "é"], "line": "\u2028"}
    assert JSONRenderer().render(None) == b""
    with pytest.raises(TypeError):
        JSONRenderer().render({"set": object()})


@pytest.mark.django_db
def test_indentation_is_honoured_where_parts_are_written_already(thing: Thing) -> None:
    do(thing, thing.owner, add(note(1, text="é")))
    client = APIClient()
    client.force_authenticate(thing.owner)
    plain, indented = (
        client.get(f"/api/things/{thing.pk}/", HTTP_ACCEPT=accept)
        for accept in ("application/json", "application/json; indent=4")
    )
    assert plain.json() == json.loads(indented.content)
    assert plain.json()["widgets"][0]["text"] == [{"insert": "é"}]
    assert b'\n    "title"' in indented.content
    assert b"\n" not in plain.content
