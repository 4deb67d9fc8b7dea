"""How many connections one address and one person may hold, over all worker processes (A2, B4)."""

from django.conf import settings

from streaming.asgi_types import Application, Receive, Scope, Send
from streaming.fanout.held import ADDRESSES, PEOPLE
from streaming.forwarded import address_key


class AddressThrottle:
    """How many connections one address may hold, of IPv6 one /64; WebSocket and HTTP push count together."""

    def __init__(self, application: Application, *, most: int | None = None) -> None:
        self._application = application
        self._most = settings.STREAM_CONNECTIONS_PER_ADDRESS if most is None else most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with ADDRESSES.counting(address_key(scope["context"].address), self._most):
            await self._application(scope, receive, send)


class UserThrottle:
    """How many connections one person may hold; anonymous ones are counted by address alone."""

    def __init__(self, application: Application, *, most: int | None = None) -> None:
        self._application = application
        self._most = settings.STREAM_CONNECTIONS_PER_USER if most is None else most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if (user := scope["context"].user) is None:
            await self._application(scope, receive, send)
            return
        with PEOPLE.counting(str(user.pk), self._most):
            await self._application(scope, receive, send)
