"""What a document knows of who lies in whom, in which order, and which connectors end where."""

from dataclasses import dataclass, field

from things.document.siblings import Siblings


@dataclass(slots=True)
class Family:
    """Ids only. What the rows say is read once, what the draft changes is told here: no question scans the widgets."""

    sought: set[str] = field(default_factory=set)  # rows that were looked for
    children: dict[str | None, dict[str, None]] = field(default_factory=dict)
    rooted: set[str] = field(default_factory=set)  # everything above these is held
    known: set[str] = field(default_factory=set)  # the children of these are known
    fronts: dict[str | None, str] = field(default_factory=dict)
    siblings: dict[str | None, Siblings] = field(default_factory=dict)
    ties: dict[str, dict[str, None]] = field(default_factory=dict)  # target -> connectors that end or ended there
    tied: set[str] = field(default_factory=set)  # targets whose connectors are held

    def join(self, widget: str, parent: str | None) -> None:
        self.children.setdefault(parent, {})[widget] = None

    def leave(self, widget: str, parent: str | None) -> None:
        self.children.get(parent, {}).pop(widget, None)
        if parent in self.siblings:
            self.siblings[parent].rekey(widget, None)

    def rekey(self, parent: str | None, widget: str, key: str | None) -> None:
        """`key`: None for a widget that is dead."""
        if key is not None and parent in self.fronts:
            self.fronts[parent] = max(self.fronts[parent], key)
        if parent in self.siblings:
            self.siblings[parent].rekey(widget, key)
