"""What processes tell each other through the channel layer: each publication, and the gossip of a state topic.

Workers of two versions may run side by side: a new field is not required, and a type that is not known is ignored.
"""

from typing import Literal, NotRequired, Required, TypedDict

from streaming.service import Values


class LogPublication(TypedDict):
    """An event, encoded as a frame. `at`: when it was published, Unix seconds."""

    type: Literal["log"]
    service: str
    topic: str
    epoch: str
    offset: int
    frame: str
    access_epoch: NotRequired[int]
    at: NotRequired[float]


class StatePublication(TypedDict):
    """`state`: `Gossip` as JSON, encoded once."""

    type: Literal["state"]
    service: str
    topic: str
    state: str


class AccessPublication(TypedDict):
    """Rights changed: of topics by name and of users by id; of sessions that ended, and connections to cut."""

    type: Literal["access"]
    topics: list[str]
    users: list[str]
    sessions: list[str]
    cut: list[str]


class HeldPublication(TypedDict):
    """How many connections each name holds in a process, by kind of name; all when `whole`, else what changed."""

    type: Literal["held"]
    process: str
    held: dict[str, dict[str, int]]
    whole: bool


Publication = LogPublication | StatePublication | AccessPublication | HeldPublication


class Gossip(TypedDict, total=False):
    """What a process says of a state topic: values that it has (`set`, all of them when `full`) and has no longer
    (`remove`); that it wants to hear the others' (`ask`); that a user's connection `replaces` is gone for good.
    """

    process: Required[str]
    set: Values
    full: bool
    remove: list[str]
    ask: bool
    replaces: str
    user: str
