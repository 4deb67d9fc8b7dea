"""JSON typed into a form passes the one strict decoder, like every other body."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.fields import InvalidJSONInput

from streaming.decoding import Malformed, decode
from things.shapes import JsonObject, JsonValue

EXPECTED: dict[type, str] = {dict: "an object", list: "a list"}


class StrictJSONField(forms.JSONField):
    """`of`: `dict` or `list`, what the text must hold."""

    def __init__(self, *, of: type[JsonObject] | type[list[JsonValue]], **options: Any) -> None:
        super().__init__(**options)
        self.of = of

    def to_python(self, value: JsonValue) -> JsonValue:  # type: ignore[override]  # of text it makes more than text
        if self.disabled or not isinstance(value, str):
            return value
        if not value.strip():
            return None
        try:
            decoded = decode(value)
        except Malformed as error:
            raise ValidationError(str(error), code="invalid") from None
        if not isinstance(decoded, self.of):
            raise ValidationError(f"expected {EXPECTED[self.of]}", code="invalid")
        return decoded

    def bound_data(self, data: str | None, initial: JsonValue) -> JsonValue:
        """What cannot be decoded is shown again as it was typed."""
        if self.disabled:
            return initial
        try:
            return decode(data) if isinstance(data, str) and data.strip() else None
        except Malformed:
            return InvalidJSONInput(data)
