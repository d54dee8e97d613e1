"""The msgpack parser, held against the bytes that npm socket.io-msgpack-parser writes and takes."""

import math
from collections import OrderedDict, defaultdict
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from types import SimpleNamespace
from typing import NamedTuple
from uuid import UUID

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.exceptions import EncodeError, PacketError
from realtime.socketio.packet import RESERVED_EVENTS, Packet, PacketType
from realtime.socketio.parser import JSONParser, parser

CONNECT, DISCONNECT, EVENT, ACK, CONNECT_ERROR, *_ = PacketType
UNDEFINED = b"\xd4\x00\x00"


def encoded(*args, **options):
    """What a map in one frame says."""
    (frame,) = parser("msgpack", **options).encode(Packet(*args))
    return msgpack.unpackb(frame)


def add(frame, **limits):
    return parser("msgpack", **limits).decoder().add(frame)


def event(*args, **more):
    return msgpack.packb({"type": 2, "nsp": "/", "data": ["x", *args], **more})


def raw_event(value):
    """An event whose one argument is these bytes."""
    return b"\x83\xa4type\x02\xa3nsp\xa1/\xa4data\x92\xa1x" + value


# -- version 2 of the package ---------------------------------------------------------------------------------


def test_version_2_says_in_json_what_has_no_payload():
    assert add('{"type":0,"nsp":"/chat?token=1"}') == Packet(CONNECT, "/chat?token=1")
    assert add('{"type":1,"nsp":"/chat"}') == Packet(DISCONNECT, "/chat")


@pytest.mark.parametrize(("kind", "wire"), [(EVENT, 5), (ACK, 6)])
def test_version_2_has_types_of_their_own_for_what_has_binary_in_it(kind, wire):
    frame = msgpack.packb({"type": wire, "nsp": "/", "data": ["x", b"\0"], "id": 3, "options": {"compress": True}})
    assert add(frame) == Packet(kind, "/", ["x", b"\0"], 3)


# -- out ------------------------------------------------------------------------------------------------------


def test_a_packet_is_one_map():
    assert encoded(EVENT, "/chat", ["x", 1], 7) == {"type": 2, "nsp": "/chat", "data": ["x", 1], "id": 7}


def test_what_there_is_not_has_no_key_since_nil_breaks_javascript_clients():
    assert encoded(DISCONNECT) == {"type": 1, "nsp": "/"}
    assert encoded(CONNECT, "/a") == {"type": 0, "nsp": "/a"}


def test_bytes_stay_where_they_are():
    assert encoded(EVENT, "/", ["x", {"a": [b"\0\xff", bytearray(b"b"), memoryview(b"m")]}])["data"] == [
        "x",
        {"a": [b"\0\xff", b"b", b"m"]},
    ]


class Colour(StrEnum):
    RED = "red"


class Point(NamedTuple):
    x: int
    y: int


@pytest.mark.parametrize(
    "value",
    [
        {2: "a", None: "b", True: "c", 1.5: "d"},
        OrderedDict(a=1),
        defaultdict(list, a=[1]),
        (1, (2, [3])),
        Point(1, 2),
        Colour.RED,
        UUID(int=7),
        {"a": {2: {3: "deep"}}},
        2**63,
        -(2**63),
        1.5,
        "日本 \0 🎉",
    ],
    ids=repr,
)
def test_it_says_what_json_says(value):
    packet = Packet(EVENT, "/", ["x", value])
    by_json = JSONParser().decoder().add(JSONParser().encode(packet)[0])
    assert add(parser("msgpack").encode(packet)[0]) == by_json


def test_what_neither_knows_goes_through_default():
    def default(value):
        return {"price": str(value), 1: b"raw"}

    assert encoded(EVENT, "/", ["x", Decimal("1.50")], default=default)["data"] == ["x", {"price": "1.50", "1": b"raw"}]


@pytest.mark.parametrize(
    "value",
    [math.nan, math.inf, [-math.inf], {"a": math.nan}, {math.inf: 1}, object, {1, 2}, {(1, 2): 3}, 2**64],
    ids=repr,
)
def test_what_it_cannot_carry_is_our_fault(value):
    with pytest.raises(EncodeError):
        parser("msgpack").encode(Packet(EVENT, "/", ["x", value]))


