"""Where an answer of HTTP push stands, in the `id:` of an event: a reconnect goes on exactly from there (E1).

    <hash of the subscribe= list>/<epoch>:<offset>,,<epoch>:<offset>

One place for each `subscribe=`, in their order; empty for state, and for a log that has not begun.
"""

import re
from collections.abc import Sequence
from hashlib import sha256

from streaming.close_codes import CloseCode
from streaming.connection import Connection
from streaming.decoding import MAX_INTEGER
from streaming.errors import Denied, Refused
from streaming.protocol import Position, SubscriptionRequest
from streaming.service import Key
from streaming.services.registry import service_named

ID_BYTES = 4096
_PLACE = re.compile(r"([a-z][a-z0-9]{3,15}):([0-9]{1,16})\Z")


def tag_of(asked: Sequence[str]) -> str:
    """Stands for the list, so that an id is never taken for a place in another list."""
    return sha256("\n".join(asked).encode()).hexdigest()[:16]


def read(text: str, asked: Sequence[str]) -> list[Position | None]:
    """The position of each `subscribe=`; `Refused` for an id that this list was not given."""
    tag, slash, places = text.partition("/")
    parts = places.split(",")
    if len(text) > ID_BYTES or not slash or tag != tag_of(asked) or len(parts) != max(1, len(asked)):
        raise Refused(CloseCode.PROTOCOL_ERROR, "Last-Event-ID is not of an answer to this query")
    return [_position(part) if part else None for part in parts][: len(asked)]


def _position(text: str) -> Position:
    found = _PLACE.match(text)
    if found is None or int(found[2]) > MAX_INTEGER:
        raise Refused(CloseCode.PROTOCOL_ERROR, "Last-Event-ID cannot be read")
    return Position(epoch=found[1], offset=int(found[2]))


class Places:
    """The logs of one answer, and how far the answer has got in each."""

    def __init__(self, connection: Connection, asked: Sequence[str], requests: Sequence[SubscriptionRequest]) -> None:
        self._connection, self._tag = connection, tag_of(asked)
        keys = [self._key(request) for request in requests]
        self._indexes = {key: [i for i, other in enumerate(keys) if other == key] for key in keys if key is not None}
        self._texts = [""] * len(requests)
        self._known: dict[Key, Position | None] = {}
        self._told = ""

    def _key(self, request: SubscriptionRequest) -> Key | None:
        try:
            service = service_named(request.service)
            return service.name, service.resolve(self._connection.context, request.topic)
        except Denied:
            return None

    def news(self) -> str:
        """The id for the next event; empty where no log moved since the last id."""
        moved = not self._told
        for key, indexes in self._indexes.items():
            subscription = self._connection.subscriptions.get(key)
            place = subscription.position() if subscription is not None else None
            if self._known.get(key) != place:
                moved, self._known[key] = True, place
                for index in indexes:
                    self._texts[index] = f"{place.epoch}:{place.offset}" if place is not None else ""
        if not moved:
            return ""
        self._told = f"{self._tag}/{','.join(self._texts)}"
        return self._told
