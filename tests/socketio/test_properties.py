"""For all packets and for all garbage."""

from hypothesis import given
from hypothesis import strategies as st

from realtime.exceptions import PacketError
from realtime.socketio.packet import RESERVED_EVENTS, Packet, PacketType
from realtime.socketio.parser import JSONParser

# Lone surrogates too; but no second halves, since two escaped halves are one character again.
characters = st.characters(exclude_categories=["Cs"]) | st.characters(min_codepoint=0xD800, max_codepoint=0xDBFF)
text = st.text(characters, max_size=20)
numbers = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
leaves = st.none() | st.booleans() | numbers | text
# A dict of the data that looks like a placeholder would be taken for one, as in Node.
keys = text.filter(lambda key: key != "_placeholder")


def nested(leaves):
    return st.recursive(leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4))


values = nested(leaves)
names = st.text(max_size=30).filter(lambda name: name not in RESERVED_EVENTS)
namespaces = st.just("/") | st.from_regex(r"\A/[^,\n\ud800-\udfff]{1,30}\Z")
ids = st.none() | st.integers(0, 2**53 - 1)
with_binary = nested(leaves | st.binary(max_size=20))
none = st.none()


def packets_of(kind, data, ids=none):
    return st.builds(Packet, type=st.just(kind), namespace=namespaces, data=data, id=ids)


events = packets_of(
    PacketType.EVENT, st.builds(lambda name, args: [name, *args], names, st.lists(with_binary, max_size=4)), ids
)
acks = packets_of(PacketType.ACK, st.lists(with_binary, max_size=4), ids)
connects = packets_of(PacketType.CONNECT, none | st.dictionaries(keys, values, max_size=4))
errors = packets_of(PacketType.CONNECT_ERROR, text | st.dictionaries(keys, values, max_size=4))
packets = events | acks | connects | errors | packets_of(PacketType.DISCONNECT, none)


def everything(parser_decoder, frames):
    return [packet for packet in map(parser_decoder.add, frames) if packet is not None]


@given(st.lists(packets, max_size=4))
def test_what_is_encoded_is_decoded(sent):
    parser = JSONParser(max_attachments=1000)
    frames = [frame for packet in sent for frame in parser.encode(packet)]
    assert everything(parser.decoder(), frames) == sent


@given(packets)
def test_every_frame_is_utf8(packet):
    for frame in JSONParser().encode(packet):
        assert isinstance(frame, bytes) or frame.encode()


frames = st.lists(
    st.text(max_size=40)
    | st.binary(max_size=10)
    | st.from_regex(r'[0-7]([0-9]{0,3}-)?(/[a-z?=]*,)?[0-9]{0,20}([\[{"][\[\]{}",:a-z0-9.\-]{0,20})?', fullmatch=True)
    | st.sampled_from(['51-["x",{"_placeholder":true,"num":0}]', '52-["x"]', "2[", '2["x"]', "0", "31[]"]),
    max_size=6,
)


@given(frames)
def test_garbage_is_a_packet_or_a_packet_error_and_nothing_else(garbage):
    decoder = JSONParser().decoder()
    for frame in garbage:
        try:
            packet = decoder.add(frame)
        except PacketError:
            return
        assert packet is None or packet.type <= PacketType.CONNECT_ERROR


@given(events, st.data())
def test_a_frame_cut_anywhere_is_never_anything_else(packet, data):
    first = JSONParser().encode(packet)[0]
    cut = data.draw(st.integers(0, len(first)))
    test_garbage_is_a_packet_or_a_packet_error_and_nothing_else.hypothesis.inner_test([first[:cut], first[cut:]])
