"""Where a widget lies: how deep, how high what lies in it is, and how its coordinates lead to the page.

Every answer is remembered for the request and forgotten when the draft changes what it was made of, so that a tree of
any depth is walked once and not for each of its widgets. The walks are loops: nothing recurses over user data.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from things.document.document import Document, WidgetState
from things.drawing.geometry import Matrix, placed
from things.kinds.registry import KINDS
from things.work import Work

MAX_DEPTH = 32
NOW = 1 << 60  # later than any revision


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """A parent and all that it lies in. `placed`: the newest revision that put one of them where it is."""

    depth: int
    alive: bool
    placed: int
    page: Matrix
    turned: float  # degrees between the coordinates inside the parent and the page


ROOT = Chain(depth=0, alive=True, placed=0, page=Matrix(), turned=0.0)
UNKNOWN = Chain(depth=0, alive=False, placed=0, page=Matrix(), turned=0.0)
CHAINED = frozenset({"place", "size", "rotation", "alive"})


@dataclass(slots=True)
class Lineage:
    """`moved_back`: as `Log` in `things.document.draft` says."""

    document: Document
    work: Work
    moved_back: Callable[[int], dict[str, int] | None]
    _moved: set[str] = field(default_factory=set)  # by this request
    _moves: dict[str, int] | None = field(default_factory=dict)
    _moves_since: int = NOW
    _chains: dict[str, Chain] = field(default_factory=dict)
    _heights: dict[str, int] = field(default_factory=dict)

    def above(self, parent: str | None) -> Iterator[WidgetState]:
        """From the parent outwards, dead ones included."""
        self.document.fetch_above([parent])
        seen: set[str] = set()
        while parent is not None and parent not in seen and (state := self.document.get(parent)) is not None:
            self.work.spend(1, "the parents of the widgets named")
            yield state
            seen.add(parent)
            parent = state.parent

    def chain(self, parent: str | None) -> Chain:
        if parent is None:
            return ROOT
        if parent not in self._chains:
            self._remember(parent)
        return self._chains.get(parent, UNKNOWN)

    def _remember(self, parent: str) -> None:
        path, known = list[WidgetState](), ROOT
        for state in self.above(parent):
            if state.id in self._chains:
                known = self._chains[state.id]
                break
            path.append(state)
        for state in reversed(path):
            known = self._chains[state.id] = self._inside(known, state)

    def _inside(self, outer: Chain, state: WidgetState) -> Chain:
        return Chain(
            depth=outer.depth + 1,
            alive=outer.alive and state.alive,
            placed=max(outer.placed, self._placed(state)),
            page=outer.page @ placed(state.fields),
            turned=outer.turned + state.fields.get("rotation", 0),
        )

    def prepare(self, states: Iterable[WidgetState], parents: Iterable[str | None] = ()) -> None:
        """Load what it takes to put these anywhere, in a bounded number of statements: what they lie in, what they
        will lie in, who lies in them.
        """
        held = list(states)
        self.document.fetch_above([*(state.parent for state in held), *parents])
        self.document.know_below((state.id for state in held if _may_hold(state)), self.work)

    def height(self, state: WidgetState) -> int:
        """Levels of living widgets below."""
        if not _may_hold(state):
            return 0
        todo = [] if state.id in self._heights else [(state.id, False)]
        while todo:
            one, below_done = todo.pop()
            self.document.know_below([one], self.work)
            children = self.document.inside(one)
            self.work.spend(1 + len(children), "what lies inside the widgets named")
            if below_done:
                self._heights[one] = max((self._heights[child] + 1 for child in children), default=0)
            else:
                self._heights[one] = 0  # a cycle, which only a row could hold, ends here
                todo += [(one, True), *((child, False) for child in children if child not in self._heights)]
        return self._heights[state.id]

    def lies_in(self, parent: str, widget: str) -> bool:
        """Whether the parent is the widget, or lies in it at any depth."""
        return any(state.id == widget for state in self.above(parent))

    def too_deep(self, parent: str | None, *, height: int = 0, now: int | None = None) -> bool:
        """Whether a widget, or what lies in it, would have too many parents there, and more than it has `now`."""
        depth = self.chain(parent).depth
        return depth + height > MAX_DEPTH and (now is None or depth > now)

    def too_deep_again(self, state: WidgetState, parent: str | None, since: int) -> bool:
        """Whether a widget that comes back there would have too many parents. In a Thing that was deeper before there
        was a limit, it may, where neither it nor what it lies in was moved since it went.
        """
        depth = self.chain(parent).depth
        # No height is asked for deep down: each would be forgotten when the next one comes back.
        if depth <= MAX_DEPTH and depth + self.height(state) <= MAX_DEPTH:
            return False
        if not self._knows_moves(since):
            return True
        return max(self.chain(parent).placed, self._placed(state)) > since

    def _knows_moves(self, since: int) -> bool:
        """Learn which widgets an undo or redo moved after a revision: it gives a place the origin it had before."""
        if since < self._moves_since and self._moves is not None:
            self._moves, self._moves_since = self.moved_back(since), since
            self._chains.clear()
        return self._moves is not None

    def _placed(self, state: WidgetState) -> int:
        """When it was put where it is, or in what it is."""
        if state.id in self._moved:
            return NOW
        return max(state.origins.get("place", 0), (self._moves or {}).get(state.id, 0))

    def changed(self, state: WidgetState, name: str, parent: str | None) -> None:
        """A field of the widget, or its being alive, has changed; `parent` is the one it had before."""
        if state.id in self._chains and name in CHAINED:
            self._chains.clear()
        if name == "place" and parent != state.parent:
            self._moved.add(state.id)
        if name == "alive" or parent != state.parent:
            self._forget_heights(parent)
            self._forget_heights(state.parent)

    def _forget_heights(self, parent: str | None) -> None:
        # What is above a forgotten height is forgotten already: heights are known from below upwards.
        while parent is not None and self._heights.pop(parent, None) is not None:
            state = self.document.get(parent)
            parent = state.parent if state is not None else None


def _may_hold(state: WidgetState) -> bool:
    """Whether anything can lie in it; of an unknown kind it is not known."""
    kind = KINDS.get(state.kind)
    return kind is None or kind.container
