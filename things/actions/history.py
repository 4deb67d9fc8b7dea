"""Undo and redo; the rules are in `things.document.undo`."""

from typing import Annotated

import msgspec

from things.actions.base import UNBOUND_REVISION, Action, register
from things.document import undo
from things.document.draft import Draft

Revision = Annotated[int, msgspec.Meta(ge=1, lt=UNBOUND_REVISION)]
Group = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


@register
class Undo(Action, frozen=True):
    type = "undo"
    family = "history"
    description = "Undo my latest change, or one change of mine, or a whole group (a gesture)."
    conflict = "Puts back only what still shows the undone value; the rest is told in `skipped`."
    example = {}
    alone = True

    change: Revision | None = None
    group: Group | None = None

    def apply(self, draft: Draft) -> None:
        undo.undo(draft, change=self.change, group=self.group)


@register
class Redo(Action, frozen=True):
    type = "redo"
    family = "history"
    description = "Redo what I undid last, or one change of mine, or a whole group."
    conflict = "The mirror of `undo`."
    example = {}
    alone = True

    change: Revision | None = None
    group: Group | None = None

    def apply(self, draft: Draft) -> None:
        undo.redo(draft, change=self.change, group=self.group)