def test_a_default_that_gives_nan_is_our_fault():
    with pytest.raises(EncodeError):
        encoded(EVENT, "/", ["x", object()], default=lambda value: math.nan)


def test_a_cycle_is_our_fault():
    cycle = []
    cycle.append(cycle)
    with pytest.raises(EncodeError):
        parser("msgpack").encode(Packet(EVENT, "/", ["x", cycle]))


def test_a_lone_surrogate_becomes_the_replacement_character():
    assert encoded(EVENT, "/", ["x", "a\ud83db"])["data"] == ["x", "a\ufffdb"]


# -- in -------------------------------------------------------------------------------------------------------


def test_javascript_clients_send_more_keys_than_those():
    assert add(event(1, id=3, options={"compress": True})) == Packet(EVENT, "/", ["x", 1], 3)


def test_javascript_clients_write_an_undefined_payload_as_an_extension():
    assert add(b"\x83\xa4type\x00\xa4data" + UNDEFINED + b"\xa3nsp\xa1/") == Packet(CONNECT)


def test_python_clients_write_nil():
    assert add(msgpack.packb({"type": 0, "data": None, "nsp": "/a"})) == Packet(CONNECT, "/a")
    assert add(msgpack.packb({"type": 1, "data": None, "nsp": "/a"})) == Packet(DISCONNECT, "/a")


def test_an_ack_may_be_empty():
    assert add(msgpack.packb({"type": 3, "nsp": "/", "data": [], "id": 0})) == Packet(ACK, "/", [], 0)


def test_a_date_is_a_datetime_and_undefined_is_none():
    date = b"\xd7\x00" + (1_700_000_000_123).to_bytes(8)
    packet = add(raw_event(b"\x93" + UNDEFINED + date + UNDEFINED))
    assert packet.data == ["x", [None, datetime(2023, 11, 14, 22, 13, 20, 123000, UTC), None]]


def test_a_date_before_1970_and_one_that_python_cannot_hold():
    before, far = b"\xd7\x00" + (-1000).to_bytes(8, signed=True), b"\xd7\x00" + (2**60).to_bytes(8)
    assert add(raw_event(b"\x92" + before + far)).data[1] == [datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC), None]


def test_an_array_buffer_is_bytes_whatever_its_length():
    for length in (0, 1, 2, 7, 8, 9, 255):
        assert add(raw_event(b"\xc7" + bytes([length]) + b"\0" + b"\0" * length)).data[1] == b"\0" * length


def test_dates_and_array_buffers_of_their_length_are_told_apart():
    eight = (1000).to_bytes(8)
    mixed = b"\x96\xd7\x00" + eight + b"\xc7\x08\x00" + eight + b"\xd7\x00" + eight
    mixed += b"\xc7\x01\x00\x00" + UNDEFINED + b"\xc7\x01\x00\x00"
    second = datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)
    assert add(raw_event(mixed)).data[1] == [second, eight, second, b"\0", None, b"\0"]


def test_a_lone_surrogate_arrives_as_it_was_sent():
    assert add(raw_event(b"\xa3\xed\xa0\xbd")).data == ["x", "\ud83d"]


def test_keys_of_other_languages_are_text_as_in_json():
    assert add(event({1: {None: 2, True: 3}})).data == ["x", {"1": {"null": 2, "true": 3}}]


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_none_as_in_the_json_of_javascript(value):
    assert add(event(value, [value, 1.5, {"a": value}])).data == ["x", None, [None, 1.5, {"a": None}]]
    assert add(raw_event(b"\xca\x7f\xc0\0\0")).data == ["x", None]


def nested(depth):
    value = "x"
    for _ in range(depth):
        value = [value]
    return value


def test_depth_is_bounded_as_for_json():
    assert add(event(nested(63))).data == ["x", nested(63)]
    with pytest.raises(PacketError):
        add(event(nested(64)))
    wide = [[] for _ in range(1000)]
    assert add(event(wide)).data == ["x", wide]


