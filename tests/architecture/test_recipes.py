"""The recipes of CONTRIBUTING.md, carried out: what each adds is there for one test, and what it promises follows.

Where a recipe says that a test fails until it is done, that test is run half-way, and fails.
"""

import re
from collections.abc import Awaitable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from io import StringIO
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from rest_framework.test import APIRequestFactory

from accounts import tokens
from accounts.api.views import TokenShape
from accounts.authentication import InScope, ScopeNeeded
from accounts.models import User
from streaming import asyncapi, checks
from streaming.application import filtered
from streaming.asgi_types import Application, Receive, Scope, Send
from streaming.close_codes import CloseCode
from streaming.connection import Connection
from streaming.context import RequestContext
from streaming.context import Scope as TokenScope
from streaming.errors import Refused
from streaming.fanout.hub import Hub
from streaming.protocol import Hello
from streaming.service import SharedState
from streaming.services.registry import SERVICES
from tests.api import test_document
from tests.architecture import test_house, test_limits, test_rules
from tests.contract import test_close_codes
from tests.cost import test_actions
from tests.drawing import test_picture
from tests.paths import test_convergence
from tests.servers import ROOT
from tests.streaming import test_filters
from tests.things import test_replay
from tests.things.making import add, do, note, require_replayed, shown, wid
from things import streams
from things.actions import ACTIONS
from things.actions.base import OnWidgets, opened, write
from things.actions.samples import FIRST
from things.document.draft import Draft
from things.drawing import svg
from things.drawing.drawers import DRAWERS
from things.drawing.markup import element
from things.kinds import KINDS, Kind
from things.kinds.fields import Colour, SizeField
from things.kinds.registry import COMMON, TURNING
from things.models import Thing
from widgetapp import limits
from widgetapp.openapi import components

DRAW = "things/static/things/editor/render/draw.js"
OUTLINE = "things/static/things/editor/panels/outline.js"


def fails() -> AbstractContextManager[object]:
    return pytest.raises((AssertionError, KeyError, ValueError))


# A filter of the stream


class Polar:
    """Nobody streams from Antarctica; from Greenland one is greeted in Danish."""

    def __init__(self, application: Application) -> None:
        self._application = application

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if scope["context"].country == "AQ":
            raise Refused(CloseCode.OVERLOADED)
        return self._application({**scope, "context": replace(scope["context"], locale="da")}, receive, send)


POLAR = f"{__name__}.Polar"


async def test_a_filter_in_the_setting_is_in_the_chain(settings: Any) -> None:
    settings.STREAM_FILTERS = ["streaming.filters.edge.Edge", POLAR]
    seen: list[RequestContext] = []

    async def behind(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope["context"])

    scope: Scope = {"client": ("192.0.2.7", 5), "scheme": "ws", "headers": [], "context": RequestContext()}
    await filtered(behind)(scope, None, None)  # type: ignore[arg-type]
    assert (seen[0].address, seen[0].locale) == ("192.0.2.7", "da")
    printed = StringIO()
    call_command("streamfilters", stdout=printed)
    assert re.search(rf"2 +{re.escape(POLAR)} +Nobody streams", printed.getvalue())


