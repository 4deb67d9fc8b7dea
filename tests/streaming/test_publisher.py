"""What waits for the channel layer: bounded, in order, and nobody's crowd keeps another topic waiting (W7)."""

from streaming.fanout.publications import Publication
from streaming.fanout.publisher import QUEUE_MESSAGES, SEND_MESSAGES, Waiting

CROWD = 3 * SEND_MESSAGES


def numbered(number: int) -> Publication:
    return {"type": "state", "service": "presence", "topic": "t", "state": str(number)}


def test_w7_a_topic_with_many_publications_lets_the_others_have_their_turn() -> None:
    waiting = Waiting()
    for number in range(CROWD):
        waiting.put("busy", numbered(number))
    waiting.put("quiet", numbered(0))
    taken = [waiting.take() for _ in range(4)]
    assert [group for group, _ in taken] == ["busy", "quiet", "busy", "busy"]
    busy = [message for group, messages in taken if group == "busy" for message in messages]
    assert busy == [numbered(number) for number in range(CROWD)]
    assert not waiting


def test_w7_what_waits_is_bounded_and_the_oldest_is_dropped() -> None:
    waiting = Waiting()
    for number in range(QUEUE_MESSAGES + 1):
        waiting.put("busy", numbered(number))
    _, messages = waiting.take()
    assert messages[0] == numbered(1)
