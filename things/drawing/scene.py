"""The widgets of one picture: who lies in whom, where on the page, where a connector's ends meet their targets."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from things.drawing.geometry import Box, Matrix, Point, box_around, placed
from things.drawing.outline import DIRECTIONS, leave

Widget = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Scene:
    """Made by `arrange`. `children` are in painting order; `pages` goes from own to page coordinates."""

    widgets: dict[str, Widget] = field(default_factory=dict)
    children: dict[str | None, list[Widget]] = field(default_factory=dict)
    pages: dict[str, Matrix] = field(default_factory=dict)

    def center(self, widget: Widget) -> Point:
        """On the page. A connector has no size of its own and counts as its place."""
        size = widget.get("size", {"width": 0, "height": 0})
        return self.pages[widget["id"]](Point(size["width"] / 2, size["height"] / 2))

    def ends(self, connector: Widget) -> tuple[Point, Point]:
        """Both ends in the connector's own coordinates."""
        start, end = connector["start"], connector["end"]
        page = self.pages[connector["id"]]
        towards_start, towards_end = self._aim(start, page), self._aim(end, page)
        own = page.inverse()
        return own(self._meet(start, towards_start, towards_end)), own(self._meet(end, towards_end, towards_start))

    def bounds(self) -> Box | None:
        """Around everything drawn, on the page; None when nothing is."""
        return box_around([corner for widget in self.drawn(None) for corner in self._corners(widget)])

    def drawn(self, parent: str | None) -> Iterator[Widget]:
        for widget in self.children.get(parent, []):
            if not widget.get("hidden"):
                yield widget
                yield from self.drawn(widget["id"])

    def _corners(self, widget: Widget) -> list[Point]:
        page, size = self.pages[widget["id"]], widget.get("size")
        if "start" in widget and "end" in widget:
            return [page(point) for point in self.ends(widget)]
        width, height = (size["width"], size["height"]) if size else (0, 0)
        return [page(Point(x, y)) for x in (0, width) for y in (0, height)]

    def _target(self, end: dict[str, Any]) -> Widget | None:
        target = self.widgets.get(end.get("widget") or "")
        return target if target and target.get("size") else None

    def _aim(self, end: dict[str, Any], page: Matrix) -> Point:
        """Where an end points at, on the page: its target's centre, else its own free point."""
        target = self._target(end)
        return self.center(target) if target else page(Point(end["x"], end["y"]))

    def _meet(self, end: dict[str, Any], own: Point, other: Point) -> Point:
        """Where the end lies, on the page."""
        target, anchor = self._target(end), end.get("anchor", "auto")
        if not target or anchor == "center":
            return own
        page = self.pages[target["id"]]
        if anchor in DIRECTIONS:
            return page(leave(target, DIRECTIONS[anchor]))
        away = page.inverse()
        a, b = away(own), away(other)
        return page(leave(target, Point(b.x - a.x, b.y - a.y)))


def arrange(widgets: Iterable[Widget]) -> Scene:
    """`widgets` as the API shows them, in any order. One whose parent is absent lies on the page."""
    scene = Scene({widget["id"]: widget for widget in widgets})
    for widget in sorted(scene.widgets.values(), key=lambda each: (each.get("order", ""), each["id"])):
        parent = widget["place"]["parent"]
        scene.children.setdefault(parent if parent in scene.widgets else None, []).append(widget)
    _place(scene, None, Matrix())
    return scene


def _place(scene: Scene, parent: str | None, page: Matrix) -> None:
    for widget in scene.children.get(parent, []):
        scene.pages[widget["id"]] = page @ placed(widget)
        _place(scene, widget["id"], scene.pages[widget["id"]])
