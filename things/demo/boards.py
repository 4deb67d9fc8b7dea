"""Boards: retro, seating, plans, an architecture, app screens, a map of thoughts."""

import math

from things.demo.sheet import (
    APRICOT,
    BLUE,
    BUTTER,
    GREEN,
    GREY,
    INK,
    LILAC,
    LIME,
    MINT,
    NAVY,
    ORANGE,
    PINE,
    RED,
    ROSE,
    RUST,
    SKY,
    STONE,
    SUN,
    UMBER,
    WHITE,
    Sheet,
    Spot,
)
from things.shapes import Look

Column = tuple[str, str, str, tuple[str, ...]]
WENT_WELL = ("Rig up in two hours", "New dimmers: silent", "Everyone fed", "Radio check at 17:00", "Spare lamps!")
PUZZLES = ("Who calls cue 41?", "Why the fuse went", "Two plans, two scales", "Parking after ten")
TRY_NEXT = (
    "One plan, one owner",
    "Label every cable",
    "Cue sheet on a tablet",
    "Fog test the day before",
    "Swap at the break",
    "Earlier tea",
)


def retro() -> Sheet:
    sheet = Sheet("autumn-retro")
    columns(
        sheet,
        ("Went well", MINT, PINE, WENT_WELL),
        ("Puzzles us", BUTTER, UMBER, PUZZLES),
        ("Try next", SKY, NAVY, TRY_NEXT),
    )
    for x, y in ((88, 162), (112, 162), (518, 298)):
        sheet.disc((x, y), 10, fill=RED, name="Vote")
    return sheet


