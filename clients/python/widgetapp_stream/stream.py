"""One authenticated socket for every real-time service of WidgetApp: the entry of this client."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from types import TracebackType
from typing import Any, Literal, Unpack

from widgetapp_stream.connection import Connection
from widgetapp_stream.environment import Environment, LoopTimers, Tasks, logger
from widgetapp_stream.frames import VERSION, Frame
from widgetapp_stream.lifecycle import Lifecycle, LifecycleOptions, OnCredential, StreamStatus
from widgetapp_stream.log import Log
from widgetapp_stream.options import LogOptions, StateOptions
from widgetapp_stream.renewal import Renewal
from widgetapp_stream.sockets import Address, socket_opener
from widgetapp_stream.state import State
from widgetapp_stream.subscriptions import AnyTopic, Subscriptions
from widgetapp_stream.tickets import FetchTicket, fetched

CLOSED = "closed"


class Stopped(Exception):
    """The stream ended for good; the message says why."""


class Stream:
    """Signs in with a bearer `token`, a session `cookie` (with `origin`), a `ticket` callback, or not at all.

    `url` is the address of the site, `https://…`, or of the stream itself, `wss://…/_stream`. It lives in one event
    loop: `connect` returns at once and `welcomed` waits; `async with` does both, and leaves no task behind.
    """

    def __init__(
        self,
        url: str,
        *,
        token: str | None = None,
        cookie: str | None = None,
        origin: str | None = None,
        ticket: FetchTicket | None = None,
        on_credential: OnCredential | None = None,
        environment: Environment | None = None,
    ) -> None:
        self.connection: str | None = None
        self.user: Frame | None = None
        self.limits: Frame | None = None
        self._tasks = Tasks()
        address = Address.signed_in(url, token=token, cookie=cookie, origin=origin)
        self._environment = environment or self._real(address)
        self._ticket = ticket
        self._listeners: dict[str, list[Callable[[Any], object]]] = {}
        self._status_changed = asyncio.Event()
        self._over: Stopped | None = None
        self._subscriptions = Subscriptions(self._environment)
        self._renewal = Renewal(self._environment, ticket)
        options = LifecycleOptions(
            environment=self._environment,
            open=self._open,
            renewable=ticket is not None,
            on_credential=on_credential,
            on_status=self._told_status,
            on_lost=self._subscriptions.lost,
        )
        self._lifecycle = Lifecycle(options)

    @property
    def status(self) -> StreamStatus:
        return self._lifecycle.status

    @property
    def reason(self) -> str:
        return self._lifecycle.reason

    def connect(self) -> None:
        if self.status == "stopped":
            self._subscriptions.resume()
        self._lifecycle.start()

    async def welcomed(self) -> None:
        """Waits until connected. Raises `Stopped` when that will not be."""
        while self.status != "connected":
            if self.status == "stopped":
                raise Stopped(self.reason)
            self._status_changed.clear()
            await self._status_changed.wait()

    async def stopped(self) -> str:
        """Waits until it has stopped for whatever reason, and tells it."""
        while self.status != "stopped":
            self._status_changed.clear()
            await self._status_changed.wait()
        return self.reason

    def wake(self) -> None:
        """The network came back: look at once instead of at the next attempt or ping."""
        self._lifecycle.wake()

    def stop(self) -> None:
        """Topics are kept: `connect` brings them back from where they are."""
        self._renewal.clear()
        self._lifecycle.stop(CLOSED)

    async def close(self) -> None:
        """Ends all topics, closes the socket and waits for it."""
        self.stop()
        self._subscriptions.end()
        await asyncio.sleep(0)
        await self._tasks.close()

    async def __aenter__(self) -> Stream:
        self.connect()
        try:
            await self.welcomed()
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def log(self, service: str, topic: str, **options: Unpack[LogOptions]) -> Log:
        """A topic in log mode. Without a position it is live from now on."""
        return self._added(Log(self._subscriptions, (service, topic), **options))

    def state(self, service: str, topic: str, **options: Unpack[StateOptions]) -> State:
        """A topic in state mode."""
        return self._added(State(self._subscriptions, (service, topic), **options))

    def on(self, name: Literal["status", "welcome", "error"], listener: Callable[[Any], object]) -> Callable[[], None]:
        """Returns a function that ends the listening."""
        listeners = self._listeners.setdefault(name, [])
        listeners.append(listener)
        return lambda: listeners.remove(listener) if listener in listeners else None

    def _added(self, topic: AnyTopic) -> AnyTopic:
        self._subscriptions.add(topic)
        if self._over is not None:
            topic.fail(self._over)
        return topic

    def _real(self, address: Address) -> Environment:
        return Environment(
            timers=LoopTimers(),
            random=random.random,
            open_socket=socket_opener(address, self._tasks),
            spawn=self._tasks.start,
        )

    async def _open(self) -> Connection:
        ticket = await fetched(self._ticket, self._environment.timers) if self._ticket else None
        return Connection(
            self._environment,
            hello=lambda connection, id: self._hello(connection, id, ticket),
            on_frame=self._frame,
            on_end=self._lifecycle.ended,
            when_taken=self._subscriptions.when_taken,
        )

    def _hello(self, connection: Connection, id: int, ticket: str | None) -> Frame:
        hello: Frame = {"version": VERSION}
        if ticket:
            hello["ticket"] = ticket
        if self.connection:
            hello["replaces"] = self.connection
        hello["subscriptions"] = self._subscriptions.hello(connection, id)
        return hello

    def _frame(self, connection: Connection, frame: Frame) -> None:
        kind = frame.get("type")
        if kind == "welcome":
            self._welcome(connection, frame)
        elif connection is not self._lifecycle.current:
            return  # nothing of an old connection after the new one is live
        elif kind == "move":
            self._lifecycle.move((0.0, frame["within"]))
        elif kind == "bye":
            self._lifecycle.move(frame.get("retry") or (0.0, 0.0))
        elif kind == "authenticate":
            self._renewal.ask(connection, frame["within"])
        elif not self._subscriptions.frame(connection, frame) and kind == "error":
            self._emit("error", frame)

    def _welcome(self, connection: Connection, welcome: Frame) -> None:
        self.connection, self.user, self.limits = welcome["connection"], welcome["user"], welcome["limits"]
        self._renewal.clear()
        self._lifecycle.welcomed(connection)
        self._emit("welcome", welcome)
        if connection is self._lifecycle.current:  # a listener may have closed the stream
            self._subscriptions.welcomed(connection, welcome)

    def _told_status(self, status: StreamStatus, reason: str) -> None:
        self._status_changed.set()
        logger.info("%s%s", status, reason and f": {reason}")
        if status == "stopped":
            self._subscriptions.halt()
        over = Stopped(reason) if status == "stopped" and reason != CLOSED else None
        if over is not None or self._over is not None:
            self._over = over
            self._subscriptions.fail(over)
        self._emit("status", {"status": status, "reason": reason})

    def _emit(self, name: str, value: Any) -> None:
        for listener in list(self._listeners.get(name, ())):
            try:
                listener(value)
            except Exception as error:
                self._environment.report(error)
