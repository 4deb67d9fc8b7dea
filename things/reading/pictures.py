"""What is made of a Thing once for each revision, kept, and answered with an ETag: its picture on a card and on the
editor's page, and the state that the editor starts from.

What is kept holds nothing of the one who asks: no role, no favourites, no people. Ask for rights first.
"""

import gzip
import re
from collections.abc import Callable
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

import msgspec
from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response, patch_cache_control, patch_vary_headers

from things import drawing, store
from things.drawing import svg
from things.drawing.lines import METRICS
from things.models import Thing
from things.reading.kept import Kept
from things.reading.thing import state_written
from things.transactions import snapshot

KEPT = Kept()
GZIP = re.compile(r"\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))")  # in Accept-Encoding, with any weight but none
STATE_COMPRESSION = 3  # of 4.3 MB: 12 ms and 0.45 MB; the level above all takes twice as long for a tenth less


@lru_cache(maxsize=1)
def renderer() -> str:
    """Another one for another drawing code, so that nobody sees what an earlier version drew."""
    sources = [*sorted(Path(drawing.__path__[0]).glob("*.py")), METRICS]
    return sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:8]


def card(thing: Thing) -> bytes:
    """The thumbnail. The caller is in a `snapshot` and read the Thing there."""

    def draw() -> bytes:
        widgets = msgspec.json.decode(store.living_json(thing.pk))
        return svg(widgets, canvas=thing.canvas, thumbnail=True).encode()

    return KEPT.get((thing.pk, thing.epoch, thing.revision, renderer(), "card"), draw)


def page(thing: Thing, revision: int) -> str:
    """The editor's first paint of a revision. The caller is in a `snapshot` and read the Thing there."""

    def draw() -> bytes:
        shown = msgspec.json.decode(gzip.decompress(state(thing, revision)))
        return svg(shown["widgets"], canvas=shown["canvas"]).encode()

    return KEPT.get((thing.pk, thing.epoch, revision, renderer(), "page"), draw).decode()


def state(thing: Thing, revision: int) -> bytes:
    """What the editor starts from, as JSON, compressed: nothing in it is secret to who may see it. The caller is in a
    `snapshot` and read the Thing there.
    """
    made = (thing.pk, thing.epoch, revision, renderer(), "state")
    return KEPT.get(made, lambda: gzip.compress(state_written(thing, revision), STATE_COMPRESSION, mtime=0))


def card_answer(request: HttpRequest, find: Callable[[], Thing]) -> HttpResponse:
    """The thumbnail of the Thing that `find` gives to whoever may see it."""
    return _answer(request, lambda: (thing := find(), thing.revision), lambda thing, _: card(thing), "image/svg+xml")


def state_answer(request: HttpRequest, find: Callable[[], tuple[Thing, int]]) -> HttpResponse:
    """`state` of the Thing and the revision that `find` gives to whoever may see it, with its position (P1)."""
    response = _answer(request, find, state, "application/json")
    if response.content:
        if accepts_gzip(request):
            response.headers["Content-Encoding"] = "gzip"
        else:
            response.content = gzip.decompress(response.content)
    patch_vary_headers(response, ("Accept-Encoding",))
    return response


def accepts_gzip(request: HttpRequest) -> bool:
    return GZIP.search(request.headers.get("Accept-Encoding", "")) is not None


def _answer(
    request: HttpRequest, find: Callable[[], tuple[Thing, int]], make: Callable[[Thing, int], bytes], content_type: str
) -> HttpResponse:
    """Rights are asked each time, before a 304 too."""
    with snapshot():
        thing, revision = find()
        etag = f'"{thing.epoch}-{revision}-{thing.access_epoch}-{renderer()}"'
        response = get_conditional_response(request, etag=etag)
        if response is None:
            response = HttpResponse(make(thing, revision), content_type=content_type)
    response.headers["ETag"] = etag
    response.headers["Stream-Position"] = f"things/{thing.pk}; epoch={thing.epoch}; offset={revision}"
    patch_cache_control(response, private=True, no_cache=True)
    patch_vary_headers(response, ("Cookie", "Authorization"))
    return response
