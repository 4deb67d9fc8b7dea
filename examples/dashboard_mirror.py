"""Keeps a live dashboard of several Things: title, revision, last change, who is inside, how many widgets.

Shown in the terminal, or written to a file as JSON with --json (whole or not at all, for other programs to read).
`verified` says that the copy kept here equals the server's Thing byte for byte.
"""

import argparse
import asyncio
import json
import os
import signal
import sys
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from widgetapp_stream import Client, Problem, Stopped, Stream, TopicRefused, Update, updates

Json = dict[str, Any]

AT_MOST_EVERY = 0.2  # seconds between two pictures


@dataclass(slots=True)
class Row:
    thing: str
    title: str = ""
    revision: int = 0
    last_change: Json | None = None
    inside: list[str] = field(default_factory=list)
    widgets: dict[str, int] = field(default_factory=dict)
    verified: bool = False
    refused: str = ""

    def take(self, update: Update) -> None:
        self.title, self.revision = update.replica.meta["title"], update.replica.revision
        self.widgets = dict(Counter(widget["kind"] for widget in update.replica.widgets()))
        self.verified = update.verified
        if change := update.change:
            self.last_change = {"by": change["actor"]["name"], "types": change["types"], "at": change["created_at"]}


class Dashboard:
    """`changed` is set whenever a row is not as it was shown."""

    def __init__(self, client: Client, things: list[str]) -> None:
        self._client = client
        self.rows = {thing: Row(thing) for thing in things}
        self.changed = asyncio.Event()
        self.status = ""

    async def follow(self, stream: Stream, thing: str) -> None:
        """One that may no longer be seen is told in its row; the others go on."""
        row = self.rows[thing]
        try:
            async for update in updates(self._client, stream, thing):
                row.take(update)
                self.changed.set()
        except (TopicRefused, Problem) as error:
            if isinstance(error, Problem) and error.status not in (403, 404):
                raise
            self.rows[thing] = Row(thing, refused=error.code)
            self.changed.set()

    async def people(self, stream: Stream, thing: str) -> None:
        try:
            async for inside in stream.state("presence", thing):
                names = {value["user"]["name"] for value in inside.values() if value.get("user")}
                self.rows[thing].inside = sorted(names)
                self.changed.set()
        except TopicRefused:
            self.rows[thing].inside = []

    def told(self, status: Json) -> None:
        self.status = status["status"]
        self.changed.set()

    def as_json(self) -> Json:
        return {"status": self.status, "things": [asdict(row) for row in self.rows.values()]}

    def as_text(self) -> str:
        lines = [f"{'revision':>8}  {'widgets':>7}  title, last change, inside"]
        for row in self.rows.values():
            change = row.last_change
            last = f"{change['by']}: {', '.join(change['types'])}" if change else ""
            parts = [row.title or row.thing, last, ", ".join(row.inside), row.refused]
            mark = "=" if row.verified else " "
            lines.append(f"{row.revision:>7}{mark}  {sum(row.widgets.values()):>7}  {' · '.join(filter(None, parts))}")
        return "\n".join([*lines, f"{self.status}; = is verified"])


async def show(dashboard: Dashboard, path: Path | None) -> None:
    while True:
        await dashboard.changed.wait()
        dashboard.changed.clear()
        if path is not None:
            beside = path.with_name(f"{path.name}.new")
            beside.write_text(json.dumps(dashboard.as_json(), indent=2) + "\n")
            beside.replace(path)
        else:
            print("\x1b[H\x1b[J" if sys.stdout.isatty() else "", dashboard.as_text(), sep="", flush=True)
        await asyncio.sleep(AT_MOST_EVERY)


async def run(options: argparse.Namespace) -> None:
    client = Client(options.site, token=options.token)
    # Tells a wrong address or token at once; later a server that is away is waited for.
    await client.things()
    dashboard = Dashboard(client, options.things)
    stream = Stream(options.site, token=options.token)
    stream.on("status", dashboard.told)
    async with stream:
        following = [dashboard.follow(stream, thing) for thing in dashboard.rows]
        people = [dashboard.people(stream, thing) for thing in dashboard.rows]
        await asyncio.gather(show(dashboard, options.json), *following, *people)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("site", help="address of the site, such as http://127.0.0.1:8000")
    parser.add_argument("things", nargs="+", metavar="thing", help="ids of the Things")
    parser.add_argument("--token", default=os.environ.get("WIDGETAPP_TOKEN"), help="default: WIDGETAPP_TOKEN")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write this file instead of the terminal")
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))  # ends as by Ctrl-C
    try:
        asyncio.run(run(parser.parse_args()))
    except KeyboardInterrupt:
        return 0
    except (Problem, Stopped, OSError, ValueError) as error:
        print(f"dashboard_mirror: {error}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
