"""The AsyncAPI document: committed as it is made, valid by the official schema, and what transcripts say."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from django.test import Client

from streaming.asyncapi import document
from tests.servers import ROOT
from tests.streaming.documented import require_documented

OFFICIAL = ROOT / "node_modules" / "@asyncapi" / "specs" / "schemas" / "3.0.0.json"
TRANSCRIPTS = sorted((ROOT / "tests" / "contract" / "transcripts").glob("*.json"))


def test_committed_as_it_is_made() -> None:
    committed = json.loads((ROOT / "docs" / "asyncapi.json").read_text())
    assert committed == document(), "python manage.py asyncapi > docs/asyncapi.json"


@pytest.mark.skipif(not OFFICIAL.exists(), reason="no packages of npm: ./test installs them, ./test quick does not")
def test_valid_by_the_official_schema() -> None:
    jsonschema.Draft7Validator(json.loads(OFFICIAL.read_text())).validate(document())


def test_served(client: Client) -> None:
    assert client.get("/api/stream/asyncapi.json").json() == document()


def frames_in(value: Any) -> list[tuple[str, dict[str, Any]]]:
    """The frames of a transcript, wherever they stand."""
    if isinstance(value, list):
        return [found for item in value for found in frames_in(item)]
    if not isinstance(value, dict):
        return []
    told = [(by, value.get(by)) for by in ("client", "server")]
    flat = [(by, frame) for by, frames in told for frame in (frames if isinstance(frames, list) else [frames])]
    here = [(by, frame) for by, frame in flat if isinstance(frame, dict) and "type" in frame]
    return here + [found for item in value.values() for found in frames_in(item)]


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: path.stem)
def test_transcripts_say_what_is_documented(path: Path) -> None:
    """But for those frames that a transcript names as `broken`: they are not."""
    transcript = json.loads(path.read_text())
    broken = transcript.get("broken", [])
    for by, frame in frames_in(transcript["steps"]):
        known = {name for name in document()["components"]["messages"] if name.startswith(by)}
        if frame in broken:
            with pytest.raises(jsonschema.ValidationError):
                require_documented(frame, by)
        elif f"{by}.{frame['type']}" in known:
            require_documented(frame, by, unknown_fields=True)  # F2
