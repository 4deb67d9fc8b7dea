"""A model's columns for SQL of one's own: their names, and each value's way to the database and back.

Both are Django's, worked out once instead of for every query (decision 20).
"""

from collections.abc import Callable, Sequence
from functools import cache
from operator import attrgetter
from typing import Any, Generic, TypeVar
from uuid import UUID

import msgspec
from django.db import connection
from django.db.models import BooleanField, CharField, Field, IntegerField, JSONField, Model, TextField
from django.db.models.base import ModelState

M = TypeVar("M", bound=Model)
Convert = Callable[[Any], Any]
AnyField = Field[Any, Any]
AS_THEY_ARE = (BooleanField, CharField, IntegerField, TextField)  # values that both drivers take

decode_json, _encode = msgspec.json.Decoder().decode, msgspec.json.Encoder().encode


class Columns(Generic[M]):
    """All columns of a model, in the order of its fields."""

    def __init__(self, model: type[M]) -> None:
        self._model, fields = model, model._meta.concrete_fields
        self._names = [field.attname for field in fields]
        self._converts = [reading(field) for field in fields]
        self._alias = connection.alias
        self._was_read: Callable[[M, dict[str, Any]], None] | None = getattr(model, "was_read", None)
        if self._was_read is None and "from_db" in vars(model):
            raise TypeError(f"{model.__name__}.from_db does what nothing else is told to do")
        # With the name of the table, so that they may stand beside another's.
        self.sql = ", ".join(f"{quoted(model._meta.db_table)}.{column(field)}" for field in fields)

    def __len__(self) -> int:
        return len(self._names)

    def instance(self, row: Sequence[Any]) -> M:
        """What `Model.from_db` makes of the row, without its signals, which nobody receives. A model that does more
        there does it in `was_read(values by name)`.
        """
        made = self._model.__new__(self._model)
        state = made._state = ModelState()
        state.db, state.adding = self._alias, False
        found = {
            name: value if convert is None or value is None else convert(value)
            for name, convert, value in zip(self._names, self._converts, row, strict=True)
        }
        made.__dict__.update(found)
        if self._was_read is not None:
            self._was_read(made, found)
        return made


_found: dict[type[Model], Columns[Any]] = {}


def columns_of(model: type[M]) -> Columns[M]:
    """Worked out when they are first needed: models and the database have to be there."""
    if model not in _found:
        _found[model] = Columns(model)
    return _found[model]


def reading(field: AnyField) -> Convert | None:
    """From what the database gives, unless that is NULL, to what the model holds; None where they are the same."""
    if isinstance(field, JSONField):
        return decode_json
    col = field.get_col(field.model._meta.db_table)  # of a foreign key: as the key that it holds
    steps = [*connection.ops.get_db_converters(col), *col.get_db_converters(connection)]

    def convert(value: Any) -> Any:
        for step in steps:
            value = step(value, col, connection)
        return value

    return convert if steps else None


def writing(field: AnyField, *, add: bool = False) -> Convert:
    """From an instance to a parameter."""
    if isinstance(field, JSONField):
        return lambda row: json_of(getattr(row, field.attname))
    if isinstance(field, AS_THEY_ARE) and type(field).pre_save is Field.pre_save:
        return attrgetter(field.attname)
    return lambda row: field.get_db_prep_save(field.pre_save(row, add), connection)


def key(value: UUID | str | None) -> Any:
    """A UUID as a parameter."""
    if value is None or _has_uuids():
        return value
    return value.hex if isinstance(value, UUID) else value.replace("-", "")


@cache
def _has_uuids() -> bool:
    return connection.features.has_native_uuid_field


def json_of(value: Any) -> str | None:
    """JSON as a parameter."""
    return None if value is None else _encode(value).decode()


def column(field: AnyField) -> str:
    return quoted(str(field.column))


def quoted(name: str) -> str:
    return connection.ops.quote_name(name)
