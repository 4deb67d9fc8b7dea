"""What a new Thing can start from."""

from things.demo.boards import columns, thoughts
from things.demo.sheet import APRICOT, BUTTER, INK, LILAC, LIME, MINT, NAVY, PINE, ROSE, SKY, STONE, UMBER, WHITE, Sheet


def flowchart() -> Sheet:
    sheet = Sheet("template-flowchart")
    start = sheet.pill((0, 88), (116, 64), "Start", fill=MINT, font_size=16)
    choice = sheet.shape((176, 44), (152, 152), "Is it\nready?", form="diamond", fill=BUTTER, font_size=16)
    yes = sheet.shape((420, 0), (172, 72), "Do this", font_size=16)
    no = sheet.shape((420, 164), (172, 72), "Or that", fill=APRICOT, font_size=16)
    sheet.link(start, choice)
    sheet.link(choice, yes, "yes", font_size=14)
    sheet.link(choice, no, "no", font_size=14)
    return sheet


def empty_retro() -> Sheet:
    """A question in each column, and notes to fill."""
    sheet = Sheet("template-retro")
    columns(
        sheet,
        ("Went well", MINT, PINE, ("What was good?", "", "", "")),
        ("Puzzles us", BUTTER, UMBER, ("What is unclear?", "", "")),
        ("Try next", SKY, NAVY, ("What next?", "", "", "", "")),
    )
    return sheet


def board() -> Sheet:
    sheet = Sheet("template-board")
    tints = (LILAC, BUTTER, SKY, APRICOT, MINT)
    for column, (name, cards) in enumerate((("Ideas", 5), ("Next", 3), ("Doing", 4), ("Done", 2))):
        frame = sheet.frame(name, (column * 172, 0), (156, 400), fill="#eceeea", stroke="none", corner_radius=6)
        sheet.text((14, 14), name, 15, 600, parent=frame)
        for k in range(cards):
            card = (12, 46 + 68 * k)
            sheet.shape(card, (132, 58), fill=WHITE, stroke="#dde1db", stroke_width=1, parent=frame, name="Card")
            tint = tints[(k + column) % 5]
            sheet.pill((22, 58 + 68 * k), (40, 8), fill=tint, stroke="none", parent=frame, name="Tag")
            sheet.text((22, 72 + 68 * k), "A card", 12, parent=frame)
    return sheet


def app_screens() -> Sheet:
    sheet = Sheet("template-app-screens")
    phones = [
        sheet.frame(name, (k * 220, 0), (176, 344), corner_radius=18, stroke=INK, stroke_width=2.5)
        for k, name in enumerate(("First", "Second", "Third"))
    ]
    for k, phone in enumerate(phones):
        sheet.pill((24, 30), (68, 12), fill=INK, stroke="none", parent=phone)
        sheet.shape((24, 64), (128, 104), fill=(SKY, MINT, LILAC)[k], stroke="none", parent=phone)
        sheet.text((24, 184), "What it says", 13, parent=phone)
        sheet.pill((24, 278), (128, 36), "Go on", fill=INK, text_color=WHITE, font_weight=600, parent=phone)
    sheet.link(phones[0], phones[1], stroke=PINE, stroke_width=2)
    sheet.link(phones[1], phones[2], stroke=PINE, stroke_width=2)
    return sheet


def week() -> Sheet:
    sheet = Sheet("template-week")
    blocks = (
        (0, 50, 84, SKY),
        (0, 164, 54, ROSE),
        (1, 76, 126, MINT),
        (2, 50, 54, BUTTER),
        (2, 134, 108, SKY),
        (3, 110, 70, LILAC),
        (3, 232, 70, APRICOT),
        (4, 50, 190, LIME),
    )
    for column, day in enumerate(("Mon", "Tue", "Wed", "Thu", "Fri")):
        sheet.text((column * 120, 0), day, 18, 600)
        sheet.rule((column * 120 - 10, 0), (column * 120 - 10, 320), STONE, 2)
    for column, top, tall, fill in blocks:
        sheet.shape((column * 120, top), (96, tall), fill=fill, stroke="none", name="Block")
    return sheet


def mind_map() -> Sheet:
    sheet = Sheet("template-mind-map")
    thoughts("The question", ("Who", "Where", "Money", "When", "What", "How"), sheet)
    return sheet
