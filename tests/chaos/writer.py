"""Somebody who edits, and what the server answered."""

import asyncio
import random
import time
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from widgetapp_stream.http import Problem

from tests.chaos.follower import Follower
from tests.waiting import PATIENCE_SECONDS

Json = dict[str, Any]

WORDS = ("tide", "lane", "harbour", "pool ", "🏊", "\n")


class Told:
    """What the server said to the writers."""

    def __init__(self) -> None:
        self.revisions: dict[str, int] = {}
        self.without_effect: set[str] = set()
        self.refused: set[str] = set()
        self.problems: Counter[int] = Counter()
        self.cut = 0
        self.moments: list[float] = []

    def answered(self, request: str, body: Json) -> None:
        self.revisions[request] = body["revision"]
        self.moments.append(time.monotonic())
        if not body["effects"]:
            self.without_effect.add(request)

    def require_each_once(self, changes: dict[int, str], first: int) -> None:
        """Lost 0, doubled 0: every answer's revision holds its request, no request has two, nobody else wrote."""
        log = {revision: request for revision, request in changes.items() if revision >= first}
        assert len(set(log.values())) == len(log)
        assert set(log.values()) <= set(self.revisions)
        assert set(self.revisions) - set(log.values()) <= self.without_effect
        assert {revision: request for request, revision in self.revisions.items() if request in log.values()} == log


class Writer:
    """Asks for actions of many kinds, each with one id until it is answered."""

    def __init__(self, follower: Follower, notes: Sequence[str], told: Told) -> None:
        self._follower, self._notes, self._told = follower, notes, told
        self._client, self._thing = follower.client, follower.thing
        self.after_cut: Callable[[], Awaitable[object]] | None = None

    async def act(self) -> None:
        request, actions = str(uuid.uuid4()), [self._action()]
        async with asyncio.timeout(2 * PATIENCE_SECONDS):  # it may meet one fault after the other
            while not await self._is_over(request, actions):  # noqa: ASYNC110
                await asyncio.sleep(random.uniform(0.1, 0.6))

    async def _is_over(self, request: str, actions: list[Json]) -> bool:
        """Asked once more: whether it was answered for good."""
        try:
            answer = await self._client.perform(self._thing, actions, id=request)
            self._told.answered(request, answer.body)
            return True
        except Problem as problem:
            self._told.problems[problem.status] += 1
            if problem.code == "base_too_old":
                self._told.refused.add(request)
                return True
            # What may be asked again is said so; anything else would be a fault of ours.
            if problem.status != 503 or "retry-after" not in problem.headers:
                raise
        except OSError:
            self._told.cut += 1
            if self.after_cut is not None:
                await self.after_cut()
        return False

    def _action(self) -> Json:
        note = random.choice(self._notes)
        kinds = {self._move: 35, self._edit: 30, self._style: 8, self._words: 4, self._come_and_go: 5}
        if random.random() < 0.18:
            return {"type": random.choice(("undo", "undo", "redo"))}
        return random.choices(list(kinds), list(kinds.values()))[0](note)

    def _move(self, note: str) -> Json:
        place = {"x": random.randint(0, 900), "y": random.randint(0, 900)}
        return {"type": "move", "widgets": [{"id": note, "place": place}]}

    def _edit(self, note: str) -> Json:
        """At the beginning, at the end, or instead of all that this client has seen."""
        found = next((one for one in self._follower.replica.widgets() if one["id"] == note), {})
        length = sum(len(part["insert"].encode("utf-16-le")) // 2 for part in found.get("text") or [])
        before: list[list[Json]] = [[], [{"retain": length}], [{"delete": length}]]
        chosen = random.choices(before, (4, 4, 1 if length < 60 else 8))[0] if length else []
        delta = [*chosen, {"insert": random.choice(WORDS)}]
        base = self._follower.replica.revision
        return {"type": "edit_text", "widget": note, "base_revision": base, "delta": delta}

    def _words(self, note: str) -> Json:
        return {"type": "set_text", "widget": note, "text": random.choice(WORDS) * random.randint(1, 4)}

    def _style(self, note: str) -> Json:
        return {"type": "style", "widgets": [note], "set": {"fill": f"#{random.randrange(16**6):06x}"}}

    def _come_and_go(self, note: str) -> Json:
        return {"type": random.choice(("delete", "restore", "restore")), "widgets": [note]}
