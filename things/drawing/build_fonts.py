"""Makes the two tables the drawing needs of the font: `python -m things.drawing.build_fonts`.

`static/things/font-metrics.json` (advance widths; the editor reads it too) and `drawing/glyphs.json`
(outlines, for pictures that cannot load a font). Run it after changing the font; needs fonttools.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from fontTools.pens.svgPathPen import SVGPathPen
from fontTools.ttLib import TTFont

from things.drawing.lines import Metrics

HERE = Path(__file__).parent
FONTS = HERE.parent / "static" / "things" / "fonts"
METRICS = HERE.parent / "static" / "things" / "font-metrics.json"
GLYPHS = HERE / "glyphs.json"
WEIGHTS = (400, 500, 600, 700)
UNKNOWN_ADVANCE = 600


class Glyph(Protocol):
    width: float

    def draw(self, pen: SVGPathPen) -> None: ...


def outline(glyphs: Mapping[str, Glyph], name: str) -> str:
    pen = SVGPathPen(glyphs, ntos=lambda number: str(round(number)))
    glyphs[name].draw(pen)
    return str(pen.getCommands())


def tables(weight: int) -> tuple[dict[str, int], dict[str, str]]:
    """Advances and outlines of every character at one weight; the first file that has it wins."""
    advances: dict[str, int] = {}
    outlines: dict[str, str] = {}
    for file in ("instrument-sans-latin.woff2", "instrument-sans-latin-ext.woff2"):
        font = TTFont(FONTS / file)
        glyphs = font.getGlyphSet(location={"wght": weight})
        for code, name in sorted(font.getBestCmap().items()):
            advances.setdefault(chr(code), round(glyphs[name].width))
            outlines.setdefault(chr(code), outline(glyphs, name))
    return advances, outlines


def write(path: Path, table: Metrics | dict[str, dict[str, str]]) -> None:
    path.write_text(json.dumps(table, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n")


def main() -> None:
    font = TTFont(FONTS / "instrument-sans-latin.woff2")
    made = {str(weight): tables(weight) for weight in WEIGHTS}
    metrics: Metrics = {
        "family": "Instrument Sans",
        "units": font["head"].unitsPerEm,
        "ascent": font["hhea"].ascent,
        "descent": -font["hhea"].descent,
        "default": UNKNOWN_ADVANCE,
        "advances": {weight: advances for weight, (advances, _) in made.items()},
    }
    write(METRICS, metrics)
    write(GLYPHS, {weight: outlines for weight, (_, outlines) in made.items()})


if __name__ == "__main__":
    main()
