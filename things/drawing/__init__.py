"""A Thing as SVG, drawn without a browser: the same input gives the same bytes."""

from things.drawing.picture import groups, svg, svg_outlined

__all__ = ["groups", "svg", "svg_outlined"]
