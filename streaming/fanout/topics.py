"""A topic in one process: its subscribers here, and what it takes to tell them."""

import time
from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec

from streaming.fanout.prepared import PreparedFrame, joined
from streaming.fanout.publications import Gossip
from streaming.protocol import ResetReason, State, encode
from streaming.service import Key, LogHead, LogService, Values

AHEAD_EVENTS = 256
BATCH_BYTES = 64 * 1024
FLUSH_SECONDS = 1 / 30
RETELL_SECONDS = 10.0
LEASE_SECONDS = 30.0
GRACE_SECONDS = 10.0


class Events:
    """Events that follow each other: the offsets from `first` to `last`, one frame of all, and the frame of each."""

    __slots__ = ("first", "frame", "frames", "last")

    def __init__(self, first: int, frames: Sequence[PreparedFrame]) -> None:
        self.first, self.last, self.frames = first, first + len(frames) - 1, frames
        self.frame = joined(frames)


class LogMember(Protocol):
    def learned(self) -> None:
        """The topic's newest offset is known now; what came before that was not delivered."""

    def deliver(self, events: Events) -> None: ...
    def reset(self, reason: ResetReason, epoch: str, offset: int) -> None: ...


class StateMember(Protocol):
    def deliver(self, frame: PreparedFrame) -> None: ...
    def catch_up(self) -> None: ...


class LogTopic:
    """`newest` is the newest offset delivered here, in order and without a gap (R1); None until it is learned.
    `access_epoch`: the rights of all members were checked at it, or later. An event of a newer one waits until they
    were checked again, which `ask` makes the hub do (A4).

    What arrives in one turn of the loop is delivered together at its end, as one batch: `later` calls back then.
    Where nothing is waiting, an event goes out alone and no later than it would have.
    """

    __slots__ = (
        "_arrived", "_ask", "_later", "access_epoch", "ahead", "asking", "epoch", "key", "members", "newest",
        "newest_access", "repairing", "service",
    )  # fmt: skip

    def __init__(
        self,
        service: LogService,
        topic: str,
        later: Callable[[Callable[[], None]], object],
        ask: Callable[[str], None],
    ) -> None:
        self.service, self._later, self._ask = service, later, ask
        self._arrived: list[PreparedFrame] = []
        self.key: Key = (service.name, topic)
        self.members: set[LogMember] = set()
        self.epoch = ""
        self.newest: int | None = None
        self.access_epoch = self.newest_access = 0
        self.asking = False
        self.ahead: dict[int, str] = {}
        self.repairing = False

    def learn(self, head: LogHead) -> bool:
        """What the database says now. True when events up to there are missing here."""
        if self.newest is None:
            self.epoch, self.newest, self.access_epoch = head.epoch, head.offset, head.access_epoch
            self.newest_access = max(self.newest_access, head.access_epoch)
            for member in tuple(self.members):
                member.learned()
            self._take_ahead()
        elif head.epoch != self.epoch:
            self.epoch, self.newest = head.epoch, head.offset
            self.ahead.clear()
            self._arrived.clear()
            for member in tuple(self.members):
                member.reset("epoch", head.epoch, head.offset)
        self.saw(head.access_epoch)
        return head.offset > self.tail

    def saw(self, access_epoch: int) -> None:
        """Something that was read or published belongs to this access epoch."""
        if access_epoch > self.newest_access:
            self.newest_access = access_epoch
            if self.newest is not None:
                self._ask(self.key[1])

    def hold(self) -> None:
        """Rights are being checked: events wait."""
        self.asking = True

    def release(self) -> None:
        self.asking = False
        if self._arrived:
            self._later(self._deliver)

    def read_access_epoch(self) -> int:
        """What the database says; on a database thread."""
        head = self.service.heads([self.key[1]]).get(self.key[1])
        return head.access_epoch if head is not None else 0

    def asked(self, access_epoch: int, newest: int) -> None:
        """Rights were checked at `access_epoch`, and members without them are gone. `newest`: `newest_access` when the
        query was made. The database may say less than that: it may have been restored from a backup since.
        """
        self.access_epoch = access_epoch
        if self.newest_access == newest:
            self.newest_access = access_epoch

    @property
    def is_idle(self) -> bool:
        return not self.members

    @property
    def tail(self) -> int:
        """The newest offset that arrived, in order."""
        assert self.newest is not None
        return self.newest + len(self._arrived)

    def take(self, epoch: str, offset: int, frame: str, access_epoch: int = 0) -> bool:
        """An event, published or read. True when something before it is missing."""
        self.saw(access_epoch)
        if self.newest is None:
            self._keep(offset, frame)
        elif epoch != self.epoch:
            return True
        elif offset == self.tail + 1:
            self._arrive(frame)
            self._take_ahead()
        elif offset > self.tail:
            self._keep(offset, frame)
            return True
        return False

    def _keep(self, offset: int, frame: str) -> None:
        if len(self.ahead) < AHEAD_EVENTS:
            self.ahead[offset] = frame

    def _take_ahead(self) -> None:
        while (frame := self.ahead.pop(self.tail + 1, None)) is not None:
            self._arrive(frame)
        for offset in [offset for offset in self.ahead if offset <= self.tail]:
            del self.ahead[offset]

    def _arrive(self, frame: str) -> None:
        if not self._arrived:
            self._later(self._deliver)
        self._arrived.append(PreparedFrame(frame.encode()))

    def _deliver(self) -> None:
        """Everything that arrived, in batches of up to `BATCH_BYTES`, each encoded once for all members."""
        while self._arrived and not self.asking:
            assert self.newest is not None
            count = how_many(self._arrived, BATCH_BYTES)
            events, self._arrived = Events(self.newest + 1, self._arrived[:count]), self._arrived[count:]
            self.newest = events.last
            for member in tuple(self.members):
                member.deliver(events)


