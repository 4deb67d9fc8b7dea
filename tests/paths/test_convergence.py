"""Whatever happens on the way, everybody ends with the same Thing: a state machine over the real hub and database.

Clients come and go and stop reading; publications are lost, doubled and reordered; a process dies between commit and
publish; people, admin and programs write, undo and redo. 200 runs here; `CONVERGENCE_RUNS=5000` by hand.
"""

import asyncio
import os
from typing import Any

import pytest
from django.conf import settings as django_settings
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from uuid6 import uuid7

from accounts.models import User
from streaming.fanout import logs
from streaming.fanout.hub import Hub
from tests.paths.following import Follower
from tests.things.making import require_replayed, shown, wid
from tests.waiting import LOOK_SECONDS, patience
from things import editing
from things.actions import ACTIONS
from things.document.digest import of
from things.editing import write as writing
from things.errors import ThingsError
from things.models import Change, Membership, Role, Thing, Via

RUNS = int(os.environ.get("CONVERGENCE_RUNS", "200"))
WIDGETS = st.integers(1, 8).map(wid)
SOME = st.lists(WIDGETS, min_size=1, max_size=3, unique=True)
NUMBERS = st.integers(-500, 500)
PARENTS = st.one_of(st.none(), st.integers(1, 3).map(wid))
PLACES = st.builds(lambda parent, x, y: {"parent": parent, "x": x, "y": y}, PARENTS, NUMBERS, NUMBERS)
SIZES = st.builds(lambda w, h: {"width": w, "height": h}, st.integers(1, 400), st.integers(1, 400))
TEXTS = st.text(st.sampled_from("ab c\n😀é"), max_size=8)
STYLES = st.fixed_dictionaries({"fill": st.sampled_from(["#111111", "#222222", "none"])})
ENDS = st.sampled_from(["start", "end"])


def added(number: int, kind: str, place: dict[str, Any], text: str) -> dict[str, Any]:
    # The first three are frames, so that places have parents to name.
    kind = "frame" if number <= 3 else kind
    widget = {"id": wid(number), "kind": kind, "place": place}
    return widget if kind == "frame" else {**widget, "text": text}


KINDS = st.sampled_from(["note", "shape", "text", "connector"])
NEW = st.builds(added, st.integers(1, 8), KINDS, PLACES, TEXTS)


def action(type: str, **fields: Any) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"type": st.just(type), **fields})


def parts(**fields: Any) -> st.SearchStrategy[list[dict[str, Any]]]:
    return st.lists(
        st.fixed_dictionaries({"id": WIDGETS, **fields}), min_size=1, max_size=2, unique_by=lambda p: p["id"]
    )


ASKED: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "add": action("add", widgets=st.lists(NEW, min_size=1, max_size=2, unique_by=lambda w: w["id"])),
    "duplicate": st.builds(
        lambda old: {"type": "duplicate", "widgets": [old], "ids": {old: str(uuid7())}, "dx": 5}, WIDGETS
    ),
    "delete": action("delete", widgets=SOME),
    "restore": action("restore", widgets=SOME),
    "move": action("move", widgets=parts(place=PLACES)),
    "resize": action("resize", widgets=parts(size=SIZES)),
    "rotate": action("rotate", widgets=parts(rotation=st.integers(-400, 400))),
    "nudge": action("nudge", widgets=SOME, dx=NUMBERS, dy=NUMBERS),
    "align": action("align", widgets=SOME, edge=st.sampled_from(["left", "middle"])),
    "distribute": action("distribute", widgets=SOME, axis=st.sampled_from(["x", "y"])),
    "reparent": action("reparent", widgets=SOME, parent=PARENTS),
    "reorder": action("reorder", widgets=SOME, to=st.sampled_from(["front", "back", "forward", "backward"])),
    "style": action("style", widgets=SOME, set=STYLES),
    "set_fields": action("set_fields", widgets=parts(name=TEXTS)),
    "lock": action("lock", widgets=SOME, on=st.booleans()),
    "hide": action("hide", widgets=SOME, on=st.booleans()),
    "set_text": action("set_text", widget=WIDGETS, text=TEXTS),
    "edit_text": action("edit_text", widget=WIDGETS, base_revision=st.just(1), delta=st.just([{"insert": "z"}])),
    "connect": action("connect", widget=WIDGETS, end=ENDS, to=st.builds(lambda w: {"widget": w}, WIDGETS)),
    "disconnect": action("disconnect", widget=WIDGETS, end=ENDS),
    "rename": action("rename", title=TEXTS),
    "set_canvas": action("set_canvas", set=st.fixed_dictionaries({"grid": st.booleans()})),
    "set_thing": action("set_thing", set=st.fixed_dictionaries({"tags": st.lists(st.sampled_from("xyz"), max_size=2)})),
    "undo": action("undo"),
    "redo": action("redo"),
}
ALONE = {"undo", "redo"}
REQUESTS = st.one_of(
    st.lists(st.one_of(*[ASKED[name] for name in ASKED if name not in ALONE]), min_size=1, max_size=3),
    st.sampled_from(["undo", "redo"]).map(lambda name: [{"type": name}]),
)


def test_every_action_takes_part() -> None:
    assert set(ASKED) == set(ACTIONS)


