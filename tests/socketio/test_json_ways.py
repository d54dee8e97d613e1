"""JSON by orjson, by the standard library and by classes of a project: the same text, or the same refusal."""

import json
import math
import re
from collections import OrderedDict, defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum, IntEnum, StrEnum
from types import SimpleNamespace
from typing import NamedTuple
from uuid import UUID

import pytest
from django.core.serializers.json import DjangoJSONEncoder
from django.utils.functional import lazystr
from django.utils.safestring import mark_safe
from hypothesis import given
from hypothesis import strategies as st

from realtime.exceptions import EncodeError, PacketError
from realtime.socketio import jsonlib
from realtime.socketio.packet import Packet, PacketType
from realtime.socketio.parser import JSONParser, text_ack_of

DJANGO = DjangoJSONEncoder().default
FAST, SLOW = JSONParser(default=DJANGO), JSONParser(default=DJANGO, fast=False)


def encode(codec, value):
    """The frames of an event with this argument, its JSON read again; or None where it is refused."""
    try:
        first, *attachments = codec.encode(Packet(PacketType.EVENT, "/", ["x", value]))
    except EncodeError:
        return None
    head, bracket, rest = first.partition("[")
    return head, json.loads(bracket + rest), attachments


class Colour(Enum):
    RED = 1


class Size(IntEnum):
    BIG = 9


class Word(StrEnum):
    YES = "yes"


class Text(str):
    pass


class Number(int):
    pass


class Half(float):
    pass


class Point(NamedTuple):
    x: int
    y: int


@dataclass
class Record:
    a: int


ODD = [
    math.nan, math.inf, [-math.inf], {"a": [math.nan]}, None, [None, math.nan], "null",
    2**53, 2**63, 2**64, -(2**64), 10**400, -0.0, 1e-7, 1e16, 1e308,
    "a\ud83db", "\ud83d\ude00", "日本 🎉 \0\x7f\u2028\"\\/", {"\ud83d": 1},
    {1: "a"}, {None: 1}, {True: 1}, {1.5: 1}, {math.nan: 1}, {(1, 2): 3}, {UUID(int=1): 1},
    Text("t"), Number(3), Half(0.5), {Text("k"): Text("v")}, mark_safe("<b>"), lazystr("lazy"),
    OrderedDict(a=1), defaultdict(int, a=1), (1, (2,)), Point(1, 2), {1, 2}, frozenset(), range(3),
    Colour.RED, Size.BIG, Word.YES, {Word.YES: Word.YES},
    datetime(2026, 1, 2, 3, 4, 5, 678901), datetime(2026, 1, 2, tzinfo=UTC), date(2026, 1, 2), time(1, 2, 3, 456789),
    time(1, tzinfo=UTC), timedelta(hours=1), Decimal("1.50"), Decimal("NaN"), UUID(int=7),
    Record(1), SimpleNamespace(a=1), object(), b"raw", {"a": bytearray(b"b")}, [memoryview(b"m"), None],
]  # fmt: skip


def without_addresses(text):
    """The same in every process, as workers that share the tests must call them the same."""
    return re.sub(" at 0x[0-9a-f]+", "", text)


def test_orjson_is_here_to_be_tested():
    assert jsonlib.orjson is not None


@pytest.mark.parametrize("value", ODD, ids=lambda value: without_addresses(repr(value))[:40])
def test_orjson_makes_no_difference(value):
    assert encode(FAST, value) == encode(SLOW, value)


def test_a_page_of_nulls_is_encoded_and_one_nan_in_it_is_refused():
    assert encode(FAST, [None] * 100) == ("2", ["x", [None] * 100], [])
    assert encode(FAST, [None] * 100 + [math.nan]) is None


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.text(st.characters(codec=None))
    | st.binary() | st.datetimes() | st.decimals() | st.uuids(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers(), inner) | st.tuples(inner, inner),
    max_leaves=15,
)  # fmt: skip


@given(VALUES)
def test_orjson_never_makes_a_difference(value):
    assert encode(FAST, value) == encode(SLOW, value)


# -- classes --------------------------------------------------------------------------------------------------


class Shouting(json.JSONEncoder):
    def default(self, value):
        return repr(value).upper() if isinstance(value, complex) else super().default(value)


class Sorting(Shouting):
    def encode(self, value):
        return super().encode(json.loads(json.dumps(value, default=self.default, sort_keys=True)))


class Careless(json.JSONEncoder):
    def __init__(self, **options):
        super().__init__(**{**options, "allow_nan": True})

    def iterencode(self, value, _one_shot=False):
        return super().iterencode(value, _one_shot)


