"""Line breaks and connector ends against vectors that the editor's own code is held to as well."""

import json
from pathlib import Path
from typing import Any

import pytest

from things.drawing.lines import baseline, layout
from things.drawing.scene import arrange

VECTORS: dict[str, list[dict[str, Any]]] = json.loads((Path(__file__).parent / "vectors.json").read_text())


@pytest.mark.parametrize("case", VECTORS["layout"], ids=lambda case: repr(case["text"]))
def test_text_breaks_where_the_editor_breaks_it(case: dict[str, Any]) -> None:
    lines = layout(case["text"], case["width"], case["font_size"], case["font_weight"])
    assert [line.text for line in lines] == case["lines"]
    assert [line.start for line in lines] == case["starts"]
    assert [line.width for line in lines] == pytest.approx(case["widths"], abs=0.001)


@pytest.mark.parametrize("case", VECTORS["ends"], ids=lambda case: case["name"])
def test_connectors_meet_their_targets(case: dict[str, Any]) -> None:
    scene = arrange(case["widgets"])
    start, end = scene.ends(scene.widgets["c"])
    assert [*start, *end] == pytest.approx([*case["start"], *case["end"]], abs=0.001)


@pytest.mark.parametrize("case", VECTORS["baseline"], ids=lambda case: case["font_size"])
def test_letters_stand_on_the_same_line(case: dict[str, Any]) -> None:
    assert baseline(case["font_size"]) == pytest.approx(case["baseline"], abs=0.001)
