"""SVG text: the only place that escapes. The same input always gives the same bytes."""

import re
from functools import cache
from xml.sax.saxutils import escape, quoteattr

from things.counting import touched

Attribute = str | float

# What XML 1.0 cannot hold even when escaped.
NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

# Most values are plain, and need neither of the replacements below.
PLAIN = re.compile(r"[\w #.,:;()%/+-]*", re.ASCII)


def decimal(value: float) -> str:
    """At most three decimals, no trailing zeros, no -0."""
    if type(value) is int:
        return str(value)
    text = f"{value:.3f}".rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text


def character_data(text: str) -> str:
    """Character data."""
    return text if PLAIN.fullmatch(text) else escape(NOT_XML.sub("\ufffd", text))


@cache
def _name(name: str) -> str:
    return name.rstrip("_").replace("_", "-")


def _attribute(name: str, value: Attribute) -> str:
    if isinstance(value, (int, float)):
        return f' {_name(name)}="{decimal(value)}"'
    text = str(value)
    quoted = f'"{text}"' if PLAIN.fullmatch(text) else quoteattr(NOT_XML.sub("\ufffd", text))
    return f" {_name(name)}={quoted}"


def opening(tag: str, **attributes: Attribute | None) -> str:
    """Without its brackets. An attribute that is None is left out, `_` in its name becomes `-`."""
    return tag + "".join([_attribute(name, value) for name, value in attributes.items() if value is not None])


def element(tag: str, *children: str, **attributes: Attribute | None) -> str:
    """`children` are markup already."""
    begin = opening(tag, **attributes)
    inner = "".join(children)
    touched(len(inner))
    return f"<{begin}>{inner}</{tag}>" if inner else f"<{begin}/>"


def points(corners: list[tuple[float, float]]) -> str:
    return " ".join(f"{decimal(x)},{decimal(y)}" for x, y in corners)
