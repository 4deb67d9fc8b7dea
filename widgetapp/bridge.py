"""HTTP to Django: the body whole, a turn, one hop to a thread, the answer (decision 12).

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
from widgetapp.edge.turns import READING, Key, Left, Turns, read, written

# Asked by those who end a process that does not answer: each has a thread of its own, whoever holds the others.
WATCHED = ("/healthz", "/readyz", "/metrics")


class Bridge:
    def __init__(self, application: Callable[..., Any]) -> None:
        self._application = application
        self._threads = Threads(settings.HTTP_THREADS)
        self._watched = {path: Threads(1) for path in WATCHED}
        self.writing = Turns(settings.HTTP_THREADS, settings.WRITE_QUEUE, settings.WRITE_QUEUE_SECONDS)
        self.reading = Turns(settings.HTTP_THREADS, settings.READ_QUEUE, settings.READ_QUEUE_SECONDS)
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
            turns, key = self._turn(scope)
            if turns is None:
                return lambda _: self.bodies.release(body)
            await turns.take(key, body.address, lambda: left(receive))
        except BaseException:
            self.bodies.release(body)
            raise

        def done(_: object) -> None:
            self.bodies.release(body)
            turns.give_back(key)

        return done

    def _turn(self, scope: Scope) -> tuple[Turns | None, Key]:
        if scope["method"] not in READING:
            return self.writing, written(scope["path"])
        key = read(scope["path"])
        return (self.reading if key else None), key

    async def _answer(self, done: Callable[[object], None], body: Body, scope: Scope) -> Answer:
        """A request that was begun is carried out, whoever still waits for it."""
        threads = self._watched.get(scope["path"], self._threads)
        making = threads.run(answer, self._application, environ_of(scope, body.file, body.size))
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
