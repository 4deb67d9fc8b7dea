"""The picture of the house, drawn from its imports: `python -m tests.picture > docs/images/architecture.svg`.

A column for each package, a line for each room of it, in the order of the import contracts of pyproject.toml: whatever
imports stands above what it imports. An arc is one or more imports, from the upper room to the lower one. How many is
not told: the picture changes with the house, and not with every import.
"""

import sys
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from html import escape

import grimp

from tests.servers import ROOT

PACKAGES = ("widgetapp", "things", "accounts", "streaming")
SAID = {
    "widgetapp": "composes",
    "things": "edits",
    "accounts": "knows people",
    "streaming": "carries",
}
COLUMN, LINE, TOP, NAME, DOT, ROOF = 300, 21, 158, 128, 112, 78
STYLE = """
svg { color-scheme: light dark; --paper: #fbfaf6; --ink: #23282b; --faint: #6d7478; --rule: #dcd8cc; --arc: #2f6f62; }
@media (prefers-color-scheme: dark) {
  svg { --paper: #191c1d; --ink: #e8e6df; --faint: #9aa2a5; --rule: #34393b; --arc: #6fc0ae; }
}
text { font: 12px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; fill: var(--ink); }
.package { font-weight: 700; font-size: 17px; } .said { fill: var(--faint); }
.arc, .between { fill: none; stroke: var(--arc); opacity: .5; } .between { stroke-width: 2; opacity: .8; }
.dot { fill: var(--arc); } .rule { stroke: var(--rule); } .paper { fill: var(--paper); }
"""


@dataclass(slots=True)
class Package:
    """`arcs`: upper and lower room."""

    name: str
    layers: list[list[str]]
    rooms: set[str] = field(default_factory=set)
    arcs: set[tuple[str, str]] = field(default_factory=set)


def layers_of(package: str) -> list[list[str]]:
    """As the contract of the package says; none for one that has no contract."""
    linter = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    found = [contract for contract in linter["contracts"] if contract.get("containers") == [package]]
    return [[room.strip() for room in layer.split("|")] for contract in found for layer in contract["layers"]]


def room_of(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


@cache
def read() -> tuple[dict[str, Package], set[tuple[str, str]]]:
    """The packages, and which of them import which."""
    graph = grimp.build_graph(*PACKAGES, cache_dir=None)
    packages = {name: Package(name, layers_of(name)) for name in PACKAGES}
    between = set[tuple[str, str]]()
    for module in sorted(graph.modules):
        package = packages[module.split(".")[0]]
        if room := room_of(module):
            package.rooms.add(room)
        for imported in graph.find_modules_directly_imported_by(module):
            other = imported.split(".")[0]
            if other != package.name:
                between.add((package.name, other))
            elif room and room_of(imported) not in ("", room):
                package.arcs.add((room, room_of(imported)))
    return packages, between


def lines_of(package: Package) -> list[list[str]]:
    """Rooms by layers. Without a contract by how far down their imports lead."""
    if package.layers:
        return [[room for room in layer if room in package.rooms] for layer in package.layers]
    depths = dict.fromkeys(package.rooms, 0)
    for _ in depths:
        for upper, lower in package.arcs:
            depths[lower] = max(depths[lower], min(depths[upper] + 1, len(depths)))
    found = sorted(set(depths.values()))
    return [sorted(room for room, depth in depths.items() if depth == one) for one in found]


def column(package: Package, left: int) -> Iterable[str]:
    places: dict[str, int] = {}
    y = TOP
    yield f'<text class="package" x="{left + NAME}" y="{ROOF + 22}">{package.name}</text>'
    yield f'<text class="said" x="{left + NAME}" y="{ROOF + 40}">{SAID[package.name]}</text>'
    for layer in lines_of(package):
        yield f'<path class="rule" d="M{left + NAME} {y - 14.5}h{COLUMN - NAME - 24}"/>'
        for room in layer:
            places[room] = y
            yield f'<text x="{left + NAME}" y="{y}">{escape(room)}</text>'
            y += LINE
    for upper, lower in sorted(package.arcs):
        a, b = places[upper] - 4, places[lower] - 4
        reach = min(14 + abs(b - a) * 0.2, DOT - 8)
        x = left + DOT
        curve = f"M{x} {a}C{x - reach:.0f} {a} {x - reach:.0f} {b} {x} {b}"
        yield f'<path class="arc" d="{curve}"/>'
    yield from (f'<circle class="dot" cx="{left + DOT}" cy="{y - 4}" r="2.4"/>' for y in places.values())


def over(between: set[tuple[str, str]]) -> Iterable[str]:
    """Imports from package to package, over the columns."""
    for upper, lower in sorted(between):
        a, b = (PACKAGES.index(name) * COLUMN + NAME + 36 for name in (upper, lower))
        top = ROOF - 30 * (PACKAGES.index(lower) - PACKAGES.index(upper))
        curve = f"M{a} {ROOF}C{a} {top} {b} {top} {b} {ROOF}"
        yield f'<path class="between" d="{curve}" marker-end="url(#tip)"/>'


def picture() -> str:
    packages, between = read()
    height = TOP + LINE * max(len(package.rooms) for package in packages.values()) + 10
    width = COLUMN * len(PACKAGES)
    body = [part for index, package in enumerate(packages.values()) for part in column(package, index * COLUMN)]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">',
            "<title>Packages and rooms of WidgetApp, and who imports whom</title>",
            f"<style>{STYLE}</style>",
            '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto" '
            'markerUnits="userSpaceOnUse"><path class="dot" d="M0 0L8 4L0 8z"/></marker></defs>',
            f'<rect class="paper" width="{width}" height="{height}"/>',
            *over(between),
            *body,
            "</svg>",
            "",
        ]
    )


if __name__ == "__main__":
    sys.stdout.write(picture())