def test_an_encoder_class_says_how_values_are_encoded():
    codec = JSONParser(encoder=Shouting)
    assert codec.encode(Packet(PacketType.EVENT, "/", ["x", 1j]))[0] == '2["x","1J"]'
    assert codec.encode(Packet(PacketType.EVENT, "/", ["x", 1j, b"b"])) == [
        '51-["x","1J",{"_placeholder":true,"num":0}]',
        b"b",
    ]
    assert encode(codec, object()) is encode(codec, math.nan) is None


def test_an_encoder_class_may_encode_by_itself():
    codec = JSONParser(encoder=Sorting)
    assert codec.encode(Packet(PacketType.EVENT, "/", ["x", {"b": 1j, "a": 0}]))[0] == '2["x",{"a":0,"b":"1J"}]'
    assert encode(codec, {"b": b"b"}) == ("51-", ["x", {"b": {"_placeholder": True, "num": 0}}], [b"b"])


@pytest.mark.parametrize("encoder", [Shouting, Sorting, Careless])
def test_no_encoder_class_gets_nan_onto_the_wire(encoder):
    assert encode(JSONParser(encoder=encoder), math.inf) is None


class Money(json.JSONDecoder):
    def __init__(self, **options):
        super().__init__(parse_float=Decimal, object_hook=self.hook, **options)

    def hook(self, found):
        if "boom" in found:
            raise KeyError("boom")
        return datetime.fromisoformat(found["$date"]) if "$date" in found else found


def test_a_decoder_class_says_what_clients_mean():
    decoder = JSONParser(decoder=Money).decoder()
    args = decoder.add('2["x",1.10,{"$date":"2026-01-02"},{"a":1}]').data
    assert args == ["x", Decimal("1.10"), datetime(2026, 1, 2), {"a": 1}] and type(args[1]) is Decimal


def test_a_decoder_class_leaves_attachments_where_they_are():
    decoder = JSONParser(decoder=Money).decoder()
    assert decoder.add('51-["x",{"a":{"_placeholder":true,"num":0}}]') is None
    assert decoder.add(b"b").data == ["x", {"a": b"b"}]


class Trusting(json.JSONDecoder):
    def decode(self, text):
        return json.loads(text.replace("'", '"'))


def test_a_decoder_class_may_decode_by_itself():
    assert JSONParser(decoder=Trusting).decoder().add("2['x','y']").data == ["x", "y"]


@pytest.mark.parametrize("decoder", [json.JSONDecoder, Money])
@pytest.mark.parametrize("text", ["NaN", "-Infinity", '{"boom":1', "[" * 64 + "]" * 64, '{"a":1}]'])
def test_what_a_decoder_class_cannot_read_is_the_clients_fault(decoder, text):
    with pytest.raises(PacketError):
        JSONParser(decoder=decoder).decoder().add(f'2["x",{text}]')


def test_a_hook_that_fails_is_the_clients_fault():
    with pytest.raises(PacketError):
        JSONParser(decoder=Money).decoder().add('2["x",{"boom":1}]')


def test_a_number_over_all_floats_is_the_clients_fault_unless_it_is_no_float():
    with pytest.raises(PacketError):
        JSONParser(decoder=json.JSONDecoder).decoder().add('2["x",1e999]')
    assert JSONParser(decoder=Money).decoder().add('2["x",1e999]').data == ["x", Decimal("1e999")]


# -- the short way of an acknowledgement ----------------------------------------------------------------------


@pytest.mark.parametrize("namespace", ["/", "/chat"])
@pytest.mark.parametrize("args", [[], [None], ["ü", "\ud83d", {"a": [1, 2.5]}], [UUID(int=1)]])
def test_a_text_acknowledgement_is_what_encode_makes(namespace, args):
    parser = JSONParser()
    assert [parser.text_ack(namespace, 12, args)] == parser.encode(Packet(PacketType.ACK, namespace, args, 12))
    assert text_ack_of(parser)(namespace, 12, args, "4")[0] == "4"


@pytest.mark.parametrize("args", [[b"x"], [object()], [float("nan")]])
def test_what_is_no_text_or_nothing_at_all_is_left_to_encode(args):
    assert JSONParser().text_ack("/", 12, args) is None


def test_a_parser_that_encodes_in_its_own_way_is_asked_for_everything():
    class Own(JSONParser):
        def encode(self, packet):
            return ["own"]

    for parser in (Own(), object()):
        assert text_ack_of(parser)("/", 12, [1], "4") is None
