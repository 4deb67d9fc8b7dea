"""Kinds of widgets: their fields, limits and defaults."""

from things.kinds import standard
from things.kinds.registry import KINDS, Kind, kinds_as_json

__all__ = ["KINDS", "Kind", "kinds_as_json", "standard"]
