"""The widgets of one picture: who lies in whom, where on the page, where a connector's ends meet their targets."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from things.drawing.contour import DIRECTIONS, leave
from things.drawing.geometry import Box, Matrix, Point, placed
from things.shapes import End, Size, Widget

NOTHING: Size = {"width": 0.0, "height": 0.0}  # the size of what has none


@dataclass(frozen=True, slots=True)
class Scene:
    """Made by `arrange`. `children` are in painting order; `pages` goes from own to page coordinates."""

    widgets: dict[str, Widget] = field(default_factory=dict)
    children: dict[str | None, list[Widget]] = field(default_factory=dict)
    pages: dict[str, Matrix] = field(default_factory=dict)
    found_ends: dict[str, tuple[Point, Point]] = field(default_factory=dict)

    def center(self, widget: Widget) -> Point:
        """On the page. A connector has no size of its own and counts as its place."""
        size = widget.get("size", {"width": 0, "height": 0})
        return self.pages[widget["id"]](Point(size["width"] / 2, size["height"] / 2))

    def ends(self, connector: Widget) -> tuple[Point, Point]:
        """Both ends in the connector's own coordinates, looked for once."""
        known = self.found_ends.get(connector["id"])
        return known or self.found_ends.setdefault(connector["id"], self._find_ends(connector))

    def _find_ends(self, connector: Widget) -> tuple[Point, Point]:
        start, end = connector["start"], connector["end"]
        page = self.pages[connector["id"]]
        towards_start, towards_end = self._aim(start, page), self._aim(end, page)
        own = page.inverse()
        return own(self._meet(start, towards_start, towards_end)), own(self._meet(end, towards_end, towards_start))

    def aims(self, connector: Widget) -> tuple[Point, Point]:
        """What both ends point at, in the connector's own coordinates: cheaper than where they end."""
        page = self.pages[connector["id"]]
        own = page.inverse()
        return own(self._aim(connector["start"], page)), own(self._aim(connector["end"], page))

    def bounds(self) -> Box | None:
        """Around everything drawn, on the page; None when nothing is."""
        drawn = {widget["id"]: widget for widget in self._drawn()}
        xs, ys = list[float](), list[float]()
        for widget in drawn.values():
            page, size = self.pages[widget["id"]], widget.get("size") or NOTHING
            if page.is_shift() and "start" not in widget:
                xs += (page.e, page.e + size["width"])
                ys += (page.f, page.f + size["height"])
            else:
                corners = self._corners(widget, size, drawn)
                xs += [corner.x for corner in corners]
                ys += [corner.y for corner in corners]
        return Box(min(xs), min(ys), max(xs), max(ys)) if xs else None

    def _drawn(self) -> Iterator[Widget]:
        """What is not hidden, nor in something hidden."""
        waiting = list(self.children.get(None, []))
        while waiting:
            widget = waiting.pop()
            if not widget.get("hidden"):
                yield widget
                waiting.extend(self.children.get(widget["id"], []))

    def _corners(self, widget: Widget, size: Size, drawn: dict[str, Widget]) -> list[Point]:
        page = self.pages[widget["id"]]
        if "start" in widget and "end" in widget:
            return self._end_corners(widget, page, drawn)
        return [page(Point(x, y)) for x in (0, size["width"]) for y in (0, size["height"])]

    def _end_corners(self, connector: Widget, page: Matrix, drawn: dict[str, Widget]) -> list[Point]:
        """An end at something that is drawn itself reaches no farther than that does."""
        corners = []
        for end in (connector["start"], connector["end"]):
            target = self._target(end)
            if target is None:
                corners.append(page(Point(end["x"], end["y"])))
            elif target["id"] not in drawn:
                return [page(point) for point in self.ends(connector)]
        return corners

    def _target(self, end: End) -> Widget | None:
        target = self.widgets.get(end.get("widget") or "")
        return target if target and target.get("size") else None

    def _aim(self, end: End, page: Matrix) -> Point:
        """Where an end points at, on the page: its target's centre, else its own free point."""
        target = self._target(end)
        return self.center(target) if target else page(Point(end["x"], end["y"]))

    def _meet(self, end: End, own: Point, other: Point) -> Point:
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
    """`widgets` as the API shows them, in any order. One whose parent is absent lies on the page, and so does the first
    of those that lie in each other.
    """
    scene = Scene({widget["id"]: widget for widget in widgets})
    inside: dict[str | None, list[Widget]] = {}
    ordered = sorted(scene.widgets.values(), key=lambda each: (each.get("order", ""), each["id"]))
    for widget in ordered:
        parent = widget["place"]["parent"]
        inside.setdefault(parent if parent in scene.widgets else None, []).append(widget)
    outermost = scene.children.setdefault(None, [])
    for widget in [*inside.get(None, []), *ordered]:
        if widget["id"] not in scene.pages:
            outermost.append(widget)
            scene.pages[widget["id"]] = placed(widget)
            if widget["id"] in inside:
                _place_inside(scene, inside, widget)
    return scene


def _place_inside(scene: Scene, inside: dict[str | None, list[Widget]], top: Widget) -> None:
    """Places all that lies in a widget that has its place, each once, however deep."""
    pages = scene.pages
    waiting = [top]
    while waiting:
        parent = waiting.pop()
        found = scene.children[parent["id"]] = [child for child in inside[parent["id"]] if child["id"] not in pages]
        page = pages[parent["id"]]
        for child in found:
            pages[child["id"]] = page @ placed(child)
            if child["id"] in inside:
                waiting.append(child)