class Convergence(RuleBasedStateMachine):
    people: list[User]

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.wire: list[dict[str, Any]] = []
        self.sent: list[tuple[User, dict[str, Any]]] = []
        self.keep_publication = writing.publish
        writing.publish = self.publish  # type: ignore[assignment]

    def publish(self, service: str, topic: str, **event: Any) -> None:
        self.wire.append({"type": "log", "service": service, "topic": topic, **event, "frame": event["frame"].decode()})

    def run(self, work: Any) -> Any:
        return self.loop.run_until_complete(work)

    @initialize()
    def begin(self) -> None:
        ana, jonas = self.people
        self.thing = editing.create(ana, {"title": "Run"}, via=Via.EDITOR)
        Membership.objects.create(thing=self.thing, user=jonas, role=Role.EDITOR)

        async def make() -> Hub:
            return Hub()

        self.hub = self.run(make())
        self.followers = [Follower(self.hub, person, self.thing.pk) for person in (ana, jonas, ana)]
        for follower in self.followers[:2]:
            self.run(follower.connect())

    @rule(
        who=st.integers(0, 1), asked=REQUESTS, via=st.sampled_from(list(Via)), group=st.sampled_from([None, "g1", "g2"])
    )
    def write(self, who: int, asked: list[dict[str, Any]], via: Via, group: str | None) -> None:
        request = {"id": str(uuid7()), "actions": asked, **({"group": group} if group else {})}
        self.perform(self.people[who], request, via)
        self.sent.append((self.people[who], request))

    def perform(self, person: User, request: dict[str, Any], via: Via) -> None:
        before = Thing.objects.get(pk=self.thing.pk).revision
        try:
            editing.perform(self.thing.pk, person, request, via=via, staff=via is Via.ADMIN)
        except ThingsError:
            # All or nothing (W2).
            assert Thing.objects.get(pk=self.thing.pk).revision == before

    @rule(data=st.data())
    def ask_again(self, data: st.DataObject) -> None:
        """A client that got no answer sends the same request again (W1)."""
        if self.sent:
            person, request = data.draw(st.sampled_from(self.sent[-5:]))
            known = Change.objects.filter(thing=self.thing, request_id=request["id"]).exists()
            count = Change.objects.filter(thing=self.thing).count()
            self.perform(person, request, Via.API)
            assert not known or Change.objects.filter(thing=self.thing).count() == count

    @rule(data=st.data(), fate=st.sampled_from(["deliver", "deliver", "deliver", "twice", "lose"]))
    def wire_moves(self, data: st.DataObject, fate: str) -> None:
        """Any publication may be next; a lost one is also a process that died after its commit."""
        if self.wire:
            message = self.wire.pop(data.draw(st.integers(0, min(3, len(self.wire) - 1))))
            self.run(self.arrive(message, {"deliver": 1, "twice": 2, "lose": 0}[fate]))

    async def arrive(self, message: dict[str, Any], times: int) -> None:
        for _ in range(times):
            self.hub._receive(message)
        await self.settle()

    @rule(which=st.integers(0, 2))
    def come_or_go(self, which: int) -> None:
        follower = self.followers[which]
        if follower.connection is None:
            self.run(follower.connect())
        else:
            follower.disconnect()
        self.run(self.settle())

    @rule(which=st.integers(0, 2), reads=st.booleans())
    def stop_reading(self, which: int, reads: bool) -> None:
        self.followers[which].reads = reads

    @rule()
    def sweep(self) -> None:
        self.run(self.swept())
        self.run(self.settle())

    async def swept(self) -> None:
        """One sweep of the heads, and the repairs it leads to."""
        self.hub.logs.sweep()
        while self.hub._jobs:
            await asyncio.wait(tuple(self.hub._jobs))

    async def settle(self) -> None:
        """Until nobody who reads has anything to do. A replay to who does not read waits for them, not we for it."""
        async with patience():
            await self._settle()

    async def _settle(self) -> None:
        while True:
            reading = [f for f in self.followers if f.reads and f.connection is not None]
            replaying = [f.connection.replay.task for f in reading if f.connection and f.connection.replay.task]
            await asyncio.sleep(0)  # events are delivered at the end of a turn
            if jobs := [*self.hub._jobs, *replaying]:
                await asyncio.wait(jobs, timeout=LOOK_SECONDS)
            for follower in reading:
                await follower.read()
            if not jobs and not any(follower.frames for follower in reading):
                return

    def teardown(self) -> None:
        try:
            if hasattr(self, "hub"):
                self.finish()
        finally:
            writing.publish = self.keep_publication
            if hasattr(self, "hub"):
                for follower in self.followers:
                    follower.disconnect()
                self.run(self.hub.stop())
            self.loop.close()

    def finish(self) -> None:
        for follower in self.followers:
            follower.reads = True
            if follower.connection is None:
                self.run(follower.connect())
        self.run(self.settle())
        self.run(self.swept())
        self.run(self.settle())
        require_replayed(self.thing)
        present, thing = shown(self.thing), Thing.objects.get(pk=self.thing.pk)
        assert of(present) == thing.digest
        for follower in self.followers:
            assert follower.replica.revision == thing.revision
            assert follower.replica.widgets_as_json() == present
            assert len(set(follower.applied)) == len(follower.applied)


@pytest.mark.django_db(transaction=True)
def test_everybody_converges(ana: User, jonas: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "LATE_SECONDS", 0.0)  # nothing is on its way while the machine looks
    monkeypatch.setattr(django_settings, "THINGS_PER_DAY", 10 * RUNS)  # each run makes one
    monkeypatch.setattr(django_settings, "LOG_BYTES_PER_DAY", 1 << 40)
    Convergence.people = [ana, jonas]
    run_state_machine_as_test(
        Convergence,
        settings=settings(
            max_examples=RUNS,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.explicit, Phase.generate, Phase.shrink],
            database=None,
        ),
    )
