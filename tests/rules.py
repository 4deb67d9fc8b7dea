"""`python -m tests.rules` prints docs/rules.md: every rule of the stream and of editing, and the tests and
transcripts that prove it. The rules of editing are the headings of docs/editing.md.

A test cites a rule in its name (`test_r3_…`), docstring or comments, a transcript in its `rules`.
"""

import ast
import functools
import json
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STREAM = {
    "F1": "Text frames of JSON; the server may send a batch",
    "F2": "Unknown fields and types are no reason to stop; what cannot be decoded is `malformed`",
    "F3": "An answer repeats the id of its request",
    "F4": "What is fanned out is encoded once and is the same for all",
    "F5": "Frames and events have a largest size; a larger change is fetched",
    "F6": "The subprotocol is `widgetapp.stream.v1`, or none",
    "F7": "No compression",
    "H1": "`hello` within ten seconds",
    "H2": "A refusal is `bye`, then the close code",
    "H3": "`welcome` is the first frame",
    "H4": "One round trip restores everything; a replacement ends the old presence",
    "S1": "Subscribing, one outcome each, in order",
    "S2": "Nothing of a topic after `unsubscribed`",
    "S3": "Rights per topic; forbidden and missing look the same",
    "S4": "A failure concerns its subscription alone",
    "S5": "The server ends a topic with the right to it",
    "S6": "Exact topics only",
    "S7": "Messages upstream, answered on error",
    "R1": "Events by offset; a gap is asked for",
    "R2": "Offsets come from the database; Redis costs latency, never data",
    "R3": "Outcomes of a subscription with a position",
    "R4": "After a reset, the snapshot first",
    "R5": "Pings name the heads that moved",
    "R6": "The sweep finds what was never published",
    "R7": "Replay waits for acknowledgement",
    "R8": "The author gets the change like everybody",
    "T1": "State: the whole, then differences",
    "T2": "Presence",
    "T3": "Gallery cards",
    "P1": "HTTP answers carry their position",
    "P2": "Optimistic state is kept until its offset came",
    "A1": "Filters build an immutable context or refuse",
    "A2": "The standard chain; forwarded headers only from trusted proxies",
    "A3": "Four ways in; a ticket works once",
    "A4": "What ends a credential or a right acts on open sockets",
    "A5": "Renewal on the same connection",
    "B1": "A slow client lags and loses nothing",
    "B2": "Pings by time and by bytes",
    "B3": "A service's crash or slowness is its own",
    "B4": "Rates, and too many errors",
    "B5": "State is flushed at most thirty times a second",
    "C": "Close codes, read by their range",
    "D1": "Draining without a gap",
    "E1": "HTTP push, resumable",
    "E2": "The same log, page by page",
    "E3": "The JavaScript client falls back to HTTP push",
    "O": "Metrics, and the live connections",
}
EDITING: dict[str, str] = dict(
    re.findall(r"^### ([MWU]\d) (.+)$", (ROOT / "docs" / "editing.md").read_text(), re.MULTILINE)
)
RULES = STREAM | EDITING
CITED = re.compile(r"\b([A-Z]\d{1,2})\b")
# There tests are numbered after what failed once, and these letters name no rules.
CASES, CASE_LETTERS = {"cases", "edge", "test_origins.py"}, frozenset("DRSVW")


def cited_by_tests() -> Iterator[tuple[str, str]]:
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        source = path.read_text()
        lines = source.split("\n")
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                segment = lines[node.lineno - 1 : node.end_lineno]
                words = [*re.findall(r"#.*", "\n".join(segment)), ast.get_docstring(node) or ""]
                named = [part.upper() for part in re.findall(r"(?<=_)[a-z]\d{0,2}(?=_)", node.name)]
                for rule in {*CITED.findall("\n".join(words)), *named}:
                    if CASES & {*path.parts} and rule[0] in CASE_LETTERS:
                        continue
                    yield rule, f"{path.relative_to(ROOT)} `{node.name}`"


def cited_by_transcripts() -> Iterator[tuple[str, str]]:
    for path in sorted((ROOT / "tests" / "contract" / "transcripts").glob("*.json")):
        for rule in json.loads(path.read_text())["rules"]:
            yield rule, f"transcript {path.stem}"


@functools.cache
def proofs() -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for rule, proof in (*cited_by_tests(), *cited_by_transcripts()):
        if rule in RULES:
            found[rule].append(proof)
    return found


def page() -> str:
    lines = ["# The rules, and what proves them", "", "Made by `python -m tests.rules`.", ""]
    lines += [
        "# The stream",
        "",
        *section(STREAM),
        "# Editing",
        "",
        "What each says stands in [editing.md](editing.md).",
        "",
    ]
    return "\n".join([*lines, *section(EDITING)])


def section(rules: dict[str, str]) -> Iterator[str]:
    for rule, text in rules.items():
        yield from (f"## {rule} {text}", "", *[f"- {proof}" for proof in sorted(set(proofs()[rule]))], "")


if __name__ == "__main__":
    print(page(), end="")
