"""What the demo holds: the people, the Things, who may do what in them."""

from collections.abc import Callable
from dataclasses import dataclass, field

from things.demo import boards, harbour, templates
from things.demo.sheet import Sheet
from things.shapes import JsonObject

PASSWORD = "draw together"  # noqa: S105 — meant to be known
DOMAIN = "harbourpool.example"
PAPER: JsonObject = {"width": None, "height": None, "background": "#fbfbf8", "grid": True}
DESK: JsonObject = {**PAPER, "background": "#f0f1ec"}
POSTER: JsonObject = {"width": 640, "height": 400, "background": "#f8cfb0", "grid": False}


@dataclass(frozen=True, slots=True)
class Person:
    key: str
    name: str
    color: int
    staff: bool = False

    @property
    def email(self) -> str:
        return f"{self.key}@{DOMAIN}"


PEOPLE = (
    Person("ana", "Ana Ruiz", 1),
    Person("jonas", "Jonas Weber", 2),
    Person("mina", "Mina Sato", 8),
    Person("tomas", "Tomas Lind", 4),
    Person("elif", "Elif Kaya", 5),
    Person("admin", "Ada Admin", 7, staff=True),
)

# One of each role; the owner is not repeated here.
TEAM = {"jonas": "editor", "mina": "editor", "tomas": "commenter", "elif": "viewer"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A Thing to make. `sheet` draws it; `public` and `template` are its fields of that name."""

    title: str
    owner: str
    sheet: Callable[[], Sheet]
    members: dict[str, str] = field(default_factory=dict)
    canvas: JsonObject = field(default_factory=lambda: PAPER)
    tags: tuple[str, ...] = ()
    public: bool = False
    template: bool = False


def start(title: str, sheet: Callable[[], Sheet], *tags: str, canvas: JsonObject = PAPER) -> Piece:
    """A template: everybody may see it."""
    return Piece(title=title, owner="admin", sheet=sheet, tags=tags, public=True, template=True, canvas=canvas)


# The last made is the first in the gallery.
PIECES = (
    start("Flowchart", templates.flowchart, "steps", "choices", "arrows"),
    start("Retro", templates.empty_retro, "three columns to fill"),
    start("Board", templates.board, "ideas to done"),
    start("App screens", templates.app_screens, "three phones to fill", canvas=DESK),
    start("Week plan", templates.week, "five days", "colour by kind"),
    start("Mind map", templates.mind_map, "one question", "six answers"),
    Piece(title="A small museum", owner="ana", sheet=boards.museum, tags=("think",)),
    Piece(title="Exhibition plan, winter term", owner="mina", sheet=boards.exhibition, members={"ana": "editor"}),
    Piece(
        title="Nadia & Ole, seating", owner="elif", sheet=boards.seating, members={"ana": "editor", "mina": "viewer"}
    ),
    Piece(title="How a frame reaches a browser", owner="tomas", sheet=boards.frame_path, members={"ana": "commenter"}),
    Piece(
        title="Allotment 14, spring layout",
        owner="ana",
        sheet=boards.allotment,
        members={"elif": "editor"},
        tags=("home",),
    ),
    Piece(
        title="Borrow a bike: app screens",
        owner="jonas",
        sheet=boards.bike_screens,
        members={"ana": "viewer", "mina": "editor"},
        canvas=DESK,
        tags=("app",),
    ),
    Piece(
        title="Night Ferry, gig poster",
        owner="mina",
        sheet=boards.night_ferry,
        members={"ana": "editor"},
        canvas=POSTER,
        tags=("poster",),
        public=True,
    ),
    Piece(
        title="Autumn retro: lighting team",
        owner="jonas",
        sheet=boards.retro,
        members={"ana": "editor", "mina": "editor", "tomas": "commenter"},
        tags=("workshop",),
    ),
    Piece(
        title="Harbour pool, opening week", owner="ana", sheet=harbour.harbour, members=TEAM, tags=("plan", "poster")
    ),
)
