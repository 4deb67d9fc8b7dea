"""The whole picture: every kind has a drawer, nothing escapes escaping, the same input gives the same bytes."""

import xml.etree.ElementTree as ElementTree
from typing import Any

import pytest

from things.demo import boards, harbour, templates
from things.demo.sheet import Sheet
from things.drawing import svg, svg_outlined
from things.drawing.drawers import DRAWERS
from things.kinds import KINDS

SVG = "{http://www.w3.org/2000/svg}"
CANVAS = {"width": None, "height": None, "background": "#f6f7f4", "grid": True}


def shown(added: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What `add` makes of its widgets: the defaults written down, text as a delta, painting order."""
    return [whole(widget, f"a{number:04d}") for number, widget in enumerate(added)]


def whole(given: dict[str, Any], order: str) -> dict[str, Any]:
    kind = KINDS[given["kind"]]
    fields = {name: field.default for name, field in kind.fields.items()} | {"order": order}
    text = [{"insert": given["text"]}] if given.get("text") else []
    return {**fields, **given, **({"text": text} if kind.text else {})}


def parse(picture: str) -> ElementTree.Element:
    return ElementTree.fromstring(picture)


def groups(picture: str) -> dict[str, ElementTree.Element]:
    return {group.attrib["data-id"]: group for group in parse(picture).iter(f"{SVG}g") if "data-id" in group.attrib}


def note(text: str = "", **fields: Any) -> dict[str, Any]:
    place = {"parent": None, "x": 10, "y": 20}
    return whole({"id": "n", "kind": "note", "place": place, "text": text, **fields}, fields.get("order", "a1"))


def test_every_kind_has_a_drawer() -> None:
    assert set(KINDS) <= set(DRAWERS)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_is_drawn_with_its_defaults(kind: str) -> None:
    widget = whole({"id": "w", "kind": kind, "text": "Words" if KINDS[kind].text else ""}, "a1")
    assert len(groups(svg([widget], canvas=CANVAS))["w"]) > 0 or kind == "connector"


def test_an_unknown_kind_keeps_its_place() -> None:
    widget = {"id": "w", "kind": "hologram", "place": {"parent": None, "x": 5, "y": 6}, "order": "a1"}
    group = groups(svg([widget], canvas=CANVAS))["w"]
    assert group.attrib["transform"] == "translate(5 6)"
    assert "hologram" in "".join(group.itertext())


@pytest.mark.parametrize("words", ["</text><script>alert(1)</script>", "\"&<>'", "a\x00b\x1bc\ud800d", "]]>"])
def test_what_people_write_stays_words(words: str) -> None:
    picture = svg([note(words), note(words, id="m", kind="frame", name=words)], canvas=CANVAS)
    assert not list(parse(picture).iter(f"{SVG}script"))
    picture.encode()


def test_attributes_are_escaped() -> None:
    picture = svg([note(fill='#fff" onload="x')], canvas={**CANVAS, "background": '"/><script/>'})
    assert not list(parse(picture).iter(f"{SVG}script"))
    assert all("onload" not in element.attrib for element in parse(picture).iter())


def test_children_lie_in_their_frame_in_painting_order() -> None:
    frame = whole({"id": "f", "kind": "frame", "place": {"parent": None, "x": 100, "y": 50}, "name": "F"}, "a1")
    inside = [note(id="z", order="a2"), note(id="y", order="a1")]
    for widget in inside:
        widget["place"] = {"parent": "f", "x": 1, "y": 2}
    group = groups(svg([*inside, frame], canvas=CANVAS))["f"]
    assert [child.attrib["data-id"] for child in group if "data-id" in child.attrib] == ["y", "z"]


def test_hidden_is_not_drawn() -> None:
    assert not groups(svg([note(hidden=True)], canvas=CANVAS))


def test_turning_is_about_the_centre() -> None:
    group = groups(svg([note(rotation=30)], canvas=CANVAS))["n"]
    assert group.attrib["transform"] == "translate(10 20) rotate(30 54 52)"


SHEETS = [
    harbour.harbour,
    boards.retro,
    boards.night_ferry,
    boards.bike_screens,
    boards.allotment,
    boards.frame_path,
    boards.seating,
    boards.exhibition,
    boards.museum,
    templates.flowchart,
    templates.empty_retro,
    templates.board,
    templates.app_screens,
    templates.week,
    templates.mind_map,
]


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.__name__)
def test_the_same_thing_gives_the_same_bytes(sheet: Any) -> None:
    made: Sheet = sheet()
    widgets = shown(made.widgets)
    assert len({widget["id"] for widget in widgets}) == len(widgets)
    assert svg(widgets, canvas=CANVAS) == svg(reversed(widgets), canvas=CANVAS)
    assert set(groups(svg(widgets, canvas=CANVAS))) == {widget["id"] for widget in widgets}


def test_a_thumbnail_is_sixteen_to_ten_about_the_content() -> None:
    picture = parse(svg([note()], canvas=CANVAS, thumbnail=True))
    left, top, width, height = map(float, picture.attrib["viewBox"].split())
    assert width / height == pytest.approx(1.6)
    assert (left + width / 2, top + height / 2) == pytest.approx((64, 72))


def test_a_thumbnail_keeps_eight_percent_free() -> None:
    wide = note(size={"width": 1600, "height": 100})
    _, _, width, _ = map(float, parse(svg([wide], canvas=CANVAS, thumbnail=True)).attrib["viewBox"].split())
    assert width == pytest.approx(1600 * 1.16)


def test_a_thumbnail_of_a_sized_canvas_is_the_canvas() -> None:
    picture = parse(svg([note()], canvas={**CANVAS, "width": 640, "height": 400}, thumbnail=True))
    assert picture.attrib["viewBox"] == "0 0 640 400"


def test_pictures_that_leave_the_site_need_no_font() -> None:
    """Each glyph once, as an outline; a character without one stays text."""
    picture = parse(svg_outlined([note("Anna 水")], canvas=CANVAS))
    outlines = [path.attrib["id"] for path in picture.iter(f"{SVG}path")]
    assert sorted(outlines) == ["g500-41", "g500-61", "g500-6e"]
    assert ["".join(text.itertext()) for text in picture.iter(f"{SVG}text")] == ["水"]


def test_empty_is_a_picture_too() -> None:
    assert parse(svg([], canvas=CANVAS)).attrib["viewBox"] == "-51.2 -51.2 742.4 502.4"
    assert parse(svg([], canvas=CANVAS, thumbnail=True)).tag == f"{SVG}svg"