def how_many(frames: Sequence[PreparedFrame], most_bytes: int) -> int:
    """How many of the first frames fit into so many bytes; at least one."""
    size = 0
    for count, frame in enumerate(frames):
        size += frame.size
        if count and size > most_bytes:
            return count
    return len(frames)


class Entry:
    """The value of a key, the process it lives in, and until when it is believed."""

    __slots__ = ("process", "until", "value")

    def __init__(self, value: object, process: str, until: float) -> None:
        self.value, self.process, self.until = value, process, until


class StateTopic:
    """Keys with leases (T1): those of this process are told to the others, theirs are kept while renewed."""

    def __init__(
        self, service: str, topic: str, process: str, later: Callable[["StateTopic"], None], *, derived: bool = False
    ) -> None:
        self.key: Key = (service, topic)
        self.newest_access = 0
        # Computed by every process for itself: nothing is told to the others. Until then there is nothing to tell.
        self.is_derived = derived
        self.ready = not derived
        self.asking = False
        self.members: set[StateMember] = set()
        self._process = process
        self._flush_soon = later
        self._entries: dict[str, Entry] = {}
        self._changed: set[str] = set()
        self._entering: list[StateMember] = []
        self._removed: dict[str, bool] = {}  # whether the other processes are told
        self._leaving: dict[str, float] = {}
        self._told_at = 0.0

    @property
    def is_told(self) -> bool:
        """Whether the values are known and may be told."""
        return self.ready and not self.asking

    def read_access_epoch(self) -> int:
        """State has none: it is asked about when what it follows is."""
        return 0

    def asked(self, access_epoch: int, newest: int) -> None:
        """Nothing to keep."""

    def hold(self) -> None:
        """Rights are being checked: nothing is told meanwhile (A4)."""
        self.asking = True

    def release(self) -> None:
        self.asking = False
        if self._changed or self._removed:
            self._flush_soon(self)
        for member in tuple(self.members):
            member.catch_up()

    @property
    def is_idle(self) -> bool:
        mine = not self.is_derived and any(entry.process == self._process for entry in self._entries.values())
        return not self.members and not mine

    def values(self) -> Values:
        return {key: entry.value for key, entry in self._entries.items()}

    def replace_mine(self, values: Values) -> None:
        """These are now all values of this process."""
        for key, value in values.items():
            if (known := self._entries.get(key)) is None or known.value != value:
                self.put(key, value)
        for key in [key for key, entry in self._entries.items() if entry.process == self._process]:
            if key not in values:
                self.leave(key)
        if not self.ready:
            self.ready = True
            # Told with the whole.
            self._changed.clear()
            for member in tuple(self.members):
                member.catch_up()

    def enter(self, key: str, value: object, member: StateMember) -> None:
        """A member with a key of its own is told the whole, itself included, when the others are told of it."""
        self.put(key, value)
        self._entering.append(member)

    def holds(self, key: str, value: object) -> bool:
        return key in self._entries and self._entries[key].value == value

    def put(self, key: str, value: object) -> None:
        """A key of this process."""
        self._leaving.pop(key, None)
        self._set(key, Entry(value, self._process, float("inf")))

    def leave(self, key: str) -> None:
        self._end(key, tell=True)

    def leave_later(self, key: str) -> None:
        if key in self._entries:
            self._leaving[key] = time.monotonic() + GRACE_SECONDS

    def replace(self, key: str, user: str) -> None:
        """End the value of a connection, if it is this person's."""
        entry = self._entries.get(key)
        if entry is not None and isinstance(entry.value, dict) and entry.value.get("user", {}).get("id") == user:
            self.leave(key)

    def whole(self) -> State:
        return State(service=self.key[0], topic=self.key[1], full=True, set=self.values())

    def take(self, state: Gossip) -> None:
        """Gossip from another process."""
        process, until = state["process"], time.monotonic() + LEASE_SECONDS
        if process == self._process:
            return
        for key, value in state.get("set", {}).items():
            known = self._entries.get(key)
            if known is not None and known.process == process and known.value == value:
                known.until = until
            else:
                self._set(key, Entry(value, process, until))
        gone = state.get("remove", [])
        if state.get("full"):
            theirs = [key for key, entry in self._entries.items() if entry.process == process]
            gone = [key for key in theirs if key not in state.get("set", {})]
        for key in gone:
            self._end(key, tell=False)

    def tick(self, now: float) -> str | None:
        """End leases. Returns what this process holds, when it is time to tell the others again."""
        for key in [key for key, until in self._leaving.items() if until < now]:
            self.leave(key)
        for key in [key for key, entry in self._entries.items() if entry.until < now]:
            self._end(key, tell=False)  # a process that still hears of the key keeps it
        return self.retell(now) if not self.is_derived and now - self._told_at > RETELL_SECONDS else None

    def retell(self, now: float) -> str:
        self._told_at = now
        mine = {key: entry.value for key, entry in self._entries.items() if entry.process == self._process}
        return encoded({"process": self._process, "full": True, "set": mine})

    def flush(self) -> str | None:
        """Tell the subscribers here what changed, in one frame; returns the gossip for the other processes."""
        if self.asking:
            return None
        told = self._tell_changes()
        entering, self._entering = self._entering, []
        for member in entering:
            member.catch_up()
        return told

    def _tell_changes(self) -> str | None:
        changed = {key: self._entries[key] for key in self._changed if key in self._entries}
        removed = [key for key in self._removed if key not in self._entries]
        ended = [key for key in removed if self._removed[key]]
        self._changed.clear()
        self._removed.clear()
        if not changed and not removed:
            return None
        values = {key: entry.value for key, entry in changed.items()}
        frame = PreparedFrame(encode(State(service=self.key[0], topic=self.key[1], set=values, remove=removed)))
        for member in tuple(self.members):
            member.deliver(frame)
        if self.is_derived:
            return None
        mine = {key: entry.value for key, entry in changed.items() if entry.process == self._process}
        return encoded({"process": self._process, "set": mine, "remove": ended}) if mine or ended else None

    def _set(self, key: str, entry: Entry) -> None:
        self._entries[key] = entry
        self._removed.pop(key, None)
        self._changed.add(key)
        self._flush_soon(self)

    def _end(self, key: str, *, tell: bool) -> None:
        """What another process told us is not passed on: by the time it came back, the key might be there again."""
        self._leaving.pop(key, None)
        if self._entries.pop(key, None) is not None:
            self._changed.discard(key)
            self._removed[key] = tell
            self._flush_soon(self)


def encoded(state: Gossip) -> str:
    return msgspec.json.encode(state).decode()
