"""Request bodies: bounded, then through the one strict decoder."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import IO, Any

from django.conf import settings
from rest_framework import exceptions
from rest_framework.parsers import BaseParser

from streaming.decoding import Malformed, decode
from things.errors import Fault, Invalid, TooLarge


class MalformedBody(exceptions.APIException):
    status_code = HTTPStatus.BAD_REQUEST
    default_code = "malformed"
    default_detail = "The body is not strict JSON"


class StrictJSONParser(BaseParser):
    """An object of JSON in at most `DATA_UPLOAD_MAX_MEMORY_SIZE` bytes, not compressed; more is never read. No endpoint
    takes another value, so each view may read its fields. Nothing at all is an empty object.
    """

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        require_plain(parser_context)
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        body = stream.read(most + 1)
        if len(body) > most:
            raise TooLarge(f"a body has at most {most} bytes")
        if not body.strip():
            return {}
        try:
            value = decode(body)
        except Malformed as error:
            raise MalformedBody(str(error)) from None
        if not isinstance(value, dict):
            raise Invalid("expected an object", [{"pointer": "", "code": Fault.TYPE, "detail": "expected an object"}])
        return value


def require_plain(parser_context: Mapping[str, Any] | None) -> None:
    """A label that nobody obeys would make other bytes of the body."""
    encoding = parser_context["request"].headers.get("Content-Encoding", "") if parser_context else ""
    if encoding.strip().lower() not in ("", "identity"):
        raise exceptions.UnsupportedMediaType(encoding, "A body is sent as it is, without a Content-Encoding.")
