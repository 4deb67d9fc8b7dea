"""A turn for each Thing: who writes leaves threads to who reads, and no Thing holds up another."""

import asyncio
from collections.abc import Awaitable, Callable
from uuid import UUID

import pytest

from widgetapp.edge.refusals import Busy
from widgetapp.edge.turns import Left, Turns, read, written

ONE, OTHER = UUID(int=1), UUID(int=2)


async def stays() -> None:
    await asyncio.get_running_loop().create_future()


def wait_for(
    turns: Turns, key: UUID | None, address: str = "a", left: Callable[[], Awaitable[None]] = stays
) -> "asyncio.Task[None]":
    return asyncio.ensure_future(turns.take(key, address, left))


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


@pytest.mark.parametrize(
    ("path", "of_writer", "of_reader"),
    [
        (f"/api/things/{ONE}/", ONE, ONE),
        (f"/api/things/{ONE}/actions/rename/", ONE, ONE),
        (f"/api/things/{str(ONE).upper()}/members/", ONE, ONE),
        ("/api/things/", None, None),
        ("/api/things/import/", None, None),
        (f"/things/{ONE}/", None, ONE),
        (f"/things/{ONE}/thumbnail.svg", None, ONE),
        ("/", None, None),
    ],
)
def test_q5_the_thing_of_a_path(path: str, of_writer: UUID | None, of_reader: UUID | None) -> None:
    assert (written(path), read(path)) == (of_writer, of_reader)


async def test_q5_two_write_a_thing_and_all_leave_two_threads() -> None:
    turns = Turns(threads=8, queue=64, queue_seconds=60)
    of_one = [wait_for(turns, ONE) for _ in range(5)]
    await settled()
    assert [task.done() for task in of_one] == [True, True, False, False, False]
    others = [wait_for(turns, UUID(int=number)) for number in range(10, 20)]
    await settled()
    assert sum(task.done() for task in others) == 4
    turns.give_back(ONE)
    await settled()
    assert sum(task.done() for task in of_one) == 3
    for task in [*of_one, *others]:
        task.cancel()


async def test_q5_a_thread_is_enough_for_one_writer() -> None:
    turns = Turns(threads=1, queue=64, queue_seconds=60)
    first, second = wait_for(turns, ONE), wait_for(turns, OTHER)
    await settled()
    assert (first.done(), second.done()) == (True, False)
    turns.give_back(ONE)
    await second


async def test_q5_free_turns_go_round_the_things() -> None:
    """Sixty wait for one Thing; who comes for another is next, not sixty-first."""
    turns = Turns(threads=3, queue=64, queue_seconds=60)
    order: list[UUID] = []

    async def write(key: UUID) -> None:
        await turns.take(key, "a", stays)
        order.append(key)
        await asyncio.sleep(0)
        turns.give_back(key)

    crowd = [asyncio.ensure_future(write(ONE)) for _ in range(60)]
    await asyncio.sleep(0)
    late = asyncio.ensure_future(write(OTHER))
    await asyncio.gather(*crowd, late)
    assert order.index(OTHER) <= 3
    assert turns.waiting == 0


async def test_q5_waiting_is_bounded_by_thing_and_by_address() -> None:
    turns = Turns(threads=3, queue=2, queue_seconds=60)
    await turns.take(ONE, "a", stays)
    waiting = [wait_for(turns, ONE, address) for address in "bc"]
    await settled()
    with pytest.raises(Busy):
        await turns.take(ONE, "d", stays)
    waiting += [wait_for(turns, OTHER, "b")]
    await settled()
    with pytest.raises(Busy):
        await turns.take(UUID(int=3), "b", stays)
    for task in waiting:
        task.cancel()
    await settled()
    assert turns.waiting == 0
    waiting = [wait_for(turns, ONE, "b") for _ in range(2)]
    await settled()
    assert turns.waiting == 2
    for task in waiting:
        task.cancel()


async def test_q5_who_waits_too_long_or_leaves_gives_up_the_place() -> None:
    turns = Turns(threads=3, queue=64, queue_seconds=0.01)
    await turns.take(ONE, "a", stays)
    with pytest.raises(Busy) as busy:
        await turns.take(ONE, "a", stays)
    assert busy.value.retry_seconds

    async def leaves() -> None:
        await asyncio.sleep(0)

    patient = Turns(threads=3, queue=64, queue_seconds=60)
    await patient.take(ONE, "a", stays)
    with pytest.raises(Left):
        await patient.take(ONE, "a", leaves)
    assert patient.waiting == 0
    patient.give_back(ONE)
    await patient.take(ONE, "a", stays)


async def test_q5_a_turn_given_to_one_who_left_at_that_moment_goes_on() -> None:
    turns = Turns(threads=3, queue=64, queue_seconds=60)
    await turns.take(ONE, "a", stays)
    first, second = wait_for(turns, ONE), wait_for(turns, ONE)
    await settled()
    first.cancel()
    turns.give_back(ONE)
    await second
    assert first.cancelled()
