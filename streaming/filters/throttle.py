"""How many connections one address and one person may hold on this worker process (A2, B4)."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings

from streaming.asgi_types import Application, Receive, Scope, Send
from streaming.close_codes import CloseCode
from streaming.errors import Refused
from streaming.forwarded import address_key


class Held:
    """Counts what is open now, and forgets what is not."""

    def __init__(self) -> None:
        self._open: Counter[str] = Counter()

    @contextmanager
    def one(self, name: str, most: int) -> Iterator[None]:
        if self._open[name] >= most:
            raise Refused(CloseCode.TOO_MANY_CONNECTIONS)
        self._open[name] += 1
        try:
            yield
        finally:
            self._open[name] -= 1
            if not self._open[name]:
                del self._open[name]


class AddressThrottle:
    """How many connections one address may hold."""

    _held = Held()  # one for the chains of WebSocket and of HTTP push

    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._held.one(address_key(scope["context"].address), settings.STREAM_CONNECTIONS_PER_ADDRESS):
            await self._application(scope, receive, send)


class UserThrottle:
    """How many connections one person may hold; anonymous ones are counted by address alone."""

    _held = Held()

    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if (user := scope["context"].user) is None:
            await self._application(scope, receive, send)
            return
        with self._held.one(str(user.pk), settings.STREAM_CONNECTIONS_PER_USER):
            await self._application(scope, receive, send)
