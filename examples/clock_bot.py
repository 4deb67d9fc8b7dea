"""A clock that lives on a Thing: drawn once, its hands turned every second by editor actions.

People stay in charge. Drag the dial and the hands follow. Delete it and the clock stands still; undo, and it goes on.
A clock that somebody deleted is not drawn again, unless you say --redraw.
"""

import argparse
import asyncio
import math
import os
import signal
import sys
import time
import uuid
from datetime import datetime
from typing import Any

from widgetapp_stream import Client, Problem, Replica, State, Stopped, Stream, TopicRefused, updates

Json = dict[str, Any]

DIAL, SIZE = "Clock dial", 220.0
HANDS: dict[str, tuple[float, float, str]] = {  # length, width, colour
    "Clock hour hand": (56, 7, "#1b201d"),
    "Clock minute hand": (84, 5, "#1b201d"),
    "Clock second hand": (96, 2, "#c0392b"),
}


def turns(now: datetime) -> list[float]:
    """Of the hour, the minute and the second hand, in degrees clockwise from the top."""
    seconds = now.hour * 3600 + now.minute * 60 + now.second
    return [seconds / 120 % 360, seconds / 10 % 360, seconds * 6 % 360]


def hand_place(dial: Json, length: float, width: float, degrees: float) -> Json:
    """A widget turns about its own centre, so that goes round too, half a hand away from the centre of the dial."""
    place, size, angle = dial["place"], dial["size"], math.radians(degrees)
    x = place["x"] + size["width"] / 2 + math.sin(angle) * length / 2
    y = place["y"] + size["height"] / 2 - math.cos(angle) * length / 2
    return {"parent": place["parent"], "x": x - width / 2, "y": y - length / 2}


class Clock:
    """`replica` is kept up to date by `watch`; everything that is drawn or turned starts from it."""

    def __init__(self, client: Client, thing: str) -> None:
        self._client, self._thing = client, thing
        self.replica: Replica | None = None
        self.ready = asyncio.Event()

    async def watch(self, stream: Stream) -> None:
        async for update in updates(self._client, stream, self._thing):
            self.replica = update.replica
            self.ready.set()

    def found(self) -> dict[str, Json]:
        """The parts of the clock that are on the canvas, by name."""
        widgets = self.replica.widgets() if self.replica else []
        return {widget["name"]: widget for widget in widgets if widget.get("name") in (DIAL, *HANDS)}

    async def draw(self, x: float, y: float, *, redraw: bool) -> None:
        """Whatever of it was never there. The ids follow from the Thing, so two bots draw one clock."""
        dial: Json = {"id": self._id(DIAL), "kind": "shape", "name": DIAL, "form": "ellipse", "fill": "#ffffff"}
        dial |= {"place": {"parent": None, "x": x, "y": y}, "size": {"width": SIZE, "height": SIZE}}
        parts = [self.found().get(DIAL, dial)]
        for name, (length, width, color) in HANDS.items():
            hand: Json = {"id": self._id(name), "kind": "shape", "name": name, "fill": color, "stroke": "none"}
            place = hand_place(parts[0], length, width, 0)
            parts.append({**hand, "place": place, "size": {"width": width, "height": length}})
        missing = [part for part in parts if part["name"] not in self.found()]
        if not missing:
            return
        answer = await self._client.perform(self._thing, [{"type": "add", "widgets": missing}])
        deleted = [told["widget"] for told in answer.body["skipped"] if told["reason"] == "exists"]
        if deleted and redraw:
            await self._client.perform(self._thing, [{"type": "restore", "widgets": deleted}])

    async def turn(self, presence: State) -> None:
        found = self.found()
        if (dial := found.get(DIAL)) is None:
            presence.send({"cursor": None, "selection": None})
            return
        turned = []
        for (name, (length, width, _)), degrees in zip(HANDS.items(), turns(datetime.now()), strict=True):
            if hand := found.get(name):
                place = hand_place(dial, length, width, degrees)
                turned.append({"id": hand["id"], "rotation": degrees, "place": place})
        presence.send({"cursor": {"x": dial["place"]["x"], "y": dial["place"]["y"]}, "selection": [dial["id"]]})
        if turned:
            await self._client.perform(self._thing, [{"type": "rotate", "widgets": turned}])

    def _id(self, name: str) -> str:
        return str(uuid.uuid5(uuid.UUID(self._thing), name))


async def tick(clock: Clock, presence: State, options: argparse.Namespace) -> None:
    await clock.ready.wait()
    await clock.draw(options.x, options.y, redraw=options.redraw)
    print("ticking", flush=True)
    while True:
        await asyncio.sleep(options.every - time.time() % options.every)
        try:
            await clock.turn(presence)
        except OSError:
            continue  # the server is away for a moment; the next second is another
        except Problem as problem:
            if problem.status < 500:
                raise


async def run(options: argparse.Namespace) -> None:
    client = Client(options.site, token=options.token)
    # Tells a wrong address or token at once; later a server that is away is waited for.
    await client.thing(options.thing)
    clock = Clock(client, options.thing)
    async with Stream(options.site, token=options.token) as stream:
        await asyncio.gather(clock.watch(stream), tick(clock, stream.state("presence", options.thing), options))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("site", help="address of the site, such as http://127.0.0.1:8000")
    parser.add_argument("thing", help="id of the Thing")
    token = os.environ.get("WIDGETAPP_TOKEN")
    parser.add_argument("--token", default=token, required=not token, help="default: WIDGETAPP_TOKEN")
    parser.add_argument("--every", type=float, default=1, metavar="SECONDS", help="default: 1")
    parser.add_argument("--x", type=float, default=40, help="where to draw it; default: 40")
    parser.add_argument("--y", type=float, default=40, help="default: 40")
    parser.add_argument("--redraw", action="store_true", help="bring back what somebody deleted")
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))  # ends as by Ctrl-C
    try:
        asyncio.run(run(parser.parse_args()))
    except KeyboardInterrupt:
        return 0
    except (Problem, Stopped, TopicRefused, OSError, ValueError) as error:
        print(f"clock_bot: {error}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
