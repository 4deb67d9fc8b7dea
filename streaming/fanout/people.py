"""Whether those who are connected may still be: checked when something changed, and for all every 5 minutes (A4)."""

import asyncio
import logging
import time
from collections.abc import Iterable
from weakref import WeakKeyDictionary

from streaming.close_codes import CloseCode
from streaming.credentials import registered
from streaming.database import in_database
from streaming.errors import Refused
from streaming.fanout.connections import HubConnection

logger = logging.getLogger(__name__)

RECHECK_SECONDS = 300.0
RIGHTS_SECONDS = 2.0
# A session ends some milliseconds after its epoch rose, so the first check may come too early.
CHECKS = 3
CUT_RETRY_SECONDS = (5.0, 20.0)


class People:
    """The signed-in connections of one hub."""

    def __init__(self) -> None:
        self._suspects: WeakKeyDictionary[HubConnection, int] = WeakKeyDictionary()
        self._epochs: WeakKeyDictionary[HubConnection, int] = WeakKeyDictionary()
        self._everybody_at = time.monotonic() + RECHECK_SECONDS
        self._checking = asyncio.Lock()

    def suspect(self, connections: Iterable[HubConnection], users: Iterable[str]) -> None:
        """Their connections are sent nothing until `check_suspects` has found that they may go on."""
        wanted = set(users)
        for connection in connections:
            if connection.context.user is not None and str(connection.context.user.pk) in wanted:
                self._suspects[connection] = CHECKS
                connection.hold()

    def end_sessions(self, connections: Iterable[HubConnection], keys: Iterable[str]) -> None:
        """These sessions were signed out, so there is nothing to check."""
        ended = set(keys)
        for connection in tuple(connections):
            if connection.context.session_key in ended:
                connection.end(Refused(CloseCode.NOT_SIGNED_IN))

    def cut(self, connections: Iterable[HubConnection], ids: Iterable[str]) -> None:
        """An operator ends these, by connection or user id; they may come back after a while."""
        wanted = set(ids)
        for connection in tuple(connections):
            context = connection.context
            if context.connection in wanted or (context.user is not None and str(context.user.pk) in wanted):
                connection.end(Refused(CloseCode.OVERLOADED, "cut by an operator", retry=CUT_RETRY_SECONDS))

    async def sweep(self, connections: Iterable[HubConnection]) -> None:
        """One query reads everybody's access epoch; credentials are read only for suspects."""
        credentials = registered()
        present = [(connection, user) for connection in connections if (user := connection.context.user) is not None]
        if credentials is None or not present:
            return
        users = sorted({str(user.pk) for _, user in present})
        epochs = await in_database(credentials.access_epochs, users)
        everybody = time.monotonic() > self._everybody_at
        if everybody:
            self._everybody_at = time.monotonic() + RECHECK_SECONDS
        for connection, user in present:
            known, now = self._epochs.get(connection, user.access_epoch), epochs.get(str(user.pk), -1)
            if known != now:
                self._suspects[connection] = CHECKS
            elif everybody:
                self._suspects.setdefault(connection, 1)
            self._epochs[connection] = now
        await self.check_suspects()

    async def _recheck(self, connection: HubConnection) -> None:
        """What this person may see may have changed. If that cannot be found out, the next sweep tries again."""
        try:
            async with asyncio.timeout(RIGHTS_SECONDS):
                await connection.recheck()
        except Exception as error:
            logger.warning("what %s may see is not known: %r", connection.context.connection, error)
            self._suspects[connection] = CHECKS + 1

    async def check_suspects(self) -> None:
        """One check at a time: whoever becomes suspect during one is checked by the next."""
        async with self._checking:
            await self._check_suspects()

    async def _check_suspects(self) -> None:
        credentials, suspects = registered(), dict(self._suspects)
        if credentials is None or not suspects:
            return
        ended = await in_database(credentials.ended, [connection.context for connection in suspects])
        for connection in suspects:
            if (code := ended.get(connection.context.connection)) is not None:
                connection.end(Refused(code))
                del self._suspects[connection]
        await asyncio.gather(
            *(self._recheck(connection) for connection, checks in suspects.items() if checks == CHECKS)
        )
        for connection, checks in suspects.items():
            if self._suspects.get(connection) != checks:
                continue
            self._suspects[connection] -= 1
            connection.release()
            if self._suspects[connection] <= 0:
                del self._suspects[connection]
