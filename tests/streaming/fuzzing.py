"""What no client should send, by the kind; every function gives the bytes of one WebSocket frame."""

import json
import random
from collections.abc import Callable
from typing import Any

from tests.sockets import BINARY, CLOSE, PING, PONG, frame
from tests.spoiling import DEEP, spoiled

Chance = random.Random
MANY = 64 * 1024
SERVICES = ["things", "presence", "gallery", "inbox", "monitor", "weather", "", "*", "__proto__", "Things", "things\n"]
WORDS = [
    "true",
    "null",
    "0",
    "-1",
    "1e999",
    "NaN",
    "-Infinity",
    "[]",
    "{}",
    '""',
    '"\\ud800"',
    "9" * 400,
    "1." + "9" * 99,
]


def valid(chance: Chance, thing: str) -> dict[str, Any]:
    number = chance.randint(1, 2**31)
    position = {"epoch": "k3x9", "offset": chance.randint(0, 9)}
    one = {"service": chance.choice(SERVICES[:4]), "topic": chance.choice([thing, "me"])}
    return chance.choice(
        [
            {"type": "hello", "id": number, "version": 1, "ticket": "x", "replaces": "s1", "subscriptions": [one]},
            {"type": "subscribe", "id": number, "subscriptions": [{**one, "position": position}]},
            {"type": "unsubscribe", "id": number, **one},
            {"type": "message", "id": number, **one, "data": {"cursor": {"x": 1, "y": 2}, "selection": [thing]}},
            {"type": "message", "service": "presence", "topic": thing, "data": {"preview": {thing: {"place": 1}}}},
            {"type": "pong", "n": number, "lag_ms": 3},
            {"type": "authenticate", "id": number, "ticket": "x"},
        ]
    )


def wrong_order(chance: Chance, thing: str) -> bytes:
    return frame(json.dumps(valid(chance, thing)))


def wrong_places(chance: Chance, thing: str) -> bytes:
    topics = [
        thing,
        thing.upper(),
        thing[:-1],
        thing.replace("-", ""),
        "*",
        "me",
        "",
        "\x00",
        "a" * 5000,
        "../" + thing,
    ]
    asked = {**valid(chance, thing), "service": chance.choice(SERVICES), "topic": chance.choice(topics)}
    if "subscriptions" in asked:
        one = {"service": asked["service"], "topic": asked["topic"]}
        asked["subscriptions"] = [one] * chance.choice([1] * 10 + [3] * 10 + [250])
    return frame(json.dumps(asked))


def wrong_types(chance: Chance, thing: str) -> bytes:
    return frame(json.dumps(spoiled(chance, valid(chance, thing)))[: MANY - 1])


def wrong_words(chance: Chance, thing: str) -> bytes:
    """One value of a valid frame replaced by text that JSON does not know, or that is too much of it."""
    text = json.dumps(spoiled(chance, {**valid(chance, thing), "extra": "HERE"}))
    return frame(text.replace('"HERE"', chance.choice(WORDS))[: MANY - 1])


def flipped(chance: Chance, thing: str) -> bytes:
    """One to four bits of a valid frame; still ASCII, so that it is the JSON that is wrong."""
    data = bytearray(json.dumps(valid(chance, thing)).encode())
    for _ in range(chance.randint(1, 4)):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(7)
    return frame(bytes(data))


def twice(chance: Chance, thing: str) -> bytes:
    text = json.dumps(valid(chance, thing))
    return frame(text[:-1] + chance.choice([', "type": "pong"}', ', "id": 1, "id": 2}', ', "__proto__": {"id": 1}}']))


def deep(chance: Chance, thing: str) -> bytes:
    depth = chance.choice([33, 1000, 30_000])
    inside = chance.choice(["[" * depth + "]" * depth, '{"a":' * depth + "1" + "}" * depth, "[" * depth])
    return frame(('{"type":"pong","n":1,"data":' + inside + "}")[: MANY - 1])


def wide(chance: Chance, thing: str) -> bytes:
    many = [chance.choice([0, None, {}, [], ""])] * 15_000
    return frame(
        json.dumps({"type": "message", "service": "presence", "topic": thing, "data": {"selection": many}})[:MANY]
    )


def no_json(chance: Chance, thing: str) -> bytes:
    size = chance.choice([0, 1, 2, 20, 3000])
    text = "".join(chr(chance.choice([chance.randrange(1, 128), chance.randrange(160, 0xD7FF)])) for _ in range(size))
    return frame(chance.choice(["", " ", "hello", "null", "[]", "[{}]", '"x"', "\ufeff{}", text, json.dumps(DEEP)]))


def binary(chance: Chance, thing: str) -> bytes:
    wanted = json.dumps(valid(chance, thing)).encode()
    return frame(chance.choice([b"", wanted, chance.randbytes(chance.choice([1, 200, 60_000]))]), BINARY)


def pongs(chance: Chance, thing: str) -> bytes:
    """Control frames that nobody asked for."""
    return frame(chance.randbytes(chance.randrange(126)), chance.choice([PING, PONG]))


KINDS: list[Callable[[Chance, str], bytes]] = [
    wrong_order, wrong_places, wrong_types, wrong_words, flipped, twice, deep, wide, no_json, binary, pongs,
]  # fmt: skip


def broken(chance: Chance, thing: str) -> bytes:
    """What is no WebSocket, or too much: the last thing that a connection says."""
    text = json.dumps(valid(chance, thing)).encode()
    return chance.choice(
        [
            chance.randbytes(chance.choice([2, 40, 4000])),
            frame(b"\xff\xfe" + text),  # no UTF-8
            frame(b'{"type":"\xed\xa0\x80"}'),  # a surrogate in bytes
            frame(text, chance.choice([3, 7, 11, 15])),  # no such opcode
            bytes([0x81, len(text) % 126]) + text,  # not masked
            bytes([0xC1]) + frame(text)[1:],  # a reserved bit
            frame(text, 0),  # a continuation of nothing
            bytes([0x01]) + frame(text)[1:] + frame(text),  # a message within a message
            bytes([0x09]) + frame(text)[1:],  # a control frame in pieces
            bytes([0x89, 0xFE, 0, 200]) + b"\0" * 204,  # a long control frame
            bytes([0x81, 0xFF]) + b"\xff" * 8 + b"\0" * 50,  # 2^64 - 1 bytes to come
            bytes([0x81, 0xFF]) + (2**40).to_bytes(8, "big") + b"\0" * 50,
            frame("x" * (MANY + 1)),
            frame("x" * (140 * 1024)),
            frame(chance.choice([b"", b"\x03", b"\x00\x00", b"\x03\xe8\xff", b"\x0f\xa0bye"]), CLOSE),
            frame(text)[: chance.randrange(1, 12)],
        ]
    )
