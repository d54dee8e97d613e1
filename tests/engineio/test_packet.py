"""One packet in a websocket frame. The examples are those of the protocol documents, revisions 3 and 4."""

import base64
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.engineio.packet import REVISIONS, Packet, PacketType, Revision3, Revision4
from realtime.exceptions import PacketError

OPEN, CLOSE, PING, PONG, MESSAGE, UPGRADE, NOOP = PacketType
OPENING = '{"sid":"lv_VI97HAXpY6yYWAAAC","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000}'

TEXTS = [
    ("0" + OPENING, Packet(OPEN, OPENING)),
    ("1", Packet(CLOSE)),
    ("2", Packet(PING)),
    ("2probe", Packet(PING, "probe")),
    ("3", Packet(PONG)),
    ("3probe", Packet(PONG, "probe")),
    ("4", Packet(MESSAGE, "")),
    ("4hello", Packet(MESSAGE, "hello")),
    ("4world", Packet(MESSAGE, "world")),
    ("4HelloWorld", Packet(MESSAGE, "HelloWorld")),
    ("4€", Packet(MESSAGE, "€")),
    ('4{"a":1}', Packet(MESSAGE, '{"a":1}')),
    ("4true", Packet(MESSAGE, "true")),
    ("4\x1e\u2028\0", Packet(MESSAGE, "\x1e\u2028\0")),
    ("5", Packet(UPGRADE)),
    ("6", Packet(NOOP)),
]


@pytest.mark.parametrize("revision", [3, 4])
@pytest.mark.parametrize(("frame", "packet"), TEXTS, ids=[frame[:12] for frame, _ in TEXTS])
def test_a_text_frame_is_its_type_and_its_data(revision, frame, packet):
    assert REVISIONS[revision].decode_frame(frame) == packet


def test_a_binary_frame_of_revision_4_is_a_message_as_it_is():
    assert Revision4.decode_frame(b"\x01\x02\x03\x04") == Packet(MESSAGE, b"\x01\x02\x03\x04")
    assert Revision4.decode_frame(b"") == Packet(MESSAGE, b"")


def test_a_binary_frame_of_revision_3_begins_with_its_type():
    assert Revision3.decode_frame(bytes([4, 0, 1, 2, 3, 4, 5])) == Packet(MESSAGE, bytes([0, 1, 2, 3, 4, 5]))
    assert Revision3.decode_frame(b"\x04") == Packet(MESSAGE, b"")


@pytest.mark.parametrize(
    ("revision", "frame", "data"),
    [
        (4, "bAQIDBA==", b"\x01\x02\x03\x04"),
        (4, "bAQIDBA", b"\x01\x02\x03\x04"),
        (4, "bAQID", b"\x01\x02\x03"),
        (4, "b", b""),
        (3, "b4AQIDBA==", b"\x01\x02\x03\x04"),
        (3, "b4AQIDBA", b"\x01\x02\x03\x04"),
        (3, "b4", b""),
    ],
)
def test_base64_is_binary_with_its_padding_and_without(revision, frame, data):
    assert REVISIONS[revision].decode_frame(frame) == Packet(MESSAGE, data)


@pytest.mark.parametrize("revision", [3, 4])
@pytest.mark.parametrize("frame", ["", "7", "9", "a", "-1", " 4", "\x1e", "٤", "bA", "bABCDE", "bé", "B4AAAA"])
def test_what_is_no_packet_is_an_error(revision, frame):
    with pytest.raises(PacketError):
        REVISIONS[revision].decode_frame(frame)


@pytest.mark.parametrize("frame", [b"", b"\x00", b"\x03x", b"4x", b"\xff"])
def test_a_binary_frame_of_another_type_is_an_error_in_revision_3(frame):
    with pytest.raises(PacketError):
        Revision3.decode_frame(frame)


@pytest.mark.parametrize("frame", ["b", "b0AAAA", "b2cHJvYmU=", "bAAAA", "b4A", "b4ABCDE"])
def test_only_messages_are_binary_in_revision_3(frame):
    with pytest.raises(PacketError):
        Revision3.decode_frame(frame)


def test_binary_is_written_as_it_is_or_as_base64():
    data = b"\x01\x02\x03\x04"
    assert Revision4.encode_binary(data) == data
    assert Revision4.encode_binary(data, base64=True) == "bAQIDBA=="
    assert Revision3.encode_binary(data) == b"\x04" + data
    assert Revision3.encode_binary(data, base64=True) == "b4AQIDBA=="


def test_empty_binary_is_text_since_daphne_drops_empty_frames():
    assert Revision4.encode_binary(b"") == "b" and Revision3.encode_binary(b"") == "b4"


@given(st.sampled_from([3, 4]), st.binary(), st.booleans())
def test_binary_comes_back(revision, data, as_base64):
    codec = REVISIONS[revision]
    assert codec.decode_frame(codec.encode_binary(data, as_base64)) == Packet(MESSAGE, data)


@given(st.binary())
def test_base64_of_others_comes_back(data):
    assert Revision4.decode_frame("b" + base64.b64encode(data).decode().rstrip("=")).data == data


@given(
    st.sampled_from([3, 4]), st.one_of(st.text(), st.binary(), st.text("b4=+/AQ01"), st.binary().map(b"\x04".__add__))
)
def test_garbage_is_a_packet_or_an_error_and_nothing_else(revision, frame):
    try:
        packet = REVISIONS[revision].decode_frame(frame)
    except PacketError as error:
        assert len(str(error)) < 200
    else:
        assert isinstance(packet, Packet)


@pytest.mark.parametrize("revision", [3, 4])
@pytest.mark.parametrize(
    "frame", ["b" + "=" * 10**6, "b4" + "A=" * 500_000, "b" + "!" * 10**6, "4" * 10**6, "b4" + "é" * 10**6]
)
def test_a_million_characters_take_no_longer_than_they_must(revision, frame):
    begin = time.process_time()
    try:
        REVISIONS[revision].decode_frame(frame)
    except PacketError:
        pass
    assert time.process_time() - begin < 0.1
