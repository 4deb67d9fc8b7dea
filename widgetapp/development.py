"""daphne as `runserver` uses it, with one thing more: it says good-bye.

daphne itself cuts every connection without a word when the reactor stops; its lifespan has no end to hook into.
"""

import asyncio
import atexit
import threading
from typing import Any

from daphne.server import Server
from twisted.internet import defer, reactor

from streaming.fanout.hub import running_hub
from widgetapp.worker import BYE_SECONDS


class PoliteServer(Server):
    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **{**options, "server_name": ""})

    def run(self) -> None:
        if not self.signal_handlers:
            # Under Django's reloader this is a daemon thread, and the main thread just exits.
            atexit.register(self._stop_from_main, threading.current_thread())
        super().run()

    def kill_all_applications(self) -> Any:
        """What the reactor waits for before it stops: `bye` 4300 first, and time to answer it (D1)."""
        leaving = defer.Deferred.fromFuture(asyncio.ensure_future(self._take_leave()))
        return leaving.addBoth(lambda _: super(PoliteServer, self).kill_all_applications())

    async def _take_leave(self) -> None:
        for listener in self.listeners:
            listener.addCallback(lambda port: port.stopListening())
        if (hub := running_hub()) is not None:
            await hub.drain(0)
        if serving := [
            found for details in self.connections.values() if (found := details.get("application_instance"))
        ]:
            await asyncio.wait(serving, timeout=BYE_SECONDS)

    def _stop_from_main(self, serving: threading.Thread) -> None:
        reactor.callFromThread(self.stop)
        serving.join(2 * BYE_SECONDS)
