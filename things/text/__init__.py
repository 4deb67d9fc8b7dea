"""Text as deltas: compose, transform, invert, and the difference of two texts."""

from things.shapes import Delta, Operation
from things.text.deltas import (
    SplitsSurrogate,
    apply,
    compose,
    difference,
    from_plain,
    growth,
    invert,
    length,
    normalise,
    plain,
    reach,
    total,
    transform,
    weight,
)

__all__ = [
    "Delta",
    "Operation",
    "SplitsSurrogate",
    "apply",
    "compose",
    "difference",
    "from_plain",
    "growth",
    "invert",
    "length",
    "normalise",
    "plain",
    "reach",
    "total",
    "transform",
    "weight",
]
