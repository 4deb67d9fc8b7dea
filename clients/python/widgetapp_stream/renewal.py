"""A new ticket on the same connection, before the credential expires (A5)."""

from widgetapp_stream.connection import Connection
from widgetapp_stream.environment import Environment
from widgetapp_stream.tickets import FetchTicket
from widgetapp_stream.timer import Timer

AGAIN_SECONDS = 5.0


class Renewal:
    def __init__(self, environment: Environment, ticket: FetchTicket | None) -> None:
        self._environment, self._ticket = environment, ticket
        self._again = Timer(environment.timers)
        self._turn = 0

    def ask(self, connection: Connection, within: float) -> None:
        self.clear()
        if self._ticket is not None:
            self._start(self._ticket, connection, self._environment.timers.now() + within, self._turn)

    def clear(self) -> None:
        self._turn += 1
        self._again.clear()

    def _start(self, fetch: FetchTicket, connection: Connection, until: float, turn: int) -> None:
        self._environment.spawn(self._try(fetch, connection, until, turn))

    async def _try(self, fetch: FetchTicket, connection: Connection, until: float, turn: int) -> None:
        try:
            ticket = await fetch()
        except Exception as error:
            self._environment.report(error)
            if turn == self._turn and self._environment.timers.now() + AGAIN_SECONDS <= until:
                self._again.set(AGAIN_SECONDS, lambda: self._start(fetch, connection, until, turn))
            return
        if turn == self._turn and ticket:
            connection.request("authenticate", ticket=ticket)
