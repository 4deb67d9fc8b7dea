"""A Thing's picture on a card and on the editor's page: drawn once for each revision, kept, and answered with an ETag.

What is kept holds nothing of the one who asks: no role, no favourites, no people. Ask for rights first.
"""

from collections.abc import Callable
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response, patch_cache_control, patch_vary_headers

from things import drawing
from things.document import load
from things.drawing import svg
from things.drawing.kept import Kept
from things.drawing.lines import METRICS
from things.models import Thing
from things.transactions import snapshot

KEPT = Kept()


@lru_cache(maxsize=1)
def renderer() -> str:
    """Another one for another drawing code, so that nobody sees what an earlier version drew."""
    sources = [*sorted(Path(drawing.__path__[0]).glob("*.py")), METRICS]
    return sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:8]


def card(thing: Thing) -> bytes:
    """The thumbnail. The caller is in a `snapshot` and read the Thing there."""

    def draw() -> bytes:
        return svg(load(thing).widgets_as_json(), canvas=thing.canvas, thumbnail=True).encode()

    return KEPT.get((thing.pk, thing.epoch, thing.revision, renderer(), "card"), draw)


def page(thing: Thing, state: dict[str, Any]) -> str:
    """The editor's first paint of a state of the Thing, present or past."""

    def draw() -> bytes:
        return svg(state["widgets"], canvas=state["canvas"]).encode()

    return KEPT.get((thing.pk, state["epoch"], state["revision"], renderer(), "page"), draw).decode()


def answer(request: HttpRequest, find: Callable[[], Thing]) -> HttpResponse:
    """The thumbnail of the Thing that `find` gives to whoever may see it; it is asked each time, before a 304 too."""
    with snapshot():
        thing = find()
        etag = f'"{thing.epoch}-{thing.revision}-{thing.access_epoch}-{renderer()}"'
        response = get_conditional_response(request, etag=etag)
        if response is None:
            response = HttpResponse(card(thing), content_type="image/svg+xml")
    response.headers["ETag"] = etag
    patch_cache_control(response, private=True, no_cache=True)
    patch_vary_headers(response, ("Cookie", "Authorization"))
    return response