ILLEGAL = {
    "nothing": b"",
    "text": '2["x"]',
    "an event as text": '{"type":2,"nsp":"/","data":["x"]}',
    "text with a payload": '{"type":0,"nsp":"/","data":{}}',
    "text that is no map": "[0]",
    "text without an end": '{"type":0',
    "text with no namespace": '{"type":1}',
    "deep text": '{"type":0,"nsp":"/","x":' + "[" * 70 + "]" * 70 + "}",
    "no map": b"\x01",
    "two values": event() + b"\xc0",
    "a frame that ends early": event("abc")[:-1],
    "a type that does not exist": msgpack.packb({"type": 7, "nsp": "/", "data": ["x"]}),
    "a type that is a boolean": msgpack.packb({"type": True, "nsp": "/"}),
    "a type that is a float": msgpack.packb({"type": 2.0, "nsp": "/", "data": ["x"]}),
    "no type": msgpack.packb({"nsp": "/", "data": ["x"]}),
    "no namespace": msgpack.packb({"type": 2, "data": ["x"]}),
    "a namespace without slash": msgpack.packb({"type": 2, "nsp": "a", "data": ["x"]}),
    "a namespace that is too long": msgpack.packb({"type": 0, "nsp": "/" + "n" * 256}),
    "a negative id": event(id=-1),
    "an id of 2**53": event(id=2**53),
    "an id that is a boolean": event(id=True),
    "an event without data": msgpack.packb({"type": 2, "nsp": "/"}),
    "an event that is a map": msgpack.packb({"type": 2, "nsp": "/", "data": {"0": "x"}}),
    "an event without name": msgpack.packb({"type": 2, "nsp": "/", "data": []}),
    "an event called by bytes": msgpack.packb({"type": 2, "nsp": "/", "data": [b"x"]}),
    "an ack that is a string": msgpack.packb({"type": 3, "nsp": "/", "data": "x", "id": 1}),
    "a connect with a list": msgpack.packb({"type": 0, "nsp": "/", "data": []}),
    "a disconnect with data": msgpack.packb({"type": 1, "nsp": "/", "data": {}}),
    "a list that claims to be huge": b"\xdd\xff\xff\xff\xff",
    "bytes that claim to be huge": raw_event(b"\xc6\xff\xff\xff\xff"),
    "text that is not UTF-8": raw_event(b"\xa1\xff"),
    "an extension that nobody knows": event(msgpack.ExtType(5, b"abc")),
    "a timestamp that is none": raw_event(b"\xd7\xff" + b"\xff" * 8),
    "a list as a key": raw_event(b"\x81\x90\x01"),
    "100,000 lists in each other": b"\x91" * 100_000,
    "an unused byte": b"\xc1",
    **{
        f"the reserved name {name}": msgpack.packb({"type": 2, "nsp": "/", "data": [name]})
        for name in sorted(RESERVED_EVENTS)
    },
}


@pytest.mark.parametrize("frame", ILLEGAL.values(), ids=ILLEGAL)
def test_it_is_refused(frame):
    with pytest.raises(PacketError):
        add(frame)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers(0, 99), inner),
    max_leaves=20,
)


@given(
    st.binary() | VALUES.map(lambda value: msgpack.packb({"type": 2, "nsp": "/", "data": value})) | VALUES.map(event)
)
def test_garbage_is_a_packet_or_a_packet_error_and_nothing_else(garbage):
    try:
        assert isinstance(add(garbage), Packet)
    except PacketError:
        pass


CLEAN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)  # fmt: skip


@given(CLEAN)
def test_what_is_encoded_is_decoded(value):
    codec = parser("msgpack")
    assert codec.decoder().add(codec.encode(Packet(EVENT, "/a", ["x", value], 9))[0]) == Packet(
        EVENT, "/a", ["x", value], 9
    )


def test_nothing_is_ever_outstanding():
    decoder = parser("msgpack").decoder()
    decoder.add(event())
    assert SimpleNamespace(waiting=decoder.waiting, held=decoder.held) == SimpleNamespace(waiting=False, held=0)
