"""Request bodies: bounded, then through the one strict decoder."""

from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from rest_framework.parsers import BaseParser

from streaming.decoding import Malformed, decode
from things.errors import TooLarge
from widgetapp.problems import MalformedBody


class StrictJSONParser(BaseParser):
    """JSON of at most `DATA_UPLOAD_MAX_MEMORY_SIZE` bytes; more is never read."""

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        body = stream.read(most + 1)
        if len(body) > most:
            raise TooLarge(f"a body has at most {most} bytes")
        if not body.strip():
            return {}
        try:
            return decode(body)
        except Malformed as error:
            raise MalformedBody(str(error)) from None
