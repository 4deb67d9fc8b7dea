"""Every rule of the stream is proved by a test, and the list of them is up to date."""

from tests.rules import ROOT, RULES, page, proofs


def test_every_rule_has_a_proof() -> None:
    found = proofs()
    assert [rule for rule in RULES if not found[rule]] == []


def test_the_list_is_up_to_date() -> None:
    assert (ROOT / "docs" / "rules.md").read_text() == page(), "python -m tests.rules > docs/rules.md"
