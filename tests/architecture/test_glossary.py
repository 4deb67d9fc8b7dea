"""Every word of the glossary lives where the glossary says."""

import re

import pytest

from tests.servers import ROOT

TEXT = (ROOT / "docs" / "glossary.md").read_text()
ROWS = re.findall(r"^\| ([^|]+) \|[^|]+\| (?:`([\w/.]+)` )?\|$", TEXT, re.MULTILINE)


def test_there_are_words() -> None:
    assert len(ROWS) > 50
    assert len({word for word, _ in ROWS}) == len(ROWS)


@pytest.mark.parametrize(("word", "path"), [row for row in ROWS if row[1]])
def test_a_word_lives_where_the_glossary_says(word: str, path: str) -> None:
    place = ROOT / path
    assert place.exists()
    text = "".join(file.read_text() for file in (place.rglob("*.py") if place.is_dir() else [place]))
    first = re.split(r"[ ,]", word)[0]
    assert first.lower() in text.lower(), f"{path} never says {first}"
