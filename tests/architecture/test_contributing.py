"""CONTRIBUTING.md can be followed: what it names is there, and each recipe names every file that a change of its sort
touches, found by looking for one that is there already.
"""

import re
from pathlib import Path

import pytest
from django.core.management import get_commands

from tests.servers import ROOT

TEXT = (ROOT / "CONTRIBUTING.md").read_text()
RECIPES = dict(re.findall(r"^### (.+?)\n(.*?)(?=^##|\Z)", TEXT, re.MULTILINE | re.DOTALL))
NAMED = re.compile(r"`((?:[\w.-]+/)+[\w.-]*|\.?[\w-]+\.(?:py|md|toml|json|js|example))`")
SOURCES = ("widgetapp", "accounts", "streaming", "things", "clients", "templates", "docs")
SUFFIXES = {".py", ".js", ".html", ".md", ".json"}
# What every page of docs may mention, and what is made of the rest.
APART = ("docs/decisions", "docs/rules.md", "docs/rooms.md", "docs/glossary.md", "docs/limits.md", "migrations", "demo")


def named(text: str) -> list[str]:
    found = NAMED.findall(text)
    beside = {name: str(Path(path).parent / name) for path in found for name in found if "/" not in name}
    return [path for path in found if (ROOT / path).exists()] + [
        beside[name] for name in found if not (ROOT / name).exists() and (ROOT / beside.get(name, name)).exists()
    ]


def mentioning(pattern: str, *folders: str) -> set[str]:
    """Files of the source with a sibling of what the recipe adds."""
    found = set()
    for folder in folders or SOURCES:
        for path in (ROOT / folder).rglob("*"):
            name = str(path.relative_to(ROOT))
            looked_at = path.suffix in SUFFIXES and "node_modules" not in path.parts
            if looked_at and not any(part in name for part in APART) and re.search(pattern, path.read_text()):
                found.add(name)
    return found


def test_there_are_ten_recipes() -> None:
    assert len(RECIPES) == 10


@pytest.mark.parametrize("recipe", RECIPES)
def test_every_file_that_is_named_is_there(recipe: str) -> None:
    """By its path, or beside the one named before it."""
    names = NAMED.findall(RECIPES[recipe])
    assert len(names) >= 3
    folders = {str(Path(name).parent) for name in names if "/" in name}
    gone = [name for name in names if not (ROOT / name).exists()]
    assert [name for name in gone if not any((ROOT / folder / name).exists() for folder in folders)] == []


# By recipe: something that is there already, and what of its files the recipe need not name, with the reason.
SIBLINGS: dict[str, tuple[str, set[str]]] = {
    "A filter of the stream": (r"filters\.locale\.Locale|class Locale\b", set()),
    "A kind of widget": (
        r"""(?<!\w)["'`]?sticky-note["'`]|@draws\("note"\)|name="note"|\bnote: |"const": "note"|n: "note\"""",
        {"docs/openapi.json"},
    ),
    "An editor action": (r'type = "nudge"|actions/nudge/|type: "nudge"|"nudge",', {"things/api/actions.py"}),
    "A close code": (r"\b4004\b(?! `)", {"widgetapp/limits.py"}),
    "Something new on a card of the gallery": (r"data-revision|card\.dataset\.revision|def card_of", set()),
    "A setting": (r"\bTICKET_LIFETIME =|\| `STREAM_ANONYMOUS`|STREAM_ANONYMOUS =", {"docs/filters.md"}),
    "A service of the stream": (r"\bPresenceService\b|^#+ .*`presence`", set()),
    "How a note is drawn": (r'@draws\("note"\)|note: drawNote|width < 80', set()),
    "A scope of tokens": (r"\bScope\.(READ|WRITE)\b|\[\*Scope\]|class Scope\(StrEnum", set()),
    "A rule of undo": (
        r"\bdef (is_undoable|undoable|redoable|keep_undo_steps|new_step)\b|class UndoStep\b|### U1",
        set(),
    ),
}


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_recipe_names_what_one_like_it_touches(recipe: str) -> None:
    pattern, needless = SIBLINGS[recipe]
    touched = mentioning(re.compile(pattern, re.MULTILINE).pattern) - needless
    known = named(RECIPES[recipe])
    assert touched, "the sibling is gone"
    missing = {
        path for path in touched if not any(path == name or path.startswith(f"{name.rstrip('/')}/") for name in known)
    }
    assert missing == set()


def test_every_command_that_makes_a_page_is_there() -> None:
    rows = re.findall(r"^\| `(docs/[\w./]+)` \| `(manage\.py|-m) ([\w.]+)", TEXT, re.MULTILINE)
    assert len(rows) == 6
    for page, how, what in rows:
        assert (ROOT / page).exists()
        assert what in get_commands() if how == "manage.py" else (ROOT / f"{what.replace('.', '/')}.py").exists()


def test_readme_leads_here() -> None:
    readme = (ROOT / "README.md").read_text()
    for page in ("CONTRIBUTING.md", "SECURITY.md", "docs/architecture.md", "docs/glossary.md"):
        assert f"({page})" in readme
