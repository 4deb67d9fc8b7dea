"""Editor actions, by family: what is asked, checked, and done to a draft."""

from things.actions import canvas, connect, create, existence, geometry, history, order, style, text
from things.actions.base import ACTIONS, Action, parse

__all__ = [
    "ACTIONS",
    "Action",
    "canvas",
    "connect",
    "create",
    "existence",
    "geometry",
    "history",
    "order",
    "parse",
    "style",
    "text",
]