def test_a_filter_needs_its_row_and_its_place(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.STREAM_FILTERS = [POLAR, *settings.STREAM_FILTERS]
    with fails():
        test_filters.test_the_documentation_names_the_chain_in_order(settings)
    assert checks.filters_stand_in_order() == []
    monkeypatch.setitem(checks.AFTER, POLAR, "streaming.filters.edge.Edge")
    assert [message.id for message in checks.filters_stand_in_order()] == ["streaming.E002"]


# A kind of widget


@pytest.fixture
def sticker(monkeypatch: pytest.MonkeyPatch) -> Kind:
    fields = {**COMMON, **TURNING, "size": SizeField(width=64, height=64), "fill": Colour(default="#f4c6cd")}
    kind = Kind(name="sticker", title="Sticker", fields=fields)
    monkeypatch.setitem(KINDS, kind.name, kind)
    return kind


def test_a_kind_is_edited_told_and_documented_by_itself(sticker: Kind, thing: Thing, ana: User, client: Client) -> None:
    do(thing, ana, add({"id": wid(1), "kind": "sticker"}))
    do(thing, ana, {"type": "style", "widgets": [wid(1)], "set": {"fill": "#000000"}})
    (drawn,) = shown(thing)
    assert (drawn["size"], drawn["fill"]) == ({"width": 64, "height": 64}, "#000000")
    require_replayed(thing)
    told = {entry["kind"]: entry for entry in client.get("/api/kinds/").json()["results"]}
    assert told["sticker"]["title"] == "Sticker"
    assert components.widgets()["Widget.Sticker"]["properties"]["kind"] == {"const": "sticker"}


def test_a_kind_needs_a_drawer(sticker: Kind, monkeypatch: pytest.MonkeyPatch) -> None:
    widget = test_picture.whole({"id": "w", "kind": "sticker"}, "a1")
    with fails():
        test_picture.test_every_kind_has_a_drawer()
    assert "<circle" not in svg([widget], canvas=test_picture.CANVAS)
    monkeypatch.setitem(DRAWERS, "sticker", lambda widget, ink: [element("circle", r=32, fill=widget["fill"])])
    test_picture.test_every_kind_has_a_drawer()
    assert "<circle" in svg([widget], canvas=test_picture.CANVAS)


@pytest.mark.parametrize(
    ("path", "row", "by_form"),
    [(DRAW, "draw[A-Z]", set()), (OUTLINE, '"[A-Z]', {"shape"}), (OUTLINE, '"[a-z]', {"shape"})],
    ids=["drawer", "title", "icon"],
)
def test_the_editor_draws_and_names_every_kind(path: str, row: str, by_form: set[str]) -> None:
    """Nothing else would fail: the editor shows a placeholder."""
    text = (ROOT / path).read_text()
    assert {name for name in KINDS if not re.search(rf"\b{name}: {row}", text)} == by_form


# An editor action


@pytest.fixture
def fade(monkeypatch: pytest.MonkeyPatch) -> None:
    class Fade(OnWidgets, frozen=True):
        type = "fade"
        family = "style"
        description = "Set how opaque widgets are."
        example = {"widgets": [FIRST], "opacity": 0.5}

        opacity: float

        def apply(self, draft: Draft) -> None:
            for state in opened(draft, self.ids):
                write(draft, state, "opacity", self.opacity)

    monkeypatch.setitem(ACTIONS, "fade", Fade)


@pytest.mark.usefixtures("fade")
def test_an_action_has_effects_undo_log_and_address_by_itself(thing: Thing, ana: User, client: Client) -> None:
    do(thing, ana, add(note(1)))
    client.force_login(ana)
    path = f"/api/things/{thing.pk}/actions/fade/"
    done = client.post(path, {"widgets": [wid(1)], "opacity": 0.5}, "application/json").json()
    assert [(effect["field"], effect["value"]) for effect in done["effects"]] == [("opacity", 0.5)]
    require_replayed(thing)
    do(thing, ana, {"type": "undo"})
    assert shown(thing)[0]["opacity"] == 1
    catalogue = {entry["type"]: entry for entry in client.get("/api/actions/").json()["results"]}
    assert catalogue["fade"]["schema"]["required"] == ["widgets", "opacity"]
    assert components.actions()["Action.Fade"]["properties"]["type"] == {"const": "fade"}


@pytest.mark.usefixtures("fade")
def test_an_action_needs_its_cases() -> None:
    for watcher in (
        test_replay.test_every_action_has_a_case,
        test_convergence.test_every_action_takes_part,
        test_actions.test_every_action_is_made_large,
        test_document.test_every_action_has_a_path_with_its_own_body,
    ):
        with fails():
            watcher()


# A close code


def test_a_close_code_needs_its_rows_everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    class Late(int):
        reason = title = issued_when = remedy = "too late"

    late = Late(4205)
    monkeypatch.setattr(asyncapi, "CloseCode", [*CloseCode, late])
    # Past the cache, which must not keep this one.
    assert "- 4205: too late" in asyncapi.document.__wrapped__()["info"]["description"]
    monkeypatch.setitem(test_close_codes.SAID, 4205, "too late")
    with fails():
        test_close_codes.test_c_the_python_sdk_says_the_same()
    with fails():
        test_close_codes.test_c_the_javascript_sdk_says_the_same()
    with fails():
        test_close_codes.test_c_the_article_has_every_code_in_the_row_of_its_range(late)  # type: ignore[arg-type]


# Something new on a card of the gallery

Followed = Mapping[str, Mapping[tuple[str, str], dict[str, Any]]]


def cards_of(things: Sequence[Thing]) -> dict[str, Any]:
    names = [str(thing.pk) for thing in things]
    gallery: Any = SERVICES["gallery"]
    followed: Followed = {name: {("presence", name): {}} for name in names}
    return dict(gallery.read(names, followed))


def test_a_card_is_read_in_one_statement_and_says_what_the_article_says(
    thing: Thing, ana: User, django_assert_num_queries: Any
) -> None:
    things = [thing, *(Thing.objects.create(owner=ana) for _ in range(3))]
    with django_assert_num_queries(1):
        cards = cards_of(things)
    article = (ROOT / "docs" / "streaming-api.md").read_text()
    (said,) = re.findall(r"Key `card`: (.+?) inside", article)
    assert re.findall(r"`(\w+)`", said) == list(cards[str(thing.pk)]["card"])


def test_a_card_with_what_its_service_does_not_load_costs_a_statement_each(
    thing: Thing, ana: User, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any
) -> None:
    """So the test before this one fails for whoever forgets `.only(…)`."""
    things = [thing, *(Thing.objects.create(owner=ana) for _ in range(3))]
    card_of = streams.card_of
    told = lambda thing, inside: {**card_of(thing, inside), "visibility": thing.visibility}  # noqa: E731
    monkeypatch.setattr(streams, "card_of", told)
    with django_assert_num_queries(1 + len(things)):
        cards_of(things)


# A setting


def test_a_setting_needs_its_row(monkeypatch: pytest.MonkeyPatch) -> None:
    read = test_house.text
    monkeypatch.setattr(test_house, "text", lambda path: read(path) + '\nenv.str("GREETING")' * (path.suffix == ".py"))
    with fails():
        test_house.test_every_setting_is_documented()


def test_a_bound_needs_its_page(monkeypatch: pytest.MonkeyPatch) -> None:
    bound = limits.Limit(setting="THING_TAGS", default=20, unit="tags", bounds="tags of a Thing", over="422")
    monkeypatch.setitem(limits.TABLE, "Editing", [*limits.EDITING, bound])
    assert "| tags of a Thing | `THING_TAGS` | 20 tags | 422 |" in limits.page()
    with fails():
        test_limits.test_the_page_is_up_to_date()


# A service of the stream


class Marks(streams.AboutThings, SharedState):
    name = "marks"

    def rights(self, context: RequestContext, topic: str) -> bool:
        return context.user is not None

    def merge(self, context: RequestContext, topic: str, rights: Any, value: Any, data: Any) -> Any:
        return data


async def test_a_service_that_is_registered_is_welcomed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SERVICES, "marks", Marks())
    hub = Hub()
    sent: list[str] = []

    async def send(message: Any) -> None:
        sent.append(message["text"])

    try:
        await Connection(RequestContext(), send, hub).open(Hello(id=1, version=1))
    finally:
        await hub.stop()
    assert '"marks":"state"' in sent[0]


