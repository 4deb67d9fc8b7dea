"""Deltas against the npm package quill-delta, over emoji, combining marks, right-to-left text and attributes."""

import json
import random
import shutil
import subprocess
from typing import Any

import pytest

from tests.servers import ROOT
from tests.waiting import PATIENCE_SECONDS
from things import text
from things.text import Delta

CASES = 1500
PIECES = ["a", "Hafen", " ", "\n", "🐙", "👩‍👩‍👧", "e\u0301", "שלום", "مرحبا", "🛶🛶", "\u200f", "ß", "漢字"]
MARKS: list[dict[str, Any]] = [{}, {"bold": True}, {"italic": True}, {"color": "#ff0000"}, {"bold": True, "link": "x"}]
CHANGES: list[dict[str, Any]] = [*MARKS, {"bold": None}, {"color": None, "italic": True}, {"color": "#00ff00"}]

NODE = shutil.which("node") is not None and (ROOT / "node_modules/quill-delta").is_dir()
pytestmark = [pytest.mark.process, pytest.mark.skipif(not NODE, reason="node is not installed")]


def some_text(chance: random.Random) -> str:
    return "".join(chance.choices(PIECES, k=chance.randint(1, 4)))


def marked(operation: dict[str, Any], attributes: dict[str, Any]) -> dict[str, Any]:
    return {**operation, "attributes": attributes} if attributes else operation


def some_document(chance: random.Random) -> Delta:
    return text.normalise(
        marked({"insert": some_text(chance)}, chance.choice(MARKS)) for _ in range(chance.randint(0, 5))
    )


def some_delta(chance: random.Random, document: Delta) -> Delta:
    """Fits the document and splits no surrogate pair."""
    left, delta = text.plain(document), Delta()
    while left and chance.random() < 0.85:
        count = chance.randint(1, len(left))
        units, left = text.length(left[:count]), left[count:]
        match chance.randint(0, 3):
            case 0:
                delta.append({"delete": units})
            case 1:
                delta.append({"retain": units})
            case 2:
                delta.append(marked({"retain": units}, chance.choice(CHANGES)))
            case 3:
                delta += [marked({"insert": some_text(chance)}, chance.choice(MARKS)), {"retain": units}]
    if chance.random() < 0.3:
        delta.append({"insert": some_text(chance)})
    return text.normalise(delta)


def some_case(chance: random.Random) -> dict[str, Delta]:
    document = some_document(chance)
    return {"document": document, "a": some_delta(chance, document), "b": some_delta(chance, document)}


def ours(case: dict[str, Delta]) -> dict[str, Delta]:
    document, a, b = case["document"], case["a"], case["b"]
    after = text.transform(b, a, first=False)
    return {
        "applied": text.apply(document, a),
        "composed": text.compose(a, after),
        "after": after,
        "before": text.transform(b, a, first=True),
    }


def test_quill_delta_says_the_same() -> None:
    chance = random.Random(20261124)
    cases = [some_case(chance) for _ in range(CASES)]
    command = [shutil.which("node") or "node", str(ROOT / "tests/things/quill.mjs")]
    done = subprocess.run(
        command, input=json.dumps(cases).encode(), capture_output=True, check=True, timeout=PATIENCE_SECONDS
    )
    for case, theirs in zip(cases, json.loads(done.stdout), strict=True):
        told, inverted = json.dumps(case, ensure_ascii=False), theirs.pop("inverted")
        assert ours(case) == theirs, told
        # Theirs takes away attributes that were not there; what matters is what each leaves.
        for inverse in (inverted, text.invert(case["a"], case["document"])):
            assert text.apply(theirs["applied"], inverse) == case["document"], told
