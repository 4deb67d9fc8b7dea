"""`python -m tests.rooms` prints docs/rooms.md: every room of the four packages, in the order of the picture, in the
words with which its module begins.
"""

import ast
import re

from tests import picture
from tests.servers import ROOT

HEAD = """# Rooms

Made by `python -m tests.rooms` from the first words of each module; [architecture.md](architecture.md) has the picture.
Within a package whatever imports stands above what it imports.
"""


def words_of(package: str, room: str) -> str:
    """The first sentence of the docstring; empty where there is none."""
    path = ROOT / package / f"{room}.py"
    if not path.exists():
        path = ROOT / package / room / "__init__.py"
    text = " ".join((ast.get_docstring(ast.parse(path.read_text())) or "").split("\n\n")[0].split())
    return re.split(r"(?<=[a-z)])\. ", text)[0].rstrip(".")


def page() -> str:
    packages, _ = picture.read()
    parts = [HEAD]
    for package in packages.values():
        rows = ["", f"## {package.name}", "", "| room | |", "|---|---|"]
        for number, layer in enumerate(picture.lines_of(package)):
            if number:
                rows.append("| | |")
            rows += [f"| `{room}` | {words_of(package.name, room)} |" for room in layer]
        parts += rows
    return "\n".join([*parts, ""])


if __name__ == "__main__":
    print(page(), end="")
