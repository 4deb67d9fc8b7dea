"""What the layout promises and no type checker sees."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGES = ("widgetapp", "accounts", "streaming", "things")
SOURCES = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py") if "migrations" not in path.parts]


def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def found(pattern: str) -> set[str]:
    return {str(path.relative_to(ROOT)) for path in SOURCES if re.search(pattern, text(path))}


def test_only_the_editing_path_writes_widgets_and_the_log() -> None:
    assert (
        found(
            r"Widget\.objects\.(bulk_)?(create|update)|Widget\.objects.*\.(update|delete)\(|(?<!class )\bWidget\([^)]"
        )
        == set()
    )
    assert found(r"(INSERT INTO|UPDATE|DELETE FROM) things_") == {"things/writes.py"}
    assert found(r"(INSERT INTO|UPDATE|DELETE FROM) [{%]") == {"things/writes.py"}
    assert found(r"\bWrites\(") == {"things/editing/write.py"}
    assert found(r"\bChange\(\n|Change\.objects\.(bulk_)?create") == {"things/editing/write.py"}


def test_only_the_editing_path_publishes_changes() -> None:
    # The inbox is a log of its own.
    assert found(r"publisher import [^\n]*\bpublish\b") == {"things/editing/write.py", "things/people/inbox.py"}


def test_every_setting_is_documented() -> None:
    names = set(
        re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', text(ROOT / "widgetapp/settings.py") + text(ROOT / "widgetapp/env.py"))
    )
    assert names
    assert {name for name in names if f"`{name}`" not in text(ROOT / "docs/settings.md")} == set()


@pytest.mark.parametrize("word", ["utils", "helpers", "common", "core", "misc"])
def test_what_has_no_name_has_no_place(word: str) -> None:
    assert [str(path) for path in SOURCES if path.stem == word] == []


def test_no_page_is_asked_to_look_again_by_itself() -> None:
    """What `wait_for_function` does not find at its first look it looks for with `eval`, which our pages forbid."""
    waiting = [path for path in (ROOT / "tests").rglob("*.py") if ".wait_for_" + "function(" in text(path)]
    assert waiting == []


def test_pages_take_the_look_from_the_site_and_nothing_from_each_other() -> None:
    """Templates are imports that no linter of imports sees."""
    used = {
        (path.relative_to(ROOT / "templates").parts[0], name)
        for path in (ROOT / "templates").rglob("*.html")
        for name in re.findall(r"{% static '(\w+)/", text(path))
    }
    assert {name for _, name in used} == {"site", "things", "streaming"}
    assert {folder for folder, name in used if name == "things"} == {"editor", "gallery"}
    included = {
        (path.relative_to(ROOT / "templates").parts[0], name.split("/")[0])
        for path in (ROOT / "templates").rglob("*.html")
        for name in re.findall(r"{% (?:include|extends) ['\"]([\w/.]+)['\"]", text(path))
        if "/" in name
    }
    assert {(user, name) for user, name in included if name not in {user, "parts"}} <= {
        ("rest_framework", "rest_framework"),
        ("admin", "admin"),
    }
