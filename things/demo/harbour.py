"""Harbour pool, opening week: the Thing the demo opens."""

from things.demo.sheet import (
    APRICOT,
    BUTTER,
    INK,
    LILAC,
    LIME,
    MINT,
    ORANGE,
    RED,
    ROSE,
    SKY,
    SUN,
    TEAL,
    WHITE,
    Sheet,
)

BOX = (132, 64)


def harbour() -> Sheet:
    sheet = Sheet("harbour-pool")
    visitor_path(sheet)
    poster(sheet)
    worries(sheet)
    return sheet


def visitor_path(sheet: Sheet) -> None:
    frame = sheet.frame("Visitor path", (40, 62), (524, 372))
    sheet.text((24, 22), "Opening day: from door to water", 20, 600, parent=frame)
    sheet.text((24, 50), "Saturday 5 December, 07:00 to 20:00", 14, 400, parent=frame, text_color="#5c645e")
    doors = sheet.pill((24, 116), (108, 64), "Doors open", fill=MINT, parent=frame)
    desk = sheet.shape(
        (180, 116), BOX, "Front desk", parent=frame, alt="Front desk, where visitors show a card or buy a day ticket"
    )
    card = sheet.shape((360, 96), (140, 104), "Has a\ncard?", form="diamond", fill=BUTTER, parent=frame)
    ticket = sheet.shape((180, 264), BOX, "Day ticket\n6.50, cash too", fill=APRICOT, parent=frame)
    lockers = sheet.shape((372, 270), (116, 52), "Lockers", form="hexagon", fill=LILAC, parent=frame)
    sheet.link(doors, desk, parent=frame)
    sheet.link(desk, card, parent=frame)
    sheet.link(desk, ticket, "no card", parent=frame)
    sheet.link(card, lockers, "yes", parent=frame)
    sheet.link(ticket, lockers, parent=frame)


def poster(sheet: Sheet) -> None:
    frame = sheet.frame("Poster", (612, 62), (244, 372))
    water(sheet, frame)
    sheet.text((16, 172), "Harbour\nPool", 40, 700, parent=frame)
    sheet.text((16, 284), "Swim again from Saturday", 14, 600, parent=frame)
    sheet.text((16, 304), "5 December. First hour is free.", 13, 400, parent=frame, text_color="#5c645e")
    sheet.shape((194, 326), (26, 26), form="star", fill=SUN, parent=frame)


def water(sheet: Sheet, frame: str) -> None:
    """The pool, painted with shapes: sky, hills, water, lanes, swimmers."""
    sheet.shape((16, 16), (212, 152), fill=SKY, stroke="none", corner_radius=0, parent=frame, name="Sky")
    sheet.disc((184, 50), 15, fill=SUN, parent=frame, name="Sun")
    sheet.shape((16, 58), (120, 62), form="triangle", fill="#8fb8a4", parent=frame, name="Hill")
    sheet.shape((108, 66), (120, 54), form="triangle", fill="#8fb8a4", parent=frame, name="Hill")
    sheet.shape((62, 80), (130, 40), form="triangle", fill="#5e927c", parent=frame, name="Near hill")
    sheet.shape((16, 104), (212, 64), fill=TEAL, corner_radius=0, parent=frame, name="Harbour")
    sheet.shape((16, 118), (212, 50), fill="#bfe9e4", corner_radius=0, parent=frame, name="Pool")
    for top, foot in ((66, 54), (106, 102), (142, 146), (180, 192)):
        sheet.rule((top, 119), (foot, 167), RED, 2, stroke_style="dashed", parent=frame, name="Lane")
    for x, y in ((78, 136), (118, 152), (158, 132)):
        sheet.disc((x, y), 4, fill=INK, parent=frame, name="Swimmer")
        sheet.rule((x + 6, y + 2), (x + 18, y - 1), INK, 2.5, parent=frame, name="Arm")


def worries(sheet: Sheet) -> None:
    sheet.text((40, 484), "What could go wrong", 18, 600)
    sheet.note((40, 520), "Queue at\nthe door\nbefore 7", fill=BUTTER)
    sheet.note((164, 520), "Lifeguard\nswaps late\non Friday", fill=ROSE)
    sheet.note((288, 520), "Warm water\ntakes two\ndays", fill=MINT)
    sheet.note((40, 642), "No change\nin the till", fill=SKY)
    sheet.note((482, 604), "Band plays\nat ten:\near plugs?", fill=LIME, rotation=3)
    bank = sheet.shape(
        (278, 648),
        (136, 72),
        "ask the\nbank, Mon",
        form="ellipse",
        fill="none",
        stroke=RED,
        stroke_width=3,
        text_color=RED,
        font_weight=600,
        font_size=15,
    )
    sheet.link((164, 700), bank, stroke=RED, stroke_width=2.5, anchors=("auto", "left"))
    sheet.shape((640, 520), (216, 148), fill=WHITE, stroke="#dde1db", stroke_width=1, name="Till card")
    sheet.text((656, 532), "Till, Saturday", 14, 600)
    for row, (what, price) in enumerate((("Day ticket", "6.50"), ("Ten swims", "52.00"), ("Towel", "2.00"))):
        sheet.text((656, 562 + 24 * row), what, 13)
        sheet.text((780, 562 + 24 * row), price, 13, 500, width=60, align="right")
    sheet.pill((656, 636), (64, 20), "cash", fill=ORANGE, font_size=11, text_color=INK)
