"""Bodies read as strictly as editor actions are: nothing is taken for something else, no field is passed over."""

from typing import Any

from rest_framework import serializers
from rest_framework.fields import empty


class Text(serializers.CharField):
    """A string. The library's own field makes one of a number."""

    default_error_messages = {"type": "expected a string"}

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("type")
        return super().to_internal_value(data)


class KnownFields(serializers.Serializer[Any]):
    """A field that may not be written is refused with its name."""

    def run_validation(self, data: Any = empty) -> Any:
        if isinstance(data, dict):
            known = {name for name, field in self.fields.items() if not field.read_only}
            if unknown := [name for name in data if name not in known]:
                refused = serializers.ErrorDetail("unknown field", code="unknown_field")
                raise serializers.ValidationError({name: [refused] for name in unknown})
        return super().run_validation(data)
