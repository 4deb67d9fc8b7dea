"""Makes a note of each row of a CSV file, in a grid. Run it again and the notes are updated, not doubled.

A row is known by the value of its --key column, or by its number. Notes that people moved stay where they are; notes
that people deleted stay deleted, unless you say --restore. Interrupted, it goes on where it was when it is run again.
"""

import argparse
import asyncio
import csv
import os
import sys
import uuid
from collections import Counter
from collections.abc import Iterator
from typing import Any

from widgetapp_stream import Answer, Client, Problem

Json = dict[str, Any]
Task = tuple[int, Json]  # the number of a row, and what to do for it

BATCH = 200  # actions a request; the server takes 500, and 1 MiB
TRIES = 5
WIDTH, HEIGHT, GAP = 180, 120, 20


def rows_of(options: argparse.Namespace) -> dict[int, tuple[str, str]]:
    """Key and text of each row by its number, the line with the names being row 1. Raises ValueError."""
    with open(options.csv, newline="", encoding="utf-8-sig") as file:
        reader = csv.DictReader(file, strict=True)
        names = reader.fieldnames or []
        for name in filter(None, (options.key, *options.text)):
            if name not in names:
                raise ValueError(f"no column {name!r}; there are {', '.join(names)}")
        rows: dict[int, tuple[str, str]] = {}
        seen: dict[str, int] = {}
        for number, row in enumerate(reader, 2):
            if None in row or None in row.values():
                raise ValueError(f"row {number}: expected {len(names)} values")
            key = row[options.key] if options.key else str(number)
            if key in seen:
                raise ValueError(f"row {number}: the key {key!r} is that of row {seen[key]} too")
            seen[key] = number
            rows[number] = key, "\n".join(row[name] for name in options.text or names)
        return rows


def plain(widget: Json) -> str:
    return "".join(part["insert"] for part in widget.get("text", []))


class Import:
    """`counts` is what became of the rows."""

    def __init__(self, client: Client, options: argparse.Namespace) -> None:
        self._client, self._options = client, options
        self.counts: Counter[str] = Counter()

    async def run(self, rows: dict[int, tuple[str, str]]) -> None:
        thing, _ = await self._client.thing(self._options.thing)
        living = {widget["id"]: widget for widget in thing["widgets"]}
        tasks = list(self._tasks(rows, living))
        self.counts["same"] = len(rows) - len(tasks)
        for start in range(0, len(tasks), BATCH):
            await self._perform(tasks[start : start + BATCH])
            print(f"{min(start + BATCH, len(tasks))} of {len(tasks)}", file=sys.stderr, flush=True)

    def _tasks(self, rows: dict[int, tuple[str, str]], living: dict[str, Json]) -> Iterator[Task]:
        for index, (number, (key, text)) in enumerate(rows.items()):
            id = str(uuid.uuid5(uuid.UUID(self._options.thing), f"csv {key}"))
            if id not in living:
                down, right = divmod(index, self._options.columns)
                place = {"parent": None, "x": right * (WIDTH + GAP), "y": down * (HEIGHT + GAP)}
                note = {"id": id, "kind": "note", "place": place, "size": {"width": WIDTH, "height": HEIGHT}}
                yield number, {"type": "add", "widgets": [{**note, "name": f"Row {key}"[:200], "text": text}]}
            elif plain(living[id]) != text.replace("\r\n", "\n").replace("\r", "\n"):
                yield number, {"type": "set_text", "widget": id, "text": text}

    async def _perform(self, tasks: list[Task]) -> None:
        """A row that is refused is told and left out, and the rest is done."""
        try:
            answer = await self._sent([action for _, action in tasks])
        except Problem as problem:
            if problem.status == 413 and len(tasks) > 1:  # long rows: fewer at a time
                for half in (tasks[: len(tasks) // 2], tasks[len(tasks) // 2 :]):
                    await self._perform(half)
                return
            wrong = {int(error["pointer"].split("/")[2]): error["detail"] for error in problem.errors}
            if problem.status != 422 or not wrong:
                raise
            for index, detail in sorted(wrong.items()):
                print(f"row {tasks[index][0]}: {detail}", file=sys.stderr, flush=True)
            self.counts["refused"] += len(wrong)
            if rest := [task for index, task in enumerate(tasks) if index not in wrong]:
                await self._perform(rest)
            return
        gone = {told["action"]: told["reason"] for told in answer.body["skipped"]}
        deleted = [task for index, task in enumerate(tasks) if gone.get(index) == "exists"]
        skipped = sum(reason != "exists" for reason in gone.values())
        added = sum(action["type"] == "add" for _, action in tasks) - len(deleted)
        self.counts += Counter(added=added, changed=len(tasks) - len(gone) - added, skipped=skipped)
        await self._restore([action["widgets"][0] for _, action in deleted])

    async def _restore(self, notes: list[Json]) -> None:
        """These were there once, and somebody deleted them."""
        self.counts["restored" if self._options.restore else "deleted by people"] += len(notes)
        if notes and self._options.restore:
            words: list[Json] = [{"type": "set_text", "widget": note["id"], "text": note["text"]} for note in notes]
            await self._sent([{"type": "restore", "widgets": [note["id"] for note in notes]}, *words])

    async def _sent(self, actions: list[Json]) -> Answer:
        """Under one id: a request whose answer was lost is made again, and does nothing if it was done."""
        id = str(uuid.uuid4())
        for attempt in range(1, TRIES):
            try:
                return await self._client.perform(self._options.thing, actions, id=id)
            except OSError:
                await asyncio.sleep(attempt)
        return await self._client.perform(self._options.thing, actions, id=id)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("site", help="address of the site, such as http://127.0.0.1:8000")
    parser.add_argument("thing", help="id of the Thing")
    parser.add_argument("csv", help="the file; its first line names the columns")
    token = os.environ.get("WIDGETAPP_TOKEN")
    parser.add_argument("--token", default=token, required=not token, help="default: WIDGETAPP_TOKEN")
    parser.add_argument("--key", metavar="COLUMN", help="tells the rows apart; default: the number of the row")
    parser.add_argument("--text", metavar="COLUMN", action="append", default=[], help="default: all of them")
    parser.add_argument("--columns", type=int, default=10, help="notes beside each other; default: 10")
    parser.add_argument("--restore", action="store_true", help="bring back notes that somebody deleted")
    options = parser.parse_args()
    try:
        importing = Import(Client(options.site, token=options.token), options)
        asyncio.run(importing.run(rows_of(options)))
    except KeyboardInterrupt:
        print("csv_importer: interrupted; run it again to go on", file=sys.stderr)
        return 130
    except (Problem, OSError, ValueError, csv.Error) as error:
        print(f"csv_importer: {error}", file=sys.stderr)
        return 1
    print(", ".join(f"{count} {word}" for word, count in sorted(importing.counts.items()) if count) or "nothing to do")
    return 1 if importing.counts["refused"] else 0


if __name__ == "__main__":
    sys.exit(main())
