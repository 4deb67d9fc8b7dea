"""One small text, or frames in frames, stop nobody: editing and looking cost steps in line with what there is."""

import threading
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from accounts.models import User
from tests.api.test_http import client_of, require_problem
from tests.conftest import MakeUser
from tests.cost.counting import SHORT, Work, assert_linear, cost_of
from tests.drawing.test_picture import CANVAS, groups, whole
from tests.things.making import add, do, fresh, note, require_replayed, wid, widget
from tests.waiting import PATIENCE_SECONDS
from things import editing, text
from things.drawing import svg, svg_outlined
from things.drawing.allowance import DETAILED_WIDGETS
from things.models import Membership, Role, Thing, Via, Widget
from things.reading import pictures
from things.reading.kept import Kept

SIDE_BY_SIDE = 8


@pytest.fixture
def thing(ana: User) -> Thing:
    return editing.create(ana, {"title": "Slow", "visibility": "public"}, via=Via.EDITOR)


@pytest.fixture(autouse=True)
def _nothing_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "KEPT", Kept())


def asking(user: User, thing: Thing, *actions: dict[str, Any]) -> Any:
    return client_of(user).post(f"/api/things/{thing.pk}/actions/", {"actions": actions}, format="json")


# --- V3: one small request holds the write lock ------------------------------------------------


