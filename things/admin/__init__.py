"""Things in the admin: every edit goes through the editing path and is seen at once in open editors."""

from things.admin import log, members, things, widgets

__all__ = ["log", "members", "things", "widgets"]
