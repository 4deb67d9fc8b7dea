"""CPU of work that is not rows, of 300 random requests and 100 random documents within the limits.

    .venv/bin/python -m bench.cost [--requests 300] [--documents 100] [--seed 1]

Prints one JSON line. In this process, on a throwaway SQLite, garbage collected as in a worker; `thread_time` of each
request, less what is spent in reading and writing rows (SQL, JSON columns, digest, the row of the log), interleaved
with controls, their rows left out too: `style` of 100 widgets, and `style` of one, which is what a request costs by
itself. Documents are drawn as cards and as the editor's first paint.

`worst_seconds` by sort. CPU per effect (or widget named, or effect undone) and per KiB of what is asked, answered and
undone, as ratios to those of `style` of 100, the smaller of both. `ratio`: what touches fewer widgets than the control,
or has less KiB, is taken for as large, for a request by itself costs something. `unrounded`: it is not. `sixteen`: the
CPU at 16 n by that at n. What the budget refuses is listed.
"""

import argparse
import gc
import json
import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import django

Json = dict[str, Any]


def prepare(directory: str) -> None:
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "widgetapp.settings",
        "DATABASE_URL": f"sqlite:///{directory}/bench.sqlite3",
        "SQLITE_SYNCHRONOUS": "OFF",
        "ACTIONS_PER_MINUTE": "1000000",
    }
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from widgetapp.worker import GC_THRESHOLDS

    gc.set_threshold(*GC_THRESHOLDS)
    gc.collect()
    gc.freeze()


class Rows:
    """How much CPU went into rows since it was asked last."""

    def __init__(self) -> None:
        self.spent, self._inside = 0.0, False

    def watch(self) -> None:
        from things import document
        from things.document import rows
        from things.editing import log as history
        from things.editing import write as writing

        for name in ("load", "above", "below", "fronts", "keys", "ending_at"):
            self._wrap(rows.Rows, name)
        for name in ("save_widgets", "save_thing", "weigh", "append", "keep_undo_steps", "change_of"):
            self._wrap(writing, name)
        for name in ("hold", "fetch_ties"):
            self._wrap(document.Document, name)
        self._wrap(history.ChangeLog, "_changes")
        self._wrap(history.ChangeLog, "_texts")

    def _wrap(self, owner: Any, name: str) -> None:
        inner = getattr(owner, name)

        def timed(*arguments: Any, **named: Any) -> Any:
            if self._inside:
                return inner(*arguments, **named)
            self._inside, begun = True, time.thread_time()
            try:
                return inner(*arguments, **named)
            finally:
                self._inside = False
                self.spent += time.thread_time() - begun

        setattr(owner, name, timed)


def wid(number: int) -> str:
    return f"00000000-0000-7000-8000-{number:012x}"


def ids(first: int, count: int) -> list[str]:
    return [wid(number) for number in range(first, first + count)]


def note(number: int, parent: str | None = None, text: str = "", kind: str = "note") -> Json:
    place = {"parent": parent, "x": number % 997, "y": number % 89}
    return {"id": wid(number), "kind": kind, "place": place, **({"text": text} if text else {})}


