"""A whole Thing as SVG: the editor's first paint, thumbnails, exports. No browser, no file, no network.

Each widget is `<g data-id data-kind transform>`; a frame's children stand inside its group. When the editor's
modules have started they put groups of their own in its place, which are built otherwise and kept up to date there.
"""

from collections.abc import Iterable

from things.drawing import allowance
from things.drawing.geometry import Box
from things.drawing.ink import Ink
from things.drawing.letters import Letters, Outlines, Text
from things.drawing.markup import decimal, element
from things.drawing.nesting import groups as _groups
from things.drawing.scene import Scene, arrange
from things.shapes import Canvas, Widget

Viewbox = tuple[float, float, float, float]
THUMBNAIL_WIDTH = 320
THUMBNAIL_RATIO = 16 / 10
MARGIN = 0.08
# On a card, in pixels: text below is drawn as bars, widgets below are left out.
LEGIBLE = 4.5
VISIBLE = 0.3


def svg(widgets: Iterable[Widget], *, canvas: Canvas, viewbox: Viewbox | None = None, thumbnail: bool = False) -> str:
    """`widgets` as the API shows them. Without a `viewbox` all content is shown, with a margin."""
    scene = arrange(widgets)
    if thumbnail:
        view = thumbnail_view(scene, canvas)
        scale = view[2] / THUMBNAIL_WIDTH
        shown = Box(view[0], view[1], view[0] + view[2], view[1] + view[3])
        ink = Ink(scene, Outlines(LEGIBLE * scale), labels=False, allowance=allowance.card(), shown=shown)
        return _document(ink, canvas, view, VISIBLE * scale)
    ink = Ink(scene, Text(), allowance=allowance.page())
    return _document(ink, canvas, viewbox or whole_view(scene, canvas))


def svg_outlined(widgets: Iterable[Widget], *, canvas: Canvas) -> str:
    """For a file that leaves the site: letters as outlines, so that it looks the same without the font."""
    scene = arrange(widgets)
    return _document(Ink(scene, Outlines()), canvas, whole_view(scene, canvas))


def groups(widgets: Iterable[Widget]) -> str:
    """Only the widgets' groups, for a page that brings its own `<svg>`."""
    return _groups(Ink(arrange(widgets), Text()))


def whole_view(scene: Scene, canvas: Canvas) -> Viewbox:
    """The canvas where it has a size, else the content with a margin."""
    box = _sized(canvas) or scene.bounds() or Box(0, 0, 640, 400)
    margin = 0 if _sized(canvas) else MARGIN * max(box.width, box.height, 1)
    return (box.left - margin, box.top - margin, box.width + 2 * margin, box.height + 2 * margin)


def thumbnail_view(scene: Scene, canvas: Canvas) -> Viewbox:
    """16:10 about the centre of what there is; never closer than life size on a card."""
    sized = _sized(canvas)
    box = sized or scene.bounds() or Box(0, 0, 0, 0)
    room = 1 if sized else 1 + 2 * MARGIN
    width = max(box.width * room, box.height * room * THUMBNAIL_RATIO, 0 if sized else THUMBNAIL_WIDTH, 1)
    height = width / THUMBNAIL_RATIO
    center = box.center
    return (center.x - width / 2, center.y - height / 2, width, height)


def _document(ink: Ink, canvas: Canvas, shown: Viewbox, least: float = 0) -> str:
    left, top, width, height = shown
    body = _groups(ink, least)
    background = canvas.get("background", "none")
    paper = element("rect", x=left, y=top, width=width, height=height, fill=background) if background != "none" else ""
    return element(
        "svg",
        _definitions(ink.letters),
        paper,
        body,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=" ".join(decimal(value) for value in shown),
        font_family="Instrument Sans, system-ui, sans-serif",
    )


def _definitions(letters: Letters) -> str:
    """Called after the body is drawn: only then it is known which letters it used."""
    return letters.definitions()


def _sized(canvas: Canvas) -> Box | None:
    width, height = canvas.get("width"), canvas.get("height")
    return Box(0, 0, width, height) if width and height else None
