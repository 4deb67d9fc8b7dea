"""Canonical JSON is what the reference implementation writes, byte for byte."""

from typing import Any

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from things.document import canonical
from things.kinds import KINDS
from things.kinds.fields import Wrong

LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.decimals(-(10**7), 10**7, places=3).map(float)
    | st.text()
)
JSON = st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)


@settings(max_examples=50)
@given(JSON)
def test_as_the_reference_writes(value: Any) -> None:
    assert canonical.dumps(value) == rfc8785.dumps(value)


@pytest.mark.parametrize(
    "value",
    [
        1.0,
        -0.0,
        1e21,
        1e-7,
        9.999e-5,
        1e15,
        0.1 + 0.2,
        "\x7f\u2028\u0000",
        {"\ue000": 1, "\U0001f419": 2},
        {"b": 1, "a": {}},
    ],
)
def test_where_encoders_differ(value: Any) -> None:
    assert canonical.dumps([value]) == rfc8785.dumps([value])


NUMBERS = st.floats(-(10**7), 10**7) | st.integers(-(10**7), 10**7) | st.sampled_from([1.0, -0.0, 1e-9, 5e-4, -4e-4])
FIELDS = [
    pytest.param(field, id=f"{kind.name} {name}") for kind in KINDS.values() for name, field in kind.fields.items()
]


@settings(max_examples=30)
@given(st.data())
@pytest.mark.parametrize("field", FIELDS)
def test_what_a_kind_has_checked_needs_no_second_look(field: Any, data: st.DataObject) -> None:
    """Whatever number or text is sent, in whatever place of the default."""

    def sent(default: Any) -> Any:
        if isinstance(default, dict):
            return {key: sent(value) for key, value in default.items()}
        if isinstance(default, bool) or default is None:
            return default
        return data.draw(NUMBERS if isinstance(default, int | float) else st.just(default) | st.text())

    try:
        checked = field.read(sent(field.default))
    except Wrong:
        checked = field.default
    value = {"id": "0", "field": checked}
    assert canonical.dumps_checked(value) == rfc8785.dumps(value)


@settings(max_examples=100)
@given(st.lists(st.fixed_dictionaries({"insert": st.text(min_size=1)})))
def test_text_needs_no_second_look(delta: list[dict[str, str]]) -> None:
    assert canonical.dumps_checked({"text": delta}) == rfc8785.dumps({"text": delta})


@pytest.mark.parametrize("value", ["\ud800", float("nan"), float("inf"), 1 << 53, {"a": {1}}])
def test_what_json_does_not_hold(value: Any) -> None:
    with pytest.raises((rfc8785.CanonicalizationError, UnicodeEncodeError)):
        canonical.dumps([value])
