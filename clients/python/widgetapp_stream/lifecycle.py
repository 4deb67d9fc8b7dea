"""When to connect, and what to do when a connection ends (C, D1, H3).

At most one connection is current, and at most one candidate is on its way to replace it: a move is a new attempt while
the old connection still serves.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from widgetapp_stream.backoff import backoff, within
from widgetapp_stream.close_codes import LOST, Verdict, verdict
from widgetapp_stream.connection import Connection, End
from widgetapp_stream.environment import Environment
from widgetapp_stream.timer import Timer

StreamStatus = Literal["connecting", "connected", "reconnecting", "stopped"]

STEADY_SECONDS = 10.0
"""Backoff starts anew only after so long in good health (H3): else a server that accepts and closes is stormed."""

SERVED_SECONDS = 1.0
"""A connection that served so long was no failed attempt: its loss halves the steps of the backoff, down to one."""

CREDENTIALS = 3
"""How often a new credential may be refused in a row before it is given up."""

NOT_SIGNED_IN = 4101

OnCredential = Callable[[End], Awaitable[bool]]


@dataclass(frozen=True, slots=True, kw_only=True)
class LifecycleOptions:
    environment: Environment
    open: Callable[[], Awaitable[Connection]]
    renewable: bool
    on_credential: OnCredential | None
    on_status: Callable[[StreamStatus, str], None]
    on_lost: Callable[[], None]


class Lifecycle:
    def __init__(self, options: LifecycleOptions) -> None:
        self.current: Connection | None = None
        self.status: StreamStatus = "stopped"
        self.reason = ""
        self._options = options
        self._environment = options.environment
        self._candidate: Connection | None = None
        self._retry, self._steady = Timer(self._environment.timers), Timer(self._environment.timers)
        self._attempt = self._refused = 0
        self._served_from: float | None = None
        self._opening = self._turns = 0  # the attempt whose ticket is being fetched, or 0
        self._patient = False

    def start(self) -> None:
        if self.status == "stopped":
            self._attempt = self._refused = 0
            if self._tell("connecting", ""):
                self._open()

    def stop(self, reason: str) -> None:
        if self.status == "stopped":
            return
        connected = self.current is not None
        self._retry.clear()
        self._steady.clear()
        self._opening = 0
        self._turns += 1
        for connection in (self._candidate, self.current):
            if connection is not None:
                connection.close()
        self._candidate = self.current = None
        if connected:
            self._options.on_lost()
        self._tell("stopped", reason)

    def welcomed(self, connection: Connection) -> None:
        """The candidate takes over; the old connection is closed after it (make before break)."""
        before, self.current, self._candidate = self.current, connection, None
        self._retry.clear()
        self._steady.set(STEADY_SECONDS, self._settled)
        self._served_from = self._environment.timers.now()
        if before is not None:
            before.close()
        self._tell("connected", "")

    def move(self, seconds: Sequence[float]) -> None:
        """Opens another connection at a random moment of the range, and keeps this one meanwhile (D1)."""
        if self._candidate is None and not self._opening:
            self._schedule(within(seconds, self._environment.random), patient=True)

    def ended(self, connection: Connection, end: End) -> None:
        if connection is self.current:
            self.current = None
            self._steady.clear()
            self._options.on_lost()
        elif connection is self._candidate:
            self._candidate = None
        else:
            return
        if self.status != "stopped":
            self._follow(end)

    def wake(self) -> None:
        """The network came back: look at once, unless the server said when."""
        if self._retry.pending and self.current is None and not self._patient:
            self._retry.clear()
            self._open()
        elif self.current is not None:
            self.current.probe()

    def _follow(self, end: End) -> None:
        answer = verdict(end.code)
        if answer is Verdict.STOP:
            self.stop(end.reason)
            return
        if self.current is None and not self._tell("reconnecting", end.reason):
            return
        # A move under way goes on: it is the new connection.
        if self._candidate is not None or self._opening or self._retry.pending:
            return
        if answer is Verdict.CREDENTIAL:
            self._renew(end)
        elif end.retry:
            self._schedule(within(end.retry, self._environment.random), patient=True)
        elif answer is Verdict.MOVE:
            self._schedule(0.0)
        else:
            self._back_off()

    def _renew(self, end: End) -> None:
        """A new ticket, or one more try with the credential of now; then the application is asked."""
        self._refused += 1
        if self._refused < (CREDENTIALS if self._options.renewable else 2):
            self._back_off()
        elif self._options.on_credential is None:
            self.stop(end.reason)
        else:
            self._environment.spawn(self._ask(self._options.on_credential, end))

    async def _ask(self, on_credential: OnCredential, end: End) -> None:
        turn = self._turns
        try:
            again = await on_credential(end)
        except Exception as error:
            self._environment.report(error)
            again = False
        if turn != self._turns or self._retry.pending:  # stopped meanwhile, or another attempt is under way
            return
        if again:
            self._schedule(0.0)
        else:
            self.stop(end.reason)

    def _back_off(self) -> None:
        since, self._served_from = self._served_from, None
        served = since is not None and self._environment.timers.now() - since >= SERVED_SECONDS
        if served and self._attempt:
            self._attempt = max(1, self._attempt // 2)
        self._schedule(backoff(self._attempt, self._environment.random))
        self._attempt = max(1, self._attempt) if served else self._attempt + 1

    def _schedule(self, seconds: float, *, patient: bool = False) -> None:
        """`patient`: the server said when, nothing shortens it."""
        self._patient = patient
        self._retry.set(seconds, self._open)

    def _open(self) -> None:
        self._turns += 1
        self._opening = self._turns
        self._environment.spawn(self._connect(self._turns))

    async def _connect(self, turn: int) -> None:
        try:
            connection = await self._options.open()
        except TimeoutError:
            self._unopened(turn, LOST, "no ticket in time")
        except Exception as error:
            self._environment.report(error)
            refused = getattr(error, "status", None) in (401, 403)
            self._unopened(turn, NOT_SIGNED_IN if refused else LOST, f"no ticket: {error}")
        else:
            if self._opening == turn:
                self._candidate, self._opening = connection, 0
            else:
                connection.close()

    def _unopened(self, turn: int, code: int, reason: str) -> None:
        if self._opening == turn:
            self._opening = 0
            self._follow(End(code=code, reason=reason))

    def _settled(self) -> None:
        self._attempt = self._refused = 0

    def _tell(self, status: StreamStatus, reason: str) -> bool:
        """Whether it is still so: who is told may close the stream."""
        if status != self.status or reason:
            self.status, self.reason = status, reason
            self._options.on_status(status, reason)
        return self.status == status
