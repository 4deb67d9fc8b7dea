"""The picture of the house is drawn from the imports of today, and every room has a line in words."""

import re

from tests import picture
from tests.rooms import page, words_of
from tests.servers import ROOT


def test_the_picture_is_up_to_date() -> None:
    shown = (ROOT / "docs" / "images" / "architecture.svg").read_text()
    assert shown == picture.picture(), "python -m tests.picture > docs/images/architecture.svg"


def test_every_arrow_leads_down() -> None:
    """As the contracts say; where there is no contract, as far as there is no circle."""
    packages, _ = picture.read()
    for package in packages.values():
        rooms = [room for layer in picture.lines_of(package) for room in layer]
        assert sorted(rooms) == sorted(package.rooms)
        upwards = [(upper, lower) for upper, lower in package.arcs if rooms.index(upper) > rooms.index(lower)]
        assert upwards == []


def test_every_room_has_its_words() -> None:
    packages, _ = picture.read()
    silent = [(name, room) for name, package in packages.items() for room in package.rooms if not words_of(name, room)]
    assert silent == []
    assert (ROOT / "docs" / "rooms.md").read_text() == page(), "python -m tests.rooms > docs/rooms.md"


def test_every_file_that_the_text_names_is_there() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text()
    named = re.findall(r"`((?:\w+/)+[\w.]*)`", text)
    assert len(named) > 15
    assert [path for path in named if not (ROOT / path).exists()] == []
