"""The application of a transcript: what it does and is told, and the answers it gives to callbacks."""

import asyncio
from typing import Any

from widgetapp_stream import Log, LogEvent, Position, State, Stream
from widgetapp_stream.connection import End
from widgetapp_stream.state import StateChange

from tests.contract.world import World

Json = dict[str, Any]


def filled(filling: Json) -> Json:
    """Values of so many letters, of two bytes each."""
    return {key: "é" * letters for key, letters in filling.items()}


class Application:
    def __init__(self, world: World, transcript: Json) -> None:
        self.told: list[Json] = []
        self.topics: dict[str, Any] = {}
        self.failing: set[str] = set()
        self.closing: set[str] = set()
        self._large: bool = transcript.get("large", False)
        self._answers = {kind: list(transcript.get(kind, ())) for kind in ("tickets", "snapshots", "credential")}
        self.stream = Stream(
            "ws://test/_stream",
            environment=world.environment,
            ticket=self._ticket if "tickets" in transcript else None,
            on_credential=self._credential if "credential" in transcript else None,
        )
        self.stream.on("error", lambda error: self.told.append({"error": error["code"]}))
        self.stream.on("status", self._status)

    def call(self, step: Json) -> None:
        topic: str = step.get("topic", "")
        match step["call"]:
            case "connect":
                self.stream.connect()
            case "close":
                self.stream.stop()
            case "log":
                self.topics[topic] = self._log(topic, step.get("position"))
            case "state":
                self.topics[topic] = self._state(topic)
            case "expect":
                self.topics[topic].expect(step["offset"])
            case "send":
                self.topics[topic].send(step.get("data") or filled(step["filling"]))
            case name:
                getattr(self.topics[topic], name)()

    def _status(self, told: Json) -> None:
        if told["status"] in self.closing:
            self.stream.stop()

    def _answer(self, kind: str) -> Any:
        value = self._answers[kind].pop(0)
        if value == "fail":
            raise RuntimeError(f"{kind} fail")
        return value

    async def _ticket(self) -> str | None:
        ticket: str | None = self._answer("tickets")
        return await asyncio.Future() if ticket == "never" else ticket

    async def _credential(self, end: End) -> bool:
        self.told.append({"credential": end.code})
        return bool(self._answer("credential"))

    def _log(self, topic: str, position: Json | None) -> Log:
        service, _, name = topic.partition("/")

        def on_event(event: LogEvent) -> None:
            self.told.append({"event": topic, "offset": event.offset})
            if topic in self.failing:
                raise RuntimeError("handler fails")

        def on_live(offset: int) -> None:
            self.told.append({"live": topic, "offset": offset})
            if topic in self.closing:
                self.stream.stop()

        async def on_reset(reason: str, snapshot: str | None) -> Position:
            self.told.append({"reset": topic, "reason": reason, "snapshot": snapshot})
            return Position(**self._answer("snapshots"))

        async def on_large(event: LogEvent) -> Json:
            self.told.append({"large": topic, "offset": event.offset})
            return {"revision": event.offset}

        return self.stream.log(
            service,
            name,
            position=Position(**position) if position else None,
            on_event=on_event,
            on_reset=on_reset,
            on_live=on_live,
            on_large=on_large if self._large else None,
            on_refused=lambda code: self.told.append({"refused": topic, "code": code}),
            on_ended=lambda code, purge: self.told.append({"ended": topic, "code": code, "purge": purge}),
        )

    def _state(self, topic: str) -> State:
        service, _, name = topic.partition("/")

        def on_change(change: StateChange) -> None:
            told = {"full": change.full, "set": dict(change.set), "remove": change.remove}
            self.told.append({"change": topic, **told})

        return self.stream.state(service, name, on_change=on_change)
