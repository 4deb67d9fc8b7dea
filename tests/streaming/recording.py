"""Answers of HTTP push, recorded byte by byte, and gone on with wherever they are cut (E1)."""

import time
from collections.abc import Callable, Iterator

from tests.streaming.conftest import Site
from tests.streaming.event_source import EventSource
from tests.waiting import PATIENCE_SECONDS

HEADERS = {"Accept": "text/event-stream"}


class Answer:
    """One GET of `/_stream`, byte by byte."""

    def __init__(self, site: Site, query: str, headers: dict[str, str]) -> None:
        self._stream = site.http.stream(
            "GET", f"/_stream?{query}", headers={**HEADERS, **headers}, timeout=PATIENCE_SECONDS
        )
        self.answer = self._stream.__enter__()
        assert self.answer.status_code == 200, self.answer.read()
        self.source, self.bytes = EventSource(headers.get("Last-Event-ID", "")), b""
        self._chunks = self.answer.iter_raw()

    def until(self, done: Callable[[EventSource], bool]) -> "Answer":
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not done(self.source):
            if time.monotonic() > deadline:  # pings go on for ever
                raise AssertionError(f"never: {self.source.frames}")
            received = next(self._chunks)
            self.bytes += received
            self.source.feed(received)
        return self

    def close(self) -> None:
        self._stream.__exit__(None, None, None)


def share(site: Site, thing: str, role: str) -> None:
    answer = site.http.post(
        f"/api/things/{thing}/members/",
        json={"email": "jonas@harbourpool.example", "role": role},
        headers=site.bearer("ana"),
    )
    assert answer.status_code == 201, answer.text


def position_of(site: Site, path: str) -> tuple[str, int]:
    """Epoch and offset, as an answer over HTTP tells them."""
    told = site.http.get(path, headers=site.bearer("jonas")).headers["Stream-Position"]
    fields = dict(part.strip().split("=") for part in told.split(";")[1:])
    return fields["epoch"], int(fields["offset"])


class Recording:
    """An answer in which everything happens: state, replay where a position is given, two logs that move."""

    def __init__(self, site: Site, *, placed: bool) -> None:
        self.site, self.bearer, self.placed = site, site.bearer("jonas"), placed
        self.thing = thing = site.new_thing()
        share(site, thing, "viewer")
        (epoch, begun), (inbox, read) = position_of(site, f"/api/things/{thing}/"), position_of(site, "/api/inbox/")
        places = (f";epoch={epoch};offset={begun}", f";epoch={inbox};offset={read}") if placed else ("", "")
        self.query = f"subscribe=presence/{thing}&subscribe=things/{thing}{places[0]}&subscribe=inbox/me{places[1]}"
        before = [site.rename(thing, f"Before {number}") for number in range(3)][-1]
        self.heads = {"things": before + 4, "inbox": read + 2}
        self.firsts = {"things": begun + 1 if placed else before + 1, "inbox": read + 1}
        answer = Answer(site, self.query, self.bearer).until(lambda source: bool(source.frames))
        for number in range(2):
            site.rename(thing, f"Live {number}")
            share(site, thing, ("editor", "viewer")[number])
            share(site, site.new_thing(), "viewer")  # of another role in the same Thing the inbox hears nothing
            site.rename(thing, f"More {number}")
        answer.until(lambda source: last_of(source) == self.heads)
        answer.close()
        self.bytes = answer.bytes

    def expected(self) -> dict[str, list[int]]:
        return {name: list(range(self.firsts[name], self.heads[name] + 1)) for name in self.heads}

    def cuts(self) -> Iterator[EventSource]:
        """What a browser has, cut after every byte."""
        for size in range(len(self.bytes) + 1):
            source = EventSource()
            source.feed(self.bytes[:size])
            yield source

    def gone_on(self, had: EventSource) -> dict[str, list[int]]:
        """The offsets that came before the cut and after it, as a browser asks again by itself."""
        given = {"Last-Event-ID": had.last_event_id} if had.last_event_id else {}
        again = Answer(self.site, self.query, {**self.bearer, **given})
        again.until(lambda source: bool(source.frames) and last_of(source, had) == self.heads)
        again.close()
        return {name: had.offsets(name) + again.source.offsets(name) for name in self.heads}


def last_of(*sources: EventSource) -> dict[str, int]:
    """The newest offset of each log."""
    return {
        name: max((offset for source in sources for offset in source.offsets(name)), default=0)
        for name in ("things", "inbox")
    }
