"""The rows: a Thing, its widgets, its log, who is in it, what people are told."""

from things.models import among  # noqa: F401 — registers the lookup
from things.models.change import Change, TextChange, UndoStep, Via
from things.models.inbox import Inbox, Notification
from things.models.sharing import GIVEN_ROLES, Invitation, Membership, Role
from things.models.thing import Thing, Visibility, new_epoch
from things.models.widget import Widget

__all__ = [
    "GIVEN_ROLES",
    "Change",
    "Inbox",
    "Invitation",
    "Membership",
    "Notification",
    "Role",
    "TextChange",
    "Thing",
    "UndoStep",
    "Via",
    "Visibility",
    "Widget",
    "new_epoch",
]
