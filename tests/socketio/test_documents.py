"""Every packet of the Socket.IO protocol documents 4 and 5, as it stands there."""

import pytest

from realtime.socketio.packet import Packet, PacketType
from realtime.socketio.parser import JSONParser

CONNECT, DISCONNECT, EVENT, ACK, CONNECT_ERROR = list(PacketType)[:5]
ONE = '{"_placeholder":true,"num":0}'
TWO = '{"_placeholder":true,"num":1}'

VERSION_5 = [
    (Packet(CONNECT), ["0"]),
    (Packet(CONNECT, "/", {"sid": "wZX3oN0bSVIhsaknAAAI"}), ['0{"sid":"wZX3oN0bSVIhsaknAAAI"}']),
    (Packet(CONNECT, "/admin"), ["0/admin,"]),
    (Packet(CONNECT, "/admin", {"sid": "oSO0OpakMV_3jnilAAAA"}), ['0/admin,{"sid":"oSO0OpakMV_3jnilAAAA"}']),
    (Packet(CONNECT, "/admin", {"token": "123"}), ['0/admin,{"token":"123"}']),
    (Packet(CONNECT_ERROR, "/", {"message": "Not authorized"}), ['4{"message":"Not authorized"}']),
    (Packet(EVENT, "/", ["foo"]), ['2["foo"]']),
    (Packet(EVENT, "/admin", ["bar"]), ['2/admin,["bar"]']),
    (Packet(EVENT, "/", ["baz", b"\1\2\3\4"]), [f'51-["baz",{ONE}]', b"\1\2\3\4"]),
    (Packet(EVENT, "/admin", ["baz", b"\1\2", b"\3\4"]), [f'52-/admin,["baz",{ONE},{TWO}]', b"\1\2", b"\3\4"]),
    (Packet(EVENT, "/", ["foo"], 12), ['212["foo"]']),
    (Packet(EVENT, "/admin", ["foo"], 13), ['2/admin,13["foo"]']),
    (Packet(EVENT, "/", ["foo", b"\1\2\3\4"], 14), [f'51-14["foo",{ONE}]', b"\1\2\3\4"]),
    (Packet(ACK, "/", [], 12), ["312[]"]),
    (Packet(ACK, "/", ["bar"], 14), ['314["bar"]']),
    (Packet(ACK, "/admin", ["bar"], 13), ['3/admin,13["bar"]']),
    (Packet(ACK, "/", ["bar", b"\1\2\3\4"], 15), [f'61-15["bar",{ONE}]', b"\1\2\3\4"]),
    (Packet(DISCONNECT), ["1"]),
    (Packet(DISCONNECT, "/admin"), ["1/admin,"]),
    # the sample session
    (Packet(EVENT, "/", ["hey", "Jude"]), ['2["hey","Jude"]']),
    (Packet(EVENT, "/", ["hello"]), ['2["hello"]']),
    (Packet(EVENT, "/", ["world"]), ['2["world"]']),
    (Packet(EVENT, "/admin", ["tellme"], 1), ['2/admin,1["tellme"]']),
    (Packet(ACK, "/admin", [b"\0"], 1), [f"61-/admin,1[{ONE}]", b"\0"]),
]

VERSION_4 = [
    (Packet(CONNECT), ["0"]),
    (Packet(CONNECT, "/admin"), ["0/admin,"]),
    (Packet(CONNECT, "/admin?token=1234&uid=abcd"), ["0/admin?token=1234&uid=abcd,"]),
    (Packet(DISCONNECT, "/admin"), ["1/admin,"]),
    (Packet(EVENT, "/", ["hello", 1]), ['2["hello",1]']),
    (Packet(EVENT, "/admin", ["project:delete", 123], 456), ['2/admin,456["project:delete",123]']),
    (Packet(ACK, "/admin", [], 456), ["3/admin,456[]"]),
    (Packet(CONNECT_ERROR, "/admin", "Not authorized"), ['4/admin,"Not authorized"']),
    (Packet(EVENT, "/", ["hello", b"\1\2\3"]), [f'51-["hello",{ONE}]', b"\1\2\3"]),
    (
        Packet(EVENT, "/admin", ["project:delete", b"\1\2\3"], 456),
        [f'51-/admin,456["project:delete",{ONE}]', b"\1\2\3"],
    ),
    (Packet(ACK, "/admin", [b"\3\2\1"], 456), [f"61-/admin,456[{ONE}]", b"\3\2\1"]),
]

documented = pytest.mark.parametrize("packet, frames", VERSION_5 + VERSION_4, ids=lambda value: str(value)[:60])


@documented
def test_a_packet_is_encoded_as_the_document_says(packet, frames):
    assert JSONParser().encode(packet) == frames


@documented
def test_the_frames_of_the_document_are_decoded_one_by_one(packet, frames):
    decoder = JSONParser().decoder()
    *early, last = frames
    for frame in early:
        assert decoder.add(frame) is None
        assert decoder.waiting
    assert decoder.add(last) == packet
    assert not decoder.waiting and decoder.held == 0


def test_the_comma_behind_a_namespace_may_be_missing():
    assert JSONParser().decoder().add("0/custom") == Packet(CONNECT, "/custom")


def test_an_ack_without_payload_is_an_ack_without_arguments():
    assert JSONParser().decoder().add("31") == Packet(ACK, "/", [], 1)


def test_an_event_may_be_called_by_a_number_as_in_node():
    assert JSONParser().decoder().add("2[5,true]") == Packet(EVENT, "/", [5, True])