def test_v3_a_difference_of_every_second_letter() -> None:
    """998 letters into 998 others, 1.1 KB, took 7.7 s: the search for what stays was cubic."""
    assert_linear(lambda n: partial(text.difference, [{"insert": "aX" * (n // 2)}], "Ya" * (n // 2)), least=249)


@pytest.mark.django_db
def test_v3_set_text_of_every_second_letter(thing: Thing, ana: User) -> None:
    def make(n: int) -> Work:
        number = fresh(thing).revision + 1
        do(thing, ana, add(note(number, text="aX" * (n // 2))))
        return lambda: do(thing, ana, {"type": "set_text", "widget": wid(number), "text": "Ya" * (n // 2)})

    assert_linear(make, least=249)
    require_replayed(thing)


@pytest.mark.django_db
def test_v3_five_hundred_of_them_in_one_request(thing: Thing, ana: User) -> None:
    """At the limits of a request such a difference took about an hour."""
    numbers = range(1, 501)
    do(thing, ana, add(*(note(number, text="aX" * 499) for number in numbers)))
    actions = [{"type": "set_text", "widget": wid(number), "text": "Ya" * 499} for number in numbers]
    one = cost_of(lambda: text.difference([{"insert": "aX" * 499}], "Ya" * 499))
    whole_request = cost_of(lambda: do(thing, ana, *actions))
    assert widget(thing, 500)["text"] == [{"insert": "Ya" * 499}]
    assert one.steps < 10_000
    assert whole_request.steps < 500 * 20_000


@pytest.mark.django_db
def test_v3_a_delta_of_many_operations_on_other_letters(thing: Thing, ana: User) -> None:
    """Every operation walked the text from its start: 10,000 of them on 100,000 characters took about five minutes."""

    def make(n: int) -> Work:
        do(thing, ana, add(note(number := fresh(thing).revision + 1, text="é🐙" * 2 * n)))
        delta = [{"retain": 3}, {"insert": "ß"}] * n
        asked = {"type": "edit_text", "widget": wid(number), "base_revision": number, "delta": delta}
        return lambda: do(thing, ana, asked)

    assert_linear(make, least=SHORT)
    require_replayed(thing)


@pytest.mark.django_db
@pytest.mark.parametrize("letters", ["a", "é", "🐙"])
def test_v3_at_the_limits_it_is_done(thing: Thing, ana: User, letters: str) -> None:
    """The largest delta on the largest text: in steps of the operations, and copied a few times."""
    do(thing, ana, add(note(1, text=letters * (90_000 // text.length(letters)))))
    delta = [{"retain": 10}, {"insert": "ß"}] * 4_500
    asked = {"type": "edit_text", "widget": wid(1), "base_revision": 2, "delta": delta}
    cost = cost_of(lambda: do(thing, ana, asked))
    assert cost.steps < 300 * len(delta)
    assert cost.touched < 30 * 100_000
    assert text.total(widget(thing, 1)["text"]) == 94_500


@pytest.mark.django_db
def test_v3_transforming_over_long_histories_is_bounded(thing: Thing, ana: User, settings: Any) -> None:
    """A delta is moved over what came since only while the budget lasts; then its base is too old."""
    do(thing, ana, add(note(1, text="a" * 1000)))
    for _ in range(20):
        edit = {"type": "edit_text", "widget": wid(1), "base_revision": fresh(thing).revision}
        do(thing, ana, {**edit, "delta": [{"retain": 9}, {"insert": "b"}]})
    old = {"type": "edit_text", "widget": wid(1), "base_revision": 2, "delta": [{"retain": 2}, {"insert": "c"}] * 400}
    settings.WORK_STEPS = 60_000
    require_problem(asking(ana, thing, old), 409, "base_too_old")
    settings.WORK_STEPS = 1_000_000
    assert asking(ana, thing, old).status_code == 200
    require_replayed(thing)


@pytest.mark.django_db
def test_v3_set_text_beyond_the_budget_replaces_the_middle(thing: Thing, ana: User, settings: Any) -> None:
    """Nothing is refused for texts that differ much: they are compared with less care."""
    do(thing, ana, add(note(1, text="one two three four five")))
    settings.WORK_STEPS = 100
    done = do(thing, ana, {"type": "set_text", "widget": wid(1), "text": "one 2 three 4 five"})
    assert done.effects[0]["delta"] == [{"retain": 4}, {"insert": "2 three 4"}, {"delete": 14}]
    require_replayed(thing)


@pytest.mark.django_db
def test_v3_a_text_of_many_marks_is_bounded(thing: Thing, ana: User) -> None:
    """One small delta may give every letter of a long text a long link: refused before rows and logs are full of it."""
    for number, _ in enumerate(range(4), 1):
        marks = [{"insert": "a", "attributes": {"bold": True}}, {"insert": "b"}] * 5_000
        do(thing, ana, add(note(number, text=marks)))
    link = {"link": "https://example.org/" + "x" * 1_900}
    asked = {
        "type": "edit_text",
        "widget": wid(1),
        "base_revision": 2,
        "delta": [{"retain": 10_000, "attributes": link}],
    }
    require_problem(asking(ana, thing, asked), 413, "too_large")


def test_v3_no_letter_is_cut_from_its_marks() -> None:
    """What stays is made of whole characters, as a reader sees them."""
    cases = [("e\u0301a", "e\u0300a"), ("👩‍👧", "👩‍👦"), ("👍🏽!", "👍🏿!"), ("🐙🛶", "🐙🛟")]
    for before, after in cases:
        delta = text.difference(text.from_plain(before), after)
        kept = sum(operation.get("retain", 0) for operation in delta)
        assert text.plain(text.apply(text.from_plain(before), delta)) == after
        assert kept == (2 if before.startswith("🐙") else 0), (before, delta)


# --- V4: one stored text stops the server when anybody looks ------------------------------------

LOOKS: dict[str, Callable[[Client, Thing], Any]] = {
    "card": lambda client, thing: client.get(f"/things/{thing.pk}/thumbnail.svg"),
    "page": lambda client, thing: client.get(f"/things/{thing.pk}/"),
}
TEXTS = {"one word": "a", "spaces": " ", "newlines": "\n", "marks": "\u0301", "short words": "a ", "pairs": "🐙"}


@pytest.mark.django_db
@pytest.mark.parametrize("words", TEXTS)
@pytest.mark.parametrize("look", LOOKS)
def test_v4_a_long_text_in_a_narrow_box(thing: Thing, ana: User, client: Client, look: str, words: str) -> None:
    """8,000 letters in one pixel took 10 s a view, the 100,000 allowed about an hour: anybody could look."""
    narrow = {"kind": "text", "size": {"width": 1, "height": 20}}
    LOOKS[look](client, thing)

    def make(n: int) -> Work:
        do(thing, ana, {"type": "set_text", "widget": wid(1), "text": (TEXTS[words] * n)[:n]})
        return lambda: LOOKS[look](client, thing)

    do(thing, ana, add(note(1, text="x", **narrow)))
    assert_linear(make, SHORT)


@pytest.mark.parametrize("times", [21_000, pytest.param(50_000, marks=pytest.mark.long)])
@pytest.mark.parametrize("align", ["top", "middle", "bottom"])
@pytest.mark.parametrize("words", TEXTS)
def test_v4_a_card_holds_what_can_be_seen(words: str, align: str, times: int) -> None:
    """At the limits: linear to lay out, and only what lies in view is put on the card."""
    size = {"width": 1, "height": 20}
    given = {"id": "t", "kind": "text", "size": size, "vertical_align": align, "text": TEXTS[words] * times}
    pictured = [whole(given, "a1")]
    card = cost_of(partial(svg, pictured, canvas=CANVAS, thumbnail=True))
    page = cost_of(partial(svg, pictured, canvas=CANVAS))
    assert max(card.steps, page.steps) < 60 * len(given["text"])
    assert len(svg(pictured, canvas=CANVAS, thumbnail=True)) < 10_000
    assert len(svg(pictured, canvas=CANVAS)) < 1_000_000


def test_v4_a_picture_has_an_allowance() -> None:
    """Many long texts cost a picture no more than one: what is beyond is the editor's to draw."""
    long = [whole({"id": f"t{number}", "kind": "text", "text": "word " * 20_000}, f"a{number}") for number in range(8)]
    one, many = (cost_of(partial(svg, shown, canvas=CANVAS)) for shown in (long[:1], long))
    assert many.steps < 2 * one.steps
    assert "word" in "".join(ElementTree.fromstring(svg(long, canvas=CANVAS)).itertext())


def test_v4_among_many_the_largest_are_drawn_in_full() -> None:
    small = [whole({"id": f"s{number}", "kind": "note", "text": "small"}, f"a{number:05d}") for number in range(4_000)]
    large = whole({"id": "large", "kind": "note", "text": "large", "size": {"width": 900, "height": 900}}, "z")
    picture = svg([*small, large], canvas=CANVAS)
    assert "large" in groups(picture)
    assert len(groups(picture)) == 1_000
    # The others are one path of their colour, a box each.
    spots = [path.get("d", "") for path in ElementTree.fromstring(picture).findall("{*}path")]
    assert [path.count("M") for path in spots] == [3_001]


class Drawn:
    """Counts how often a picture is drawn."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        monkeypatch.setattr(pictures, "svg", self._draw)

    def _draw(self, widgets: Any, **how: Any) -> str:
        self.count += 1
        return svg(widgets, **how)


@pytest.mark.django_db
@pytest.mark.parametrize("look", LOOKS)
def test_v4_a_revision_is_drawn_once(
    thing: Thing, ana: User, client: Client, look: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However often somebody looks; a new revision is drawn anew, and so is one for a new renderer."""
    drawn = Drawn(monkeypatch)
    for expected in (1, 1):
        assert LOOKS[look](client, thing).status_code == 200
        cache.clear()
        assert drawn.count == expected
    do(thing, ana, add(note(1)))
    assert wid(1) in LOOKS[look](client, thing).content.decode()
    assert drawn.count == 2
    monkeypatch.setattr(pictures, "renderer", lambda: "another")
    LOOKS[look](client, thing)
    assert drawn.count == 3


def test_v4_eight_at_once_draw_once() -> None:
    """Eight who looked at the same moment kept eight threads busy with the same picture."""
    kept, made, together = Kept(), list[int](), threading.Barrier(SIDE_BY_SIDE)
    answers: list[bytes] = []

    def make() -> bytes:
        made.append(1)
        return svg([whole({"id": "t", "kind": "text", "text": "a" * 1000}, "a1")], canvas=CANVAS).encode()

    def ask() -> None:
        together.wait(PATIENCE_SECONDS)
        answers.append(kept.get("key", make))

    threads = [threading.Thread(target=ask) for _ in range(SIDE_BY_SIDE)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(PATIENCE_SECONDS)
    assert len(made) == 1
    assert len(answers) == SIDE_BY_SIDE
    assert len(set(answers)) == 1


def test_v4_what_fails_is_not_kept() -> None:
    kept = Kept()
    with pytest.raises(ZeroDivisionError):
        kept.get("key", lambda: bytes([1 // 0]))
    assert kept.get("key", lambda: b"picture") == b"picture"


def test_v4_what_is_kept_is_bounded_in_bytes(settings: Any) -> None:
    """The one asked for longest ago goes; what is too large for all is made each time."""
    settings.PICTURE_CACHE_BYTES = 100
    kept, made = Kept(), list[str]()

    def ask(key: str, size: int = 40) -> None:
        def make() -> bytes:
            made.append(key)
            return b"x" * size

        kept.get(key, make)

    for key in ("a", "b", "a", "c", "a", "b"):
        ask(key)
    assert made == ["a", "b", "c", "b"]
    ask("large", 101)
    ask("large", 101)
    assert made[4:] == ["large", "large"]


@pytest.mark.django_db
def test_q6_rights_are_asked_before_what_is_kept(thing: Thing, ana: User, client: Client, make_user: MakeUser) -> None:
    """A picture that somebody saw is no picture for everybody: neither whole nor as `304`."""
    jonas = make_user("Jonas")
    Membership.objects.create(thing=thing, user=jonas, role=Role.VIEWER)
    client.force_login(jonas)
    first = LOOKS["card"](client, thing)
    known = {"If-None-Match": f'W/{first["ETag"]}, "other"'}
    address = f"/things/{thing.pk}/thumbnail.svg"
    again = client.get(address, headers=known)
    assert (again.status_code, again["ETag"]) == (304, first["ETag"])
    assert again["Cache-Control"] == first["Cache-Control"]
    assert set(first["Cache-Control"].split(", ")) == {"private", "no-cache"}
    assert {"Cookie", "Authorization"} <= {name.strip() for name in first["Vary"].split(",")}
    do(thing, ana, {"type": "set_thing", "set": {"visibility": "private"}})
    Membership.objects.all().delete()
    assert client.get(address, headers={"If-None-Match": "*"}).status_code == 404
    assert client.get(address, headers=known).status_code == 404


# --- V5: frames nested deep make a Thing unopenable ----------------------------------------------


def stored(thing: Thing, count: int, **fields: Any) -> None:
    """Rows as an earlier version wrote them: each frame inside the one before."""
    rows = []
    for number in range(1, count + 1):
        parent = wid(number - 1) if number > 1 else None
        given = {"id": wid(number), "kind": "frame", "name": f"n{number}", **fields}
        shown = whole({**given, "place": {"parent": parent, "x": 1, "y": 1}}, "a1")
        kept = {name: value for name, value in shown.items() if name not in ("id", "kind")}
        rows.append(
            Widget(thing=thing, id=wid(number), kind="frame", parent=parent, order_key=b"a1", fields=kept, origins={})
        )
    Widget.objects.bulk_create(rows)


@pytest.mark.django_db
@pytest.mark.parametrize("deep", [330, 600, 2_000])
def test_v5_a_deep_thing_opens(thing: Thing, ana: User, client: Client, deep: int) -> None:
    """Drawing followed the nesting by recursion: 600 deep was a 500 for everybody, its owner and the admin too."""
    stored(thing, deep, rotation=7)
    superuser = User.objects.create_superuser("root@harbourpool.example", "long enough, and odd", name="Root")
    for look in LOOKS.values():
        assert look(client, thing).status_code == 200
    client.force_login(superuser)
    picture = client.get(f"/admin/things/thing/{thing.pk}/thumbnail.svg")
    assert len(groups(picture.content.decode())) == min(deep, DETAILED_WIDGETS)  # beyond, groups have no names


@pytest.mark.parametrize("pen", [svg, svg_outlined, partial(svg, thumbnail=True)])
@pytest.mark.parametrize("deep", [1_000, 10_000])
def test_v5_a_deep_picture_can_be_read(pen: Callable[..., str], deep: int) -> None:
    """Readers of XML give up on deep nesting too: below a level, groups stand beside each other."""
    frames = [
        whole(
            {"id": f"w{number}", "kind": "frame", "place": {"parent": f"w{number - 1}", "x": 1, "y": 2}}, f"a{number}"
        )
        for number in range(deep)
    ]
    level, deepest = 0, 0
    parser = ElementTree.XMLPullParser(("start", "end"))
    parser.feed(pen(frames, canvas=CANVAS))
    for event, _ in parser.read_events():
        level += 1 if event == "start" else -1
        deepest = max(deepest, level)
    assert deepest < 100


def test_v5_deep_down_all_is_seen_where_it_was() -> None:
    """A group that no longer lies in its parent's carries the turns and shifts of all that it lies in."""
    frames = [
        whole(
            {
                "id": f"w{number}",
                "kind": "frame",
                "rotation": 90,
                "opacity": 0.5 if number == 80 else 1,
                "size": {"width": 100, "height": 100},
                "place": {"parent": f"w{number - 1}", "x": 10, "y": 0},
            },
            f"a{number}",
        )
        for number in range(84)
    ]
    found = groups(svg(frames, canvas=CANVAS))
    assert found["w64"].attrib["transform"] == "matrix(-1 0 0 -1 110 110)"
    # Four turns by 90° are none, and the shifts have gone once around.
    assert found["w66"].attrib["transform"] == "matrix(1 0 0 1 0 0)"
    assert found["w79"].get("opacity") is None
    assert found["w83"].attrib["opacity"] == "0.5"


@pytest.mark.parametrize("pen", [svg, svg_outlined, partial(svg, thumbnail=True)])
def test_v5_circles_are_drawn(pen: Callable[..., str]) -> None:
    """Rows of an earlier version may lie in each other, or in themselves; the first of them lies on the page then."""
    parents = {"a": "c", "b": "a", "c": "b", "d": "d", "e": "a", "f": None, "g": "gone"}
    frames = [
        whole({"id": name, "kind": "frame", "place": {"parent": parent, "x": 0, "y": 0}}, name)
        for name, parent in parents.items()
    ]
    arrow = {"id": "x", "kind": "connector", "start": {"widget": "b"}, "end": {"widget": "d"}}
    ends = {end: {"anchor": "auto", "x": 0, "y": 0, **arrow[end]} for end in ("start", "end")}  # type: ignore[dict-item]
    assert set(groups(pen([*frames, whole({**arrow, **ends}, "x")], canvas=CANVAS))) == {*parents, "x"}
