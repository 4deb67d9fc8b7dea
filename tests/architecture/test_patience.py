"""No test asserts on the wall clock: it waits for a state with the one generous deadline of `tests/waiting.py`."""

import ast
import functools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.servers import ROOT

CLOCKS = {"monotonic", "perf_counter", "monotonic_ns", "perf_counter_ns", "time_ns"}
FILES = [path for path in sorted((ROOT / "tests").rglob("*.py")) if path.name != "waiting.py"]
DEADLINES = {
    "timeout",
    "next",
    "settimeout",
    "wait_for",
    "wait",
    "eventually",
    "until",
    "join",
}  # with a number they are one of their own
WITH_DEADLINES = {"timeout", "next", "settimeout", "open_timeout"}
NEED_ONE = {"get", "post", "put", "patch", "delete", "request", "stream", "Client", "AsyncClient"}


def name_of(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def is_number(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, int | float) and not isinstance(node.value, bool)


def own_deadlines(tree: ast.AST) -> Iterator[ast.Call]:
    """Calls that give up after a number of seconds of their own; httpx gives up after five where nothing is said."""
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        named = {keyword.arg: keyword.value for keyword in call.keywords}
        said = [value for name, value in named.items() if name in WITH_DEADLINES]
        said += call.args if name_of(call) in DEADLINES else []
        says_nothing = "httpx." in ast.unparse(call.func) and name_of(call) in NEED_ONE and "timeout" not in named
        if says_nothing or any(map(is_number, said)):
            yield call


def asserted_clocks(tree: ast.AST) -> Iterator[ast.Call]:
    for found in (node for node in ast.walk(tree) if isinstance(node, ast.Assert)):
        yield from (call for call in ast.walk(found.test) if isinstance(call, ast.Call) and name_of(call) in CLOCKS)


@functools.cache
def parsed() -> dict[Path, ast.AST]:
    return {path.relative_to(ROOT): ast.parse(path.read_text()) for path in FILES}


def found_by(rule: Callable[[ast.AST], Iterator[ast.Call]]) -> list[str]:
    trees = parsed()
    return [f"{path}:{call.lineno} {ast.unparse(call)[:80]}" for path, tree in trees.items() for call in rule(tree)]


def test_no_test_has_a_deadline_of_its_own() -> None:
    assert found_by(own_deadlines) == [], "PATIENCE_SECONDS of tests/waiting.py"


def test_no_test_asserts_what_a_clock_says() -> None:
    assert found_by(asserted_clocks) == [], "timing belongs in bench/"


@pytest.mark.parametrize(
    "code",
    ["asyncio.timeout(2)", "process.wait(10)", "eventually(check, 5)", "urlopen(url, timeout=2)", "httpx.Client()"],
)
def test_a_deadline_of_its_own_is_found(code: str) -> None:
    assert list(own_deadlines(ast.parse(code)))
