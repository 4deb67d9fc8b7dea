"""SVG text: the only place that escapes. The same input always gives the same bytes."""

import re
from typing import Any
from xml.sax.saxutils import escape, quoteattr

# What XML 1.0 cannot hold even when escaped.
NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def number(value: float) -> str:
    """At most three decimals, no trailing zeros, no -0."""
    text = f"{value:.3f}".rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text


def words(text: str) -> str:
    """Character data."""
    return escape(NOT_XML.sub("\ufffd", text))


def _attribute(name: str, value: Any) -> str:
    text = number(value) if isinstance(value, (int, float)) else NOT_XML.sub("\ufffd", str(value))
    return f" {name.rstrip('_').replace('_', '-')}={quoteattr(text)}"


def element(tag: str, *children: str, **attributes: Any) -> str:
    """`children` are markup already; an attribute that is None is left out, `_` in its name becomes `-`."""
    opening = tag + "".join(_attribute(name, value) for name, value in attributes.items() if value is not None)
    inner = "".join(children)
    return f"<{opening}>{inner}</{tag}>" if inner else f"<{opening}/>"


def points(corners: list[tuple[float, float]]) -> str:
    return " ".join(f"{number(x)},{number(y)}" for x, y in corners)
