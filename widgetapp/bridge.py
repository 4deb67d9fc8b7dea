"""HTTP to Django: the body whole, a turn for who writes, one hop to a thread, the answer (decision 12).

Whatever can be refused is refused in the event loop. A thread is taken for a request that is whole and can be served:
nobody holds one by sending slowly, by reading slowly, or by waiting.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from django.conf import settings

from streaming.asgi_types import Receive, Scope, Send
from widgetapp.edge.bodies import Bodies, Body, expected
from widgetapp.edge.environ import environ_of
from widgetapp.edge.refusals import Refused, refuse
from widgetapp.edge.threads import Answer, Threads, answer, next_piece
from widgetapp.edge.turns import READING, Left, Turns, key_of


class Bridge:
    def __init__(self, application: Callable[..., Any]) -> None:
        self._application = application
        self._threads = Threads(settings.HTTP_THREADS)
        self.turns = Turns(settings.HTTP_THREADS, settings.WRITE_QUEUE, settings.WRITE_QUEUE_SECONDS)
        self.bodies = Bodies()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """`scope["address_key"]` says whose request it is."""
        try:
            body = expected(scope, scope["address_key"])
            made = await self._answer(await self._ready(body, scope, receive), body, scope)
        except Left:
            return
        except Refused as refused:
            await refuse(refused, scope, send)
        else:
            await self._send(made, receive, send)

    async def _ready(self, body: Body, scope: Scope, receive: Receive) -> Callable[[object], None]:
        """Once the body is whole and a thread may be taken. What is returned is called when the thread is done."""
        try:
            if not await self.bodies.read(body, scope, receive):
                raise Left
            if scope["method"] in READING:
                return lambda _: self.bodies.release(body)
            key = key_of(scope)
            await self.turns.take(key, body.address, lambda: left(receive))
        except BaseException:
            self.bodies.release(body)
            raise

        def done(_: object) -> None:
            self.bodies.release(body)
            self.turns.give_back(key)

        return done

    async def _answer(self, done: Callable[[object], None], body: Body, scope: Scope) -> Answer:
        """A request that was begun is carried out, whoever still waits for it."""
        making = self._threads.run(answer, self._application, environ_of(scope, body.file, body.size))
        making.add_done_callback(done)
        try:
            made: Answer = await asyncio.shield(making)
        except asyncio.CancelledError:
            making.add_done_callback(self._abandon)
            raise
        return made

    def _abandon(self, making: "asyncio.Future[Answer]") -> None:
        if not making.cancelled() and making.exception() is None and (close := making.result().close) is not None:
            self._threads.run(close)

    async def _send(self, made: Answer, receive: Receive, send: Send) -> None:
        start = {"type": "http.response.start", "status": made.status, "headers": made.headers}
        if made.pieces is None:
            await send(start)
            await send({"type": "http.response.body", "body": made.body})
            return
        gone = asyncio.ensure_future(left(receive))
        try:
            await send(start)
            piece: bytes | None = made.body
            while piece is not None and not gone.done():
                await send({"type": "http.response.body", "body": piece, "more_body": True})
                piece = await self._threads.run(next_piece, made.pieces)
            await send({"type": "http.response.body", "body": b""})
        finally:
            gone.cancel()
            if made.close is not None:
                self._threads.run(made.close)


async def left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
