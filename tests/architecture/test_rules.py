"""Every rule of the stream and of editing is proved by a test, and the list of them is up to date."""

import re

from tests.rules import EDITING, ROOT, RULES, page, proofs


def test_every_rule_has_a_proof() -> None:
    found = proofs()
    assert [rule for rule in RULES if not found[rule]] == []


def test_every_rule_of_editing_that_the_code_cites_is_written_down() -> None:
    sources = [
        path for package in ("accounts", "things", "streaming", "widgetapp") for path in (ROOT / package).rglob("*.py")
    ]
    cited = {rule for path in sources for rule in re.findall(r"\b[MWU]\d\b", path.read_text())}
    assert len(cited) > 10
    assert cited <= EDITING.keys()


def test_the_list_is_up_to_date() -> None:
    assert (ROOT / "docs" / "rules.md").read_text() == page(), "python -m tests.rules > docs/rules.md"
