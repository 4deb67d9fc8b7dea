"""The one strict JSON decoder of the edge: frames, request bodies and stored documents pass through it.

Refused: anything but JSON, NaN and infinities, numbers no double can hold, duplicate keys, keys that could
reach a prototype in JavaScript, lone surrogates, U+0000 (PostgreSQL cannot store it), too deep, too many nodes.
"""

import json
from typing import Any, NoReturn

MAX_DEPTH = 32
MAX_NODES = 200_000
# JavaScript reads integers beyond this as another number.
MAX_INTEGER = 2**53 - 1
FORBIDDEN_KEYS = frozenset({"__proto__", "constructor", "prototype"})


class Malformed(ValueError):
    """What was received is not the strict JSON expected. The message says what and is safe to show."""


def decode(data: bytes | bytearray | str, *, max_depth: int = MAX_DEPTH, max_nodes: int = MAX_NODES) -> Any:
    """Decode strict JSON or raise `Malformed`. The caller bounds the size before."""
    try:
        text = data if isinstance(data, str) else data.decode("utf-8")
        value = _DECODER.decode(text)
    except UnicodeDecodeError as error:
        raise Malformed("not valid UTF-8") from error
    except json.JSONDecodeError as error:
        raise Malformed(f"not valid JSON: {error.msg.lower()} at character {error.pos}") from error
    except RecursionError as error:
        raise Malformed(f"deeper than {max_depth} levels") from error
    _check(value, max_depth, max_nodes)
    return value


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise Malformed("an object has the same key twice")
    if not FORBIDDEN_KEYS.isdisjoint(result):
        raise Malformed("an object has a key that is not allowed")
    return result


def _constant(name: str) -> NoReturn:
    raise Malformed(f"{name} is not JSON")


def _integer(digits: str) -> int:
    # Longer ones would take quadratic time, or the interpreter's own limit, before they are refused.
    if len(digits) > 17 or abs(number := int(digits)) > MAX_INTEGER:
        raise Malformed("an integer is beyond 2^53")
    return number


def _float(digits: str) -> int | float:
    """A whole number is an integer, however it is written: JSON Schema and JavaScript know no difference."""
    number = float(digits)
    if number in (float("inf"), float("-inf")):
        raise Malformed("a number is too large")
    return int(number) if number.is_integer() and abs(number) <= MAX_INTEGER else number


_DECODER = json.JSONDecoder(object_pairs_hook=_pairs, parse_constant=_constant, parse_int=_integer, parse_float=_float)


def _check(value: Any, max_depth: int, max_nodes: int) -> None:
    """Depth, count and strings, level by level, without recursion."""
    level, depth, nodes = [value], 0, 0
    while level:
        depth += 1
        nodes += len(level)
        if depth > max_depth:
            raise Malformed(f"deeper than {max_depth} levels")
        if nodes > max_nodes:
            raise Malformed(f"more than {max_nodes} values")
        below: list[Any] = []
        for item in level:
            if isinstance(item, str):
                _check_string(item)
            elif isinstance(item, list):
                below.extend(item)
            elif isinstance(item, dict):
                for key in item:
                    _check_string(key)
                below.extend(item.values())
        level = below


def _check_string(text: str) -> None:
    if "\x00" in text:
        raise Malformed("a string holds U+0000")
    if not text.isascii():
        try:
            text.encode("utf-8")
        except UnicodeEncodeError as error:
            raise Malformed("a string holds a lone surrogate") from error
