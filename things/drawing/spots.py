"""Far detail, merged: boxes that are spots on the picture, as one path for each colour, in front of the rest."""

from things.drawing.geometry import Matrix
from things.drawing.markup import element
from things.shapes import Widget


class Spots:
    """Coordinates are whole units of the page: nobody sees less of a spot."""

    def __init__(self) -> None:
        self._boxes: dict[tuple[str, float], list[str]] = {}

    def take(self, widget: Widget, page: Matrix) -> bool:
        """Whether the box of this widget is among them now; `page` goes from its own coordinates to the page's. Not
        what is turned, and not what has no size.
        """
        size, fill = widget.get("size"), widget.get("fill", "none")
        if size is None or not page.is_shift():
            return False
        if fill != "none":
            width, height = round(size["width"]), round(size["height"])
            box = f"M{round(page.e)} {round(page.f)}h{width}v{height}h-{width}z"
            self._boxes.setdefault((fill, widget.get("opacity", 1)), []).append(box)
        return True

    def paths(self) -> list[str]:
        return [
            element("path", d="".join(boxes), fill=fill, opacity=None if opacity == 1 else opacity)
            for (fill, opacity), boxes in self._boxes.items()
        ]