def frames(first: int, count: int, each: int) -> list[Json]:
    """Frames in frames, `each` to one; with 1 a chain, begun anew where it is as deep as may be."""
    made = []
    for index in range(count):
        top = index % 32 == 0 if each == 1 else index == 0
        outer = None if top else wid(first + (index - 1 if each == 1 else (index - 1) // each))
        made.append({**note(first + index, outer, kind="frame"), "rotation": index % 7 * 5})
    return made


def connectors(first: int, count: int, targets: int) -> list[Json]:
    ends = [
        {"start": {"widget": wid(1 + k % targets)}, "end": {"widget": wid(1 + (k * 7 + 1) % targets)}}
        for k in range(count)
    ]
    return [{"id": wid(first + k), "kind": "connector", **ends[k]} for k in range(count)]


Steps = Iterator[tuple[list[Json], str, bool]]  # actions, group, whether it is measured


def long_texts(size: int, dice: random.Random) -> Steps:
    letters = dice.choice(["aX", "word ", "äöü ", "x"])
    yield [{"type": "add", "widgets": [note(1, text=(letters * size)[: 3 * size])]}], "", True
    yield [{"type": "set_text", "widget": wid(1), "text": ("Y" + letters * size)[: 3 * size]}], "", True
    delta = [{"insert": letters} if k % 2 else {"retain": 1, "attributes": {"bold": True}} for k in range(size // 2)]
    yield [{"type": "edit_text", "widget": wid(1), "base_revision": 2, "delta": delta}], "", True
    yield [{"type": "undo"}], "", True


def deep_trees(size: int, dice: random.Random) -> Steps:
    each = dice.choice([1, 2, 5])
    yield [{"type": "add", "widgets": frames(1, size, each)}], "", True
    yield [{"type": "nudge", "widgets": ids(1, size), "dx": 3}], "", True
    yield [{"type": "align", "widgets": ids(1, size), "edge": "right"}], "", True
    yield [{"type": "reparent", "widgets": ids(2, size - 1), "parent": None}], "", True
    yield [{"type": "undo"}], "", True
    new = dict(zip(ids(1, size), ids(size + 1, size), strict=True))
    yield [{"type": "duplicate", "widgets": [wid(1)], "ids": new, "dx": 5}], "", True
    yield [{"type": "delete", "widgets": [wid(1)]}], "", True
    yield [{"type": "restore", "widgets": ids(1, size)}], "", True


def many_connectors(size: int, dice: random.Random) -> Steps:
    targets = max(2, size // dice.choice([1, 4, 40]))
    yield [{"type": "add", "widgets": [note(k) for k in range(1, targets + 1)]}], "", False
    yield [{"type": "add", "widgets": connectors(targets + 1, size, targets)}], "", True
    yield [{"type": "nudge", "widgets": ids(1, targets + size), "dx": 1}], "", True
    yield [{"type": "delete", "widgets": ids(1, targets)}], "", True
    yield [{"type": "undo"}], "", True
    yield [{"type": "redo"}], "", True


def big_groups(size: int, dice: random.Random) -> Steps:
    count = max(2, size // 20)
    yield [{"type": "add", "widgets": [note(k, text="begin") for k in range(1, 41)]}], "", False
    for k in range(count):
        moves = {"type": "nudge", "widgets": ids(1, 40), "dx": 1}
        types = {"type": "edit_text", "widget": wid(1 + k % 3), "base_revision": 2 + k, "delta": [{"insert": f"{k} "}]}
        yield [dice.choice([moves, types])], "gesture", False
    for kind in ("undo", "redo", "undo"):
        yield [{"type": kind}], "", True


def orders(size: int, dice: random.Random) -> Steps:
    yield [{"type": "add", "widgets": [note(k) for k in range(1, size + 1)]}], "", True
    for to in ("front", "back", "forward", "backward"):
        yield [{"type": "reorder", "widgets": dice.sample(ids(1, size), size // 3 + 1), "to": to}], "", True
    again = [
        {"type": "reorder", "widgets": [dice.choice(ids(1, size))], "above": dice.choice(ids(1, size))}
        for _ in range(200)
    ]
    yield again, "", True


SORTS: dict[str, Callable[[int, random.Random], Steps]] = {
    "long texts": long_texts,
    "deep trees": deep_trees,
    "many connectors": many_connectors,
    "big groups": big_groups,
    "orders": orders,
}


class Bench:
    def __init__(self) -> None:
        from accounts.models import User
        from things import editing
        from things.models import Via

        self._editing, self._via = editing, Via.COMMAND
        self._user = User.objects.create_user("bench@example.org", None, name="Bench")
        self._rows = Rows()
        self._rows.watch()
        self._control = self._thing()
        self.perform(self._control, [{"type": "add", "widgets": [note(k) for k in range(1, 101)]}])
        self._colour = 0

    def _thing(self) -> Any:
        return self._editing.create(self._user, {"title": "Bench"}, via=self._via)

    def perform(self, thing: Any, actions: list[Json], group: str = "") -> Json:
        """One request: CPU of what is not rows, effects, KiB asked and answered."""
        from things.errors import ThingFull, TooLarge

        request = {"actions": actions, **({"group": group} if group else {})}
        self._rows.spent, begun, effects, refused = 0.0, time.thread_time(), [], ""
        try:
            effects = self._editing.perform(thing.pk, self._user, request, via=self._via).effects
        except (TooLarge, ThingFull) as error:
            refused = error.detail
        seconds = time.thread_time() - begun - self._rows.spent
        undone = self._undone(thing) if actions[0]["type"] in ("undo", "redo") else []
        size_bytes = len(json.dumps(request)) + len(json.dumps(effects)) + len(json.dumps(undone))
        named = sum(len(action.get("widgets", [1])) for action in actions)
        touched = max(len(effects), named, len(undone))
        return {"seconds": seconds, "effects": touched, "kib": size_bytes / 1024, "refused": refused}

    def _undone(self, thing: Any) -> list[Json]:
        """Effects that the newest change takes back or brings again."""
        from things.models import Change

        undoes = Change.objects.filter(thing=thing).latest("revision").undoes
        changes = Change.objects.filter(thing=thing, revision__among=undoes)
        return [effect for change in changes for effect in change.effects]

    def control(self, widgets: int) -> Json:
        self._colour += 1
        style = {"type": "style", "widgets": ids(1, widgets), "set": {"fill": f"#{self._colour:06x}"}}
        return self.perform(self._control, [style])

    def run(self, sort: str, size: int, dice: random.Random) -> Iterator[Json]:
        thing = self._thing()
        for actions, group, measured in SORTS[sort](size, dice):
            done = self.perform(thing, actions, group)
            if measured:
                yield {"sort": sort, "what": f"{actions[0]['type']}", "size": size, **done}


def median(of: list[Json], share: Callable[[Json], float]) -> float:
    return statistics.median(map(share, of))


def told(done: list[Json], control: list[Json], alone: list[Json]) -> Json:
    report: Json = {
        "requests": len(done),
        "control_ms": round(1000 * median(control, lambda one: one["seconds"]), 2),
        "alone_ms": round(1000 * median(alone, lambda one: one["seconds"]), 2),
    }
    for sort in SORTS:
        ours = [one for one in done if one["sort"] == sort]
        passed = [one for one in ours if not one["refused"]]
        if not passed:
            continue
        worst = max(passed, key=lambda one: one["seconds"])
        report[sort] = {
            "worst_seconds": round(worst["seconds"], 3),
            "of": f"{worst['what']} at {worst['size']}",
            "ratio": shares(passed, control, least=True),
            "unrounded": shares(passed, control, least=False),
            "refused": sorted({one["refused"] for one in ours if one["refused"]}),
        }
    return report


def shares(passed: list[Json], control: list[Json], *, least: bool) -> Json:
    """Median and worst of CPU per effect or per KiB, by the control's. `least`: nothing is smaller than the control."""
    effects, kib = control[0]["effects"], control[0]["kib"]
    per_effect = median(control, lambda one: one["seconds"] / effects)
    per_kib = median(control, lambda one: one["seconds"] / kib)
    small, light = (effects, kib) if least else (0, 0)
    ratios = []
    for one in passed:
        by_effects = one["seconds"] / max(one["effects"], small) / per_effect
        # Whatever is smaller: a long text is one effect, a delete of one frame has few bytes.
        ratio = min(by_effects, one["seconds"] / max(one["kib"], light) / per_kib)
        ratios.append((round(ratio, 2), f"{one['what']} at {one['size']}"))
    return {"median": statistics.median(ratio for ratio, _ in ratios), "worst": max(ratios)}


def drawn(count: int) -> Json:
    """CPU of each document's card and first paint: the worst of each sort."""
    from bench.cost_documents import documents
    from things.drawing import svg
    from things.models.thing import default_canvas

    worst: dict[str, float] = {}
    for document in documents(count=count):
        for thumbnail in (True, False):
            begun = time.thread_time()
            svg(document.widgets, canvas=default_canvas(), thumbnail=thumbnail)
            seconds = time.thread_time() - begun
            worst[document.sort] = round(max(worst.get(document.sort, 0), seconds), 3)
    return worst


def sixteen(bench: Bench, seed: int) -> Json:
    """CPU at 16 n by CPU at n, of the costliest request of each sort."""
    ratios = {}
    for sort in SORTS:
        small, large = (
            max(one["seconds"] for one in bench.run(sort, size, random.Random(seed))) for size in (200, 3200)
        )
        ratios[sort] = round(large / small, 1)
    return ratios


@contextmanager
def directory() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="bench-cost.") as made:
        yield str(Path(made))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=300)
    parser.add_argument("--documents", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with directory() as made:
        prepare(made)
        bench, dice = Bench(), random.Random(options.seed)
        done, control, alone = list[Json](), list[Json](), list[Json]()
        while len(done) < options.requests:
            sort = dice.choice(list(SORTS))
            done += bench.run(sort, int(10 ** dice.uniform(1, 3.6)), dice)
            control += [bench.control(100) for _ in range(5)]
            alone += [bench.control(1) for _ in range(5)]
        report = told(done, control, alone)
        print(json.dumps({**report, "documents": drawn(options.documents), "sixteen": sixteen(bench, options.seed)}))


if __name__ == "__main__":
    main()
