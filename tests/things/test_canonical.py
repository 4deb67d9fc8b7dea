"""Canonical JSON is what the reference implementation writes, byte for byte."""

from typing import Any

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from things import canonical

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


@pytest.mark.parametrize("value", ["\ud800", float("nan"), float("inf"), 1 << 53, {"a": {1}}])
def test_what_json_does_not_hold(value: Any) -> None:
    with pytest.raises((rfc8785.CanonicalizationError, UnicodeEncodeError)):
        canonical.dumps([value])
