"""Packets in the body of a polling request. The examples are those of the protocol documents, revisions 3 and 4."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.engineio.packet import Packet, PacketType
from realtime.engineio.payload import decode_payload, encode_payload, utf16_length
from realtime.exceptions import PacketError

MESSAGE, PING = PacketType.MESSAGE, PacketType.PING
FOUR = b"\x01\x02\x03\x04"


def packets(revision, body, binary=False):
    return list(decode_payload(revision, body.encode() if isinstance(body, str) else body, binary))


def messages(*data):
    return [Packet(MESSAGE, each) for each in data]


# -- revision 4 ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("4hello", messages("hello")),
        ("4hello\x1e2\x1e4world", [Packet(MESSAGE, "hello"), Packet(PING), Packet(MESSAGE, "world")]),
        ("4hello\x1ebAQIDBA==", messages("hello", FOUR)),
        ("4a\x1e4\x1e4c\x1ebAQID", messages("a", "", "c", b"\x01\x02\x03")),
        ("4€\x1e4😀", messages("€", "😀")),
    ],
)
def test_revision_4_joins_packets_with_a_separator(body, expected):
    assert packets(4, body) == expected


def test_revision_4_writes_binary_as_base64():
    assert encode_payload(4, ["4hello", "2", "4world"]) == "4hello\x1e2\x1e4world"
    assert encode_payload(4, ["4hello", FOUR]) == "4hello\x1ebAQIDBA=="
    assert encode_payload(4, ["4hello", FOUR], binary=True) == "4hello\x1ebAQIDBA=="
    assert encode_payload(4, [b""]) == "b"


@pytest.mark.parametrize(
    "body", ["", "\x1e", "4a\x1e", "\x1e4a", "4a\x1e\x1e4b", "4a\x1e7", b"4\xff", b"\xed\xa0\xbd", b"4\xc3"]
)
def test_a_bad_payload_of_revision_4_is_an_error(body):
    with pytest.raises(PacketError):
        packets(4, body)


def test_the_packets_before_a_bad_one_come_out_first():
    decoding = decode_payload(4, b"4a\x1ex\x1e4b")
    assert next(decoding) == Packet(MESSAGE, "a")
    with pytest.raises(PacketError):
        next(decoding)


# -- revision 3, text ---------------------------------------------------------------------------------------

OPENING = '0{"sid":"lv_VI97HAXpY6yYWAAAC","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":5000}'


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("96:" + OPENING, [Packet(PacketType.OPEN, OPENING[1:])]),
        ("4:4hey", messages("hey")),
        ("6:4hello6:4world", messages("hello", "world")),
        ("6:4hello2:4€", messages("hello", "€")),
        ("2:4€10:b4AQIDBA==", messages("€", FOUR)),
        ("2:4€8:b4AQIDBA", messages("€", FOUR)),
        ("3:4😀2:4a", messages("😀", "a")),
        ("5:4😀é€3:4😀1:2", [*messages("😀é€", "😀"), Packet(PING)]),
        ("01:2", [Packet(PING)]),
    ],
)
def test_revision_3_writes_the_length_before_each_packet_in_utf_16_units(body, expected):
    assert packets(3, body) == expected


def test_revision_3_counts_as_javascript_does():
    assert encode_payload(3, ["4hello", "4€"]) == "6:4hello2:4€"
    assert encode_payload(3, ["4€", FOUR]) == "2:4€10:b4AQIDBA=="
    assert encode_payload(3, ["4é€😀"]) == "5:4é€😀"
    assert [utf16_length(text) for text in ("", "a", "é", "€", "😀", "\ud83d", "\U0010ffff")] == [0, 1, 1, 1, 2, 1, 2]


@pytest.mark.parametrize(
    "body",
    [
        "",
        ":",
        "0:",
        "00:",
        "4hello",
        "6:4hell",
        "7:4hello",
        "6:4hello6",
        "6:4hello6:",
        "-1:4",
        "+1:4",
        "1.:4",
        " 1:4",
        "1 :4",
        "٣:4ab",
        "1:x",
        "2:4😀",
        "99999999999:4",
        "1" * 400 + ":4",
        "1" * 400,
        "4:b4A=",
        "3:b0A",
        "3:4😀1",
        "12345678901:4😀",
        b"2:4\xff",
    ],
)
def test_a_bad_payload_of_revision_3_is_an_error(body):
    with pytest.raises(PacketError):
        packets(3, body)


# -- revision 3, binary (XHR2) ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("00 04 ff 34 e2 82 ac 01 05 ff 04 01 02 03 04", messages("€", FOUR)),
        ("00 05 03 ff 34" + " 61" * 52, messages("a" * 52)),
        ("00 02 ff 34 61 01 03 ff 04 01 02", messages("a", b"\x01\x02")),
        ("01 01 ff 04", messages(b"")),
        ("00 00 01 ff 32", [Packet(PING)]),
        ("01 02 ff 04 ff", messages(b"\xff")),
    ],
)
def test_revision_3_has_a_binary_form_with_lengths_in_bytes(body, expected):
    assert packets(3, bytes.fromhex(body), binary=True) == expected


def test_the_binary_form_is_chosen_if_the_client_can_and_something_is_binary():
    assert encode_payload(3, ["4€", FOUR], binary=True) == bytes.fromhex("00 04 ff 34 e2 82 ac 01 05 ff 04 01 02 03 04")
    assert encode_payload(3, ["4€"], binary=True) == "2:4€"
    assert encode_payload(3, [b""], binary=True) == b"\x01\x01\xff\x04"
    assert encode_payload(3, ["4\ud83d", b""], binary=True) == b"\x00\x04\xff4\xed\xa0\xbd\x01\x01\xff\x04"


@pytest.mark.parametrize(
    "body",
    [
        "",
        "00",
        "00 ff",
        "00 ff 34",
        "02 01 ff 34",
        "00 01 ff",
        "00 02 ff 34",
        "00 0a ff 34",
        "00 00 ff 34",
        "01 01 ff 03",
        "01 01 ff 34",
        "00 01 ff ff",
        "00 02 ff 34 c3",
        "00 02 ff 34 61 00",
        "00 01 34",
        "00 01 ff 37",
        "00 fe ff 34",
    ],
)
def test_a_bad_binary_payload_is_an_error(body):
    with pytest.raises(PacketError):
        packets(3, bytes.fromhex(body), binary=True)


@pytest.mark.parametrize("digits", [11, 310, 311, 5000, 1_000_000])
def test_a_length_of_too_many_digits_is_an_error_at_once(digits):
    begin = time.process_time()
    for body in (b"\x00" + b"\x09" * digits + b"\xff4", b"\x00" + b"\x00" * digits + b"\x01\xff2"):
        with pytest.raises(PacketError):
            packets(3, body, binary=True)
    with pytest.raises(PacketError):
        packets(3, b"9" * digits + b":4")
    assert time.process_time() - begin < 0.1


# -- properties ---------------------------------------------------------------------------------------------


def frames(**of):
    """Lists of text and binary frames."""
    text = st.text(st.characters(exclude_categories=["Cs"], **of)).map("4".__add__)
    return st.lists(st.one_of(text, st.binary()), min_size=1)


def of_frame(frame):
    return Packet(MESSAGE, frame[1:] if isinstance(frame, str) else frame)


def in_bytes(payload):
    return payload if isinstance(payload, bytes) else payload.encode()


@given(frames(exclude_characters="\x1e"))
def test_payloads_of_revision_4_come_back(given_frames):
    assert packets(4, in_bytes(encode_payload(4, given_frames))) == list(map(of_frame, given_frames))


@given(frames(), st.booleans())
def test_payloads_of_revision_3_come_back(given_frames, binary):
    payload = encode_payload(3, given_frames, binary)
    assert packets(3, in_bytes(payload), isinstance(payload, bytes)) == list(map(of_frame, given_frames))


@given(
    st.sampled_from([3, 4]),
    st.booleans(),
    st.one_of(
        st.binary(max_size=300),
        st.text("0123456789:b4=\x1eAé😀").map(str.encode),
        st.lists(st.sampled_from([0, 1, 2, 4, 9, 255, 52])).map(bytes),
    ),
)
def test_garbage_is_packets_or_an_error_and_nothing_else(revision, binary, body):
    try:
        found = packets(revision, body, binary)
    except PacketError as error:
        assert len(str(error)) < 200
    else:
        assert found and all(isinstance(packet, Packet) for packet in found)


@given(
    st.sampled_from([3, 4]),
    st.sampled_from(["6:4hello2:4€10:b4AQIDBA==", "5:4😀é€3:4😀1:2", "4hello\x1e2\x1ebAQIDBA=="]),
    st.data(),
)
def test_half_a_payload_is_packets_or_an_error(revision, whole, data):
    body = whole.encode()[: data.draw(st.integers(0, len(whole.encode())))]
    try:
        packets(revision, body)
    except PacketError:
        pass


MILLION = 1_000_000


@pytest.mark.parametrize("revision", [3, 4])
@pytest.mark.parametrize("binary", [False, True])
@pytest.mark.parametrize(
    "body",
    [
        b"\x1e" * MILLION,
        b"9" * MILLION,
        b"[" * MILLION,
        b":" * MILLION,
        b"=" * MILLION,
        b"\xff" * MILLION,
        b"\x00" * MILLION,
        b"b" * MILLION,
        b"4" + "é".encode() * (MILLION // 2),
        b"1:" * (MILLION // 2),
        b"\x00\x01\xff" * (MILLION // 3),
        b"999999999:" * (MILLION // 10),
        "😀".encode() * (MILLION // 4),
        b"1" + b" " * MILLION,
    ],
    ids=[
        "separators",
        "digits",
        "brackets",
        "colons",
        "equals",
        "ff",
        "zeros",
        "bees",
        "text",
        "lengths",
        "heads",
        "long",
        "emoji",
        "blanks",
    ],
)
def test_a_megabyte_of_nonsense_is_refused_at_once(revision, binary, body):
    begin = time.process_time()
    try:
        packets(revision, body, binary)
    except PacketError:
        pass
    assert time.process_time() - begin < 0.1


@pytest.mark.parametrize(
    ("revision", "binary", "one"),
    [
        (4, False, b"4a\x1e"),
        (3, False, b"2:4a"),
        (3, False, "3:4😀".encode()),
        (3, True, b"\x00\x02\xff4a"),
        (3, True, b"\x01\x02\xff\x04a"),
    ],
)
def test_time_grows_with_the_length_and_not_with_its_square(revision, binary, one):
    def seconds(count):
        body = (one * count).removesuffix(b"\x1e")
        return min(_timed(revision, body, binary) for _ in range(3))

    assert seconds(40_000) < 8 * seconds(10_000), "4 times the time is linear, 16 times is not"


def _timed(revision, body, binary):
    begin = time.process_time()
    packets(revision, body, binary)
    return time.process_time() - begin
