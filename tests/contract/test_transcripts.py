"""The golden transcripts against the Python client; the same files are run against the JavaScript one."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.contract.application import Application
from tests.contract.world import World, settle

TRANSCRIPTS = sorted(Path(__file__).parent.joinpath("transcripts").glob("*.json"))

Json = dict[str, Any]


def transcripts() -> list[Any]:
    """All of them; those that name their clients and not this one are skipped."""
    read = [json.loads(path.read_text()) for path in TRANSCRIPTS]
    return [pytest.param(transcript, id=transcript["name"], marks=marks(transcript)) for transcript in read]


def marks(transcript: Json) -> list[pytest.MarkDecorator]:
    """A program has no hidden page; this client has no way but a WebSocket (E3), and plain handlers only."""
    clients = transcript.get("clients", ["python"])
    return [] if "python" in clients else [pytest.mark.skip(reason=f"for {' and '.join(clients)} only")]


async def take(world: World, app: Application, step: Json) -> None:
    """One step, done or checked."""
    match step:
        case {"call": _}:
            app.call(step)
        case {"together": calls}:
            for call in calls:
                app.call(call)
        case {"refused": call}:
            with pytest.raises(ValueError, match="expected at most"):
                app.call(call)
        case {"accept": True}:
            world.socket().owner.opened()
        case {"server": frame}:
            world.socket(step.get("on", -1)).owner.received(json.dumps(frame), 0.0)
        case {"text": text}:
            world.socket().owner.received(text, 0.0)
        case {"drop": code}:
            world.socket(step.get("on", -1)).owner.closed(code, "")
        case {"advance": seconds}:
            await world.timers.advance(seconds)
        case {"online": True}:
            app.stream.wake()
        case {"failing": topic}:
            app.failing.add(topic)
        case {"closing": topic}:
            app.closing.add(topic)
        case _:
            check(world, app, step)


def check(world: World, app: Application, step: Json) -> None:
    match step:
        case {"client": frame}:
            assert world.socket(step.get("on", -1)).sent.pop(0) == frame
        case {"closed": index}:
            assert world.socket(index).closed == 1000
        case {"sockets": count}:
            assert len(world.sockets) == count
        case {"told": expected}:
            told, app.told[:] = list(app.told), []
            assert told == expected
        case {"reported": count}:
            reports, world.reports[:] = world.reports[:count], world.reports[count:]
            assert len(reports) == count
        case {"position": topic, "offset": offset}:
            assert app.topics[topic].position.offset == offset
        case {"values": topic, "are": values}:
            assert app.topics[topic].values == values
        case {"status": status}:
            assert app.stream.status == status
            assert app.stream.reason == step.get("reason", app.stream.reason)
        case _:
            pytest.fail(f"a step of no known kind: {step}")


@pytest.mark.parametrize("transcript", transcripts())
async def test_transcript(transcript: Json) -> None:
    world = World(transcript.get("random", 0.5))
    app = Application(world, transcript)
    for index, step in enumerate(transcript["steps"]):
        try:
            await take(world, app, step)
        except AssertionError as error:
            raise AssertionError(f"step {index} {step}: {error}") from None
        await settle()
        await world.timers.advance(0)
    assert [frame for socket in world.sockets for frame in socket.sent] == [], "frames nobody expected"
    assert app.told == [], "told without being expected"
    assert world.reports == [], "errors nobody expected"
    await app.stream.close()
    await world.tasks.close()
