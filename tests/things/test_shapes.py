"""The types of the JSON say what the code makes, and no more."""

from things.kinds import KINDS
from things.shapes import META_FIELDS, Fields, Meta, Widget


def test_a_widget_may_have_the_fields_of_its_kinds_and_no_others() -> None:
    assert set(Fields.__annotations__) == {name for kind in KINDS.values() for name in kind.fields}
    assert set(Widget.__annotations__) == {"id", "kind", "text", *Fields.__annotations__}


def test_the_fields_of_a_thing_are_named_once() -> None:
    assert tuple(Meta.__annotations__) == META_FIELDS