# How a note is drawn


def test_a_drawer_is_all_that_draws_a_note_on_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    picture = svg([test_picture.note("Boats")], canvas=test_picture.CANVAS)
    monkeypatch.setitem(DRAWERS, "note", lambda widget, ink: [element("circle", r=32)])
    other = svg([test_picture.note("Boats")], canvas=test_picture.CANVAS)
    assert ("Boats" in picture, "<circle" in picture) == (True, False)
    assert ("Boats" in other, "<circle" in other) == (False, True)


def test_a_note_has_the_same_shadow_in_both_languages() -> None:
    """The numbers stand twice, and nothing else compares them."""
    server = "".join(svg([test_picture.note()], canvas=test_picture.CANVAS).split())
    drawn = re.search(r"function drawNote.+?^}", (ROOT / DRAW).read_text(), re.MULTILINE | re.DOTALL)
    assert drawn is not None
    ((fill, opacity),) = re.findall(r'fill: "(#\w+)", opacity: ([\d.]+)', drawn[0])
    (down,) = re.findall(r"\by: (\d+)", drawn[0])
    (shadow,) = re.findall(rf'<rect[^>]*fill="{fill}"[^>]*>', server)
    assert f'opacity="{opacity}"' in shadow
    assert f'y="{down}"' in shadow


# A scope of tokens


def test_a_token_may_have_every_scope() -> None:
    assert TokenShape().fields["scopes"].max_length == len(TokenScope)  # type: ignore[attr-defined]


@pytest.mark.django_db
@pytest.mark.parametrize(("held", "refused"), [("read", True), ("write", False)])
def test_a_view_asks_for_the_scope_that_it_names(ana: User, held: str, *, refused: bool) -> None:
    """In place of what is usual for the method: here reading asks for `write`."""
    request: Any = APIRequestFactory().get("/")
    request.auth, _ = tokens.make(ana, name="bot", scopes=[held])
    view = SimpleNamespace(scopes={"GET": TokenScope.WRITE})
    if refused:
        with pytest.raises(ScopeNeeded):
            InScope().has_permission(request, view)
    else:
        assert InScope().has_permission(request, view)


# A rule of undo


def test_a_rule_of_undo_needs_a_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(test_rules.RULES, "U6", "Undo rests on Sundays")
    with fails():
        test_rules.test_every_rule_has_a_proof()
    monkeypatch.setitem(test_rules.proofs(), "U6", ["tests/things/test_undo.py `test_u6_sunday`"])
    test_rules.test_every_rule_has_a_proof()


# Pages that are made


@pytest.mark.parametrize(
    ("page", "command"),
    [
        ("docs/asyncapi.json", ["asyncapi"]),
        ("docs/limits.md", ["limits"]),
        ("docs/openapi.json", ["spectacular", "--format", "openapi-json"]),
    ],
)
def test_the_command_makes_the_page_that_is_committed(page: str, command: list[str]) -> None:
    told = (ROOT / "CONTRIBUTING.md").read_text()
    assert f"| `{page}` | `manage.py {' '.join(command)}` |" in told
    printed = StringIO()
    call_command(*command, stdout=printed)
    assert printed.getvalue().strip() == (ROOT / page).read_text().strip()
