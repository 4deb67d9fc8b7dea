"""What may be kept of a Thing: everything, if it is asked each time. Rights are asked before every 304."""

import zlib

from django.utils.http import parse_etags
from rest_framework.request import Request
from rest_framework.response import Response

from things.api.access import actor_of, at_position
from things.models import Thing
from things.people.permissions import role_of


def etag_of(thing: Thing, role: str | None, revision: int) -> str:
    """Of all that an answer about this Thing shows to this role. The owner's name is not of the Thing's own log."""
    name = zlib.crc32(thing.owner.name.encode())
    return f'"{thing.epoch}-{revision}-{thing.access_epoch}-{role}-{name:08x}"'


def tag_of(request: Request, thing: Thing) -> str:
    """For an answer that does not look the role up by itself."""
    return etag_of(thing, role_of(actor_of(request), thing), thing.revision)


def unchanged(request: Request, thing: Thing, revision: int) -> Response | None:
    """304 for who has this already; the caller has asked the rights, in the same snapshot."""
    if "If-None-Match" not in request.headers or revision > thing.revision:
        return None
    etag = etag_of(thing, role_of(actor_of(request), thing), revision)
    if not is_known(request.headers["If-None-Match"], etag):
        return None
    return at_position(Response(status=304, headers={"ETag": etag}), thing.pk, thing.epoch, revision)


def is_known(given: str, etag: str) -> bool:
    """Compared weakly, as RFC 9110 says of `If-None-Match`: proxies that compress make strong tags weak."""
    tags = parse_etags(given)
    return "*" in tags or etag in [tag.removeprefix("W/") for tag in tags]
