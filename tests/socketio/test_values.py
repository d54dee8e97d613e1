"""What travels, and how: text, numbers, bytes, and the application's own types."""

import json
from enum import IntEnum

import pytest

from realtime.exceptions import EncodeError
from realtime.socketio.packet import Packet, PacketType
from realtime.socketio.parser import JSONParser, parser

EVENT = PacketType.EVENT


def encoded(*args, **options):
    return JSONParser(**options).encode(Packet(EVENT, "/", ["x", *args]))


def test_text_is_sent_as_it_is_and_not_escaped():
    assert encoded("é😀\u2028") == ['2["x","é😀\u2028"]']


def test_a_lone_surrogate_is_escaped_so_that_utf8_can_carry_it():
    assert encoded("\ud83d") == ['2["x","\\ud83d"]']
    assert encoded("\ude00é", b"!")[0] == '51-["x","\\ude00é",{"_placeholder":true,"num":0}]'


def test_a_lone_surrogate_arrives_as_it_was_sent():
    assert JSONParser().decoder().add('2["x","\\ud83d"]').data == ["x", "\ud83d"]


def test_nul_passes():
    assert JSONParser().decoder().add(encoded("\0")[0]).data == ["x", "\0"]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), [-float("inf")], object(), {1, 2}, 1j, {(1,): 2}])
def test_what_json_cannot_carry_is_our_fault(value):
    for arguments in ([value], [b"", value]):
        with pytest.raises(EncodeError):
            encoded(*arguments)


def test_a_cycle_is_our_fault():
    cycle = []
    cycle.append(cycle)
    with pytest.raises(EncodeError):
        encoded(cycle)


def test_bytes_in_a_connect_are_our_fault():
    with pytest.raises(EncodeError):
        JSONParser().encode(Packet(PacketType.CONNECT, "/", {"sid": b"x"}))


def test_every_kind_of_bytes_becomes_an_attachment():
    assert encoded(b"1", bytearray(b"2"), {"a": [memoryview(b"3")]}) == [
        '53-["x",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1},{"a":[{"_placeholder":true,"num":2}]}]',
        b"1",
        b"2",
        b"3",
    ]


def test_bytes_that_change_afterwards_were_sent_as_they_were():
    buffer = bytearray(b"before")
    frames = encoded(buffer)
    buffer[:] = b"later!"
    assert frames[1] == b"before"


def test_an_empty_attachment_is_one():
    decoder = JSONParser().decoder()
    text, attachment = encoded(b"")
    decoder.add(text)
    assert decoder.add(attachment).data == ["x", b""]


def test_data_that_looks_like_a_placeholder_stays_data_in_a_text_packet():
    fake = {"_placeholder": True, "num": 0}
    assert JSONParser().decoder().add(encoded(fake)[0]).data == ["x", fake]


def test_one_attachment_may_be_meant_twice():
    decoder = JSONParser().decoder()
    decoder.add('51-["x",{"_placeholder":true,"num":0},{"_placeholder":true,"num":0}]')
    assert decoder.add(b"b").data == ["x", b"b", b"b"]


def test_the_application_has_its_own_types():
    def default(value):
        if isinstance(value, complex):
            return [value.real, value.imag]
        if isinstance(value, range):
            return bytes(value)
        raise TypeError

    assert encoded(1j, default=default) == ['2["x",[0.0,1.0]]']
    assert encoded(range(2), 1j, default=default) == [
        '51-["x",{"_placeholder":true,"num":0},[0.0,1.0]]',
        b"\0\1",
    ]
    with pytest.raises(EncodeError):
        encoded(object(), default=default)


def test_subclasses_of_str_and_int_are_text_and_numbers():
    class Safe(str):
        pass

    class Level(IntEnum):
        HIGH = 3

    assert encoded(Safe("s"), Level.HIGH, {Safe("k"): 1, 2: 3}) == ['2["x","s",3,{"k":1,"2":3}]']


def test_an_encoder_that_encodes_does_not_confuse_the_first():
    inner = JSONParser()

    def default(value):
        return inner.encode(Packet(EVENT, "/", ["inner", b"i"]))[0]

    frames = encoded(b"o", object(), b"p", default=default)
    assert frames[1:] == [b"o", b"p"]
    assert json.loads(frames[0][3:])[2].startswith('51-["inner"')


def test_parsers_go_by_name():
    assert parser("json", max_attachments=3).max_attachments == 3
    assert parser().name == "json"
    mine = JSONParser()
    assert parser(mine) is mine
    with pytest.raises(ValueError, match="unknown parser 'yaml'"):
        parser("yaml")