def columns(sheet: Sheet, *titled: Column) -> None:
    """Columns of notes, two abreast, under a ruled title."""
    for column, (title, fill, edge, notes) in enumerate(titled):
        left = column * 286.0
        sheet.text((left, 0), title, 18, 600)
        sheet.rule((left, 34), (left + 256, 34), edge, 3)
        for k, words in enumerate(notes):
            sheet.note((left + k % 2 * 132, 52 + k // 2 * 136), words, fill=fill, size=(124, 124), font_size=15)


def night_ferry() -> Sheet:
    """A poster that fills its canvas of 640 by 400."""
    sheet = Sheet("night-ferry")
    sheet.shape((0, 0), (640, 400), fill=APRICOT, stroke="none", corner_radius=0, name="Evening")
    sheet.disc((464, 172), 172, fill=ORANGE, name="Sun")
    sheet.disc((392, 246), 116, fill=NAVY, name="Moon")
    sheet.shape((0, 300), (640, 100), fill=SUN, corner_radius=0, name="Quay")
    for k in range(10):
        left, right = 32.0 + 60 * k, 62.0 + 60 * k
        sheet.rule((left, 300), (right, 288 if k % 2 else 312), INK, 4, name="Wave")
        sheet.rule((right, 288 if k % 2 else 312), (right + 30, 300), INK, 4, name="Wave")
    sheet.text((38, 30), "Night", 84, 700)
    sheet.text((38, 112), "Ferry", 84, 700)
    sheet.text((40, 340), "Brass, rain, and the last boat home", 18, 600)
    sheet.text((510, 328), "12.12", 32, 700)
    return sheet


def bike_screens() -> Sheet:
    sheet = Sheet("borrow-a-bike")
    phones = [
        sheet.frame(name, (k * 220, 0), (176, 344), corner_radius=18, stroke=INK, stroke_width=2.5)
        for k, name in enumerate(("Find", "Choose", "Ride"))
    ]
    for phone in phones:
        sheet.pill((24, 30), (68, 12), fill=INK, stroke="none", parent=phone)
    sheet.shape((24, 64), (128, 104), fill=SKY, stroke="none", parent=phones[0], name="Map")
    for a, b in (((34, 136), (66, 104)), ((66, 104), (90, 128)), ((90, 128), (116, 100)), ((116, 100), (144, 130))):
        sheet.rule(a, b, NAVY, 2.5, parent=phones[0])
    sheet.text((24, 184), "Four bikes near\nLantern Street,\ntwo with a basket", 13, parent=phones[0])
    sheet.pill((24, 268), (128, 40), "Show me", fill=INK, text_color=WHITE, font_weight=600, parent=phones[0])
    for k, (fill, name) in enumerate(((APRICOT, "Otter"), (MINT, "Heron"), (LILAC, "Magpie"), (BUTTER, "Wren"))):
        sheet.disc((42, 92 + k * 58), 18, fill=fill, stroke="none", parent=phones[1])
        sheet.text((74, 74 + k * 58), name, 14, 600, parent=phones[1])
        sheet.text((74, 93 + k * 58), f"{2 + k} min walk", 12, text_color="#5c645e", parent=phones[1])
    sheet.disc(
        (88, 130), 58, "72%", fill="none", stroke=PINE, stroke_width=14, font_size=24, font_weight=700, parent=phones[2]
    )
    sheet.text((24, 218), "Half an hour left.\nLock it anywhere blue.", 12, parent=phones[2])
    sheet.pill((24, 278), (58, 30), "Pause", fill=STONE, font_size=12, parent=phones[2])
    sheet.pill((92, 278), (58, 30), "Done", fill=MINT, stroke="none", font_size=12, parent=phones[2])
    sheet.link(phones[0], phones[1], stroke=PINE, stroke_width=2)
    sheet.link(phones[1], phones[2], stroke=PINE, stroke_width=2)
    return sheet


def allotment() -> Sheet:
    sheet = Sheet("allotment")
    sheet.shape((0, 0), (640, 376), fill=LIME, stroke="none", corner_radius=10, name="Grass")
    sheet.shape((0, 250), (640, 126), fill=MINT, stroke="none", corner_radius=10, name="Meadow")
    for k in range(9):
        sheet.disc((70 + 40 * k, 340 - 37 * k), 26, fill="#f6eee0", name="Path")
    for x, y, r, fill in (
        (80, 70, 46, GREEN),
        (130, 104, 32, "#345f1b"),
        (196, 60, 28, "#7db55a"),
        (540, 300, 52, GREEN),
        (588, 330, 28, "#345f1b"),
        (494, 326, 28, "#7db55a"),
    ):
        sheet.disc((x, y), r, fill=fill, name="Tree")
    for k, fill in enumerate((RED, SUN, "#8d4a9e", RED, ORANGE)):
        sheet.disc((44 + 28 * k, 180), 8, fill=fill, name="Tulip")
    sheet.text((30, 196), "Tulips, then beans", 13, 500)
    sheet.shape((424, 92), (160, 100), fill=APRICOT, corner_radius=0, stroke_width=3, name="Greenhouse")
    sheet.rule((504, 92), (504, 192), RUST, 3)
    sheet.rule((424, 142), (584, 142), RUST, 3)
    sheet.text((458, 200), "Greenhouse", 15, 500)
    sheet.shape((346, 266), (112, 58), fill="#8fc3ea", form="ellipse", stroke=NAVY, name="Pond")
    sheet.text((384, 330), "Pond", 15, 500)
    return sheet


def frame_path() -> Sheet:
    """How a frame reaches a browser."""
    sheet = Sheet("frame-path")
    edge = sheet.frame("Edge", (0, 0), (640, 156), fill="#edf3fa", stroke=SKY, stroke_width=2, corner_radius=6)
    sheet.text((18, 12), "Edge", 16, 600, parent=edge, text_color=NAVY)
    plain: Look = {"fill": WHITE, "stroke": INK, "font_size": 16}
    browser = sheet.shape((28, 56), (128, 66), "Browser", parent=edge, **plain)
    filters = sheet.shape((252, 56), (140, 66), "Filters", parent=edge, fill=SKY, font_size=16)
    devices = sheet.shape((484, 56), (128, 66), "Devices", parent=edge, **plain)
    things = sheet.shape((28, 216), (168, 62), "Things", fill=MINT, font_size=16)
    presence = sheet.shape((236, 216), (168, 62), "Presence", fill=BUTTER, font_size=16)
    inbox = sheet.shape((444, 216), (168, 62), "Inbox", fill=LILAC, font_size=16)
    log = sheet.pill((212, 330), (216, 56), "The log of changes", fill=STONE, stroke=INK, font_size=16)
    for a, b in (
        (browser, filters),
        (devices, filters),
        (filters, things),
        (filters, presence),
        (filters, inbox),
        (things, log),
        (inbox, log),
    ):
        sheet.link(a, b, stroke_width=2)
    return sheet


def seating() -> Sheet:
    sheet = Sheet("seating")
    tables: tuple[tuple[Spot, str], ...] = (
        ((80, 90), ROSE),
        ((300, 90), LIME),
        ((520, 90), ROSE),
        ((80, 290), LIME),
        ((520, 290), ROSE),
    )
    for number, (center, fill) in enumerate(tables, start=1):
        for k in range(8):
            angle = math.radians(45 * k)
            seat = (center[0] + 72 * math.cos(angle), center[1] + 72 * math.sin(angle))
            taken = (k * number) % 7 == 3
            sheet.disc(seat, 11, fill=RED if taken else WHITE, stroke=INK, stroke_width=1.75, name="Seat")
        sheet.disc(center, 50, str(number), fill=fill, stroke=INK, stroke_width=2, font_size=22, font_weight=600)
    sheet.shape((204, 250), (192, 80), "Dance floor", fill=WHITE, stroke=INK, stroke_width=2, font_size=20)
    return sheet


def exhibition() -> Sheet:
    """A term as bars in time."""
    sheet = Sheet("exhibition-plan")
    sheet.text((0, 0), "Winter term", 24, 700)
    for k, month in enumerate(("Dec", "Jan", "Feb", "Mar")):
        sheet.text((150 + 120 * k, 46), month, 15, 500, text_color=GREY)
        sheet.rule((144 + 120 * k, 72), (144 + 120 * k, 340), "#dde1db", 2)
    rows = (
        ("Research", SKY, 0, 160, 80),
        ("Draft", BUTTER, 84, 176, 88),
        ("Build", MINT, 164, 208, 104),
        ("Review", ROSE, 322, 100, 50),
        ("Print", LILAC, 392, 74, 36),
    )
    for k, (name, fill, left, width, done) in enumerate(rows):
        sheet.text((0, 84 + 52 * k), name, 18, 500)
        sheet.shape((144 + left, 82 + 52 * k), (width, 30), fill=fill, stroke="none", name=name)
        sheet.shape((144 + left, 82 + 52 * k), (done, 30), fill="#1b201d33", stroke="none", name=f"{name}, done")
    sheet.rule((372, 60), (372, 344), RED, 3, name="Today", start_cap="dot")
    return sheet


def museum() -> Sheet:
    sheet = Sheet("small-museum")
    thoughts("A small museum", ("Who comes", "The barn", "Money", "Opening", "Objects", "School days"), sheet)
    return sheet


BRANCHES: tuple[tuple[Spot, str], ...] = (
    ((0, 30), SKY),
    ((-30, 158), MINT),
    ((10, 284), BUTTER),
    ((500, 26), ROSE),
    ((530, 158), LILAC),
    ((490, 288), LIME),
)


def thoughts(heart: str, words: tuple[str, ...], sheet: Sheet) -> None:
    """One thought in the middle, the others around it."""
    style: Look = {"form": "ellipse", "fill": INK, "text_color": WHITE, "font_size": 18, "font_weight": 600}
    middle = sheet.shape((230, 130), (190, 104), heart, **style)
    for word, (at, fill) in zip(words, BRANCHES, strict=True):
        branch = sheet.pill(at, (150, 56), word, fill=fill, font_size=17)
        sheet.link(middle, branch, end_cap="none", stroke=BLUE if at[0] < 200 else RUST, stroke_width=2)
