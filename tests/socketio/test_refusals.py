"""What a peer may not send is a ``PacketError``, whatever it is."""

import pytest

from realtime.exceptions import PacketError
from realtime.socketio.packet import RESERVED_EVENTS
from realtime.socketio.parser import JSONParser

ILLEGAL = {
    "nothing": "",
    "an unknown type": "7",
    "no type": "abc",
    "a type that is a digit elsewhere only": "\u0662[]",
    "a connect with a list": "0[]",
    "a connect with null": "0null",
    "a connect with a string": '0"x"',
    "a disconnect with a payload": "1{}",
    "an event without payload": "2",
    "an event with an object": "2{}",
    "an event with an object in the place of a list": '2{"toString":"x"}',
    "an event without name": "2[]",
    "an event called by an object": '2[{"toString":"x"}]',
    "an event called by a list": '2[["x"]]',
    "an event called by null": "2[null]",
    "an event called by a boolean": "2[true]",
    "an event called by a huge number": "2[" + "9" * 400 + "]",
    "an event that is no JSON": "2abc",
    "an event with a tail": '2["x"]]',
    "an event with a second value": '2["x"]["y"]',
    "an event that ends early": '2["x"',
    "an ack with an object": "31{}",
    "an ack that is a string": '31"x"',
    "a connect error with a number": "41.5",
    "a connect error that is no JSON": "4abc",
    "a namespace without slash": '2chat,["x"]',
    "a namespace that is too long": "0/" + "n" * 256,
    "an event name that is too long": '2["' + "n" * 256 + '"]',
    "an id of 2**53": '29007199254740992["x"]',
    "an id of 400 digits": "3" + "1" * 400 + "[]",
    "a negative id": '2-1["x"]',
    "attachments of a plain event": '21-["x"]',
    "a binary event without a count": '5["x"]',
    "a binary event that says none": '50-["x"]',
    "a binary ack that says none": "60-1[]",
    "a binary event with 11 attachments": '511-["x"]',
    "a binary event with 5999999 attachments": '55999999-["x"]',
    "a binary event with 40 digits of attachments": "5" + "9" * 40 + '-["x"]',
    "a negative count": '5-1-["x"]',
    "a binary event that is no list": "51-{}",
    "a placeholder for a method": '51-["x",{"_placeholder":true,"num":"splice"}]',
    "a placeholder behind the last": '51-["x",{"_placeholder":true,"num":1}]',
    "a negative placeholder": '51-["x",{"_placeholder":true,"num":-1}]',
    "a boolean placeholder": '51-["x",{"_placeholder":true,"num":false}]',
    "a broken placeholder": '51-["x",{"_placeholder":true,"num":0.5}]',
    "a placeholder without number": '51-["x",{"_placeholder":true}]',
    "a placeholder as the name": '51-[{"_placeholder":true,"num":0}]',
    "NaN": '2["x",NaN]',
    "Infinity": '2["x",Infinity]',
    "-Infinity": '2["x",-Infinity]',
    "1e999": '2["x",1e999]',
    "-1e999": '2["x",-1e999]',
    "an integer of 4301 digits": '2["x",' + "1" * 4301 + "]",
    "lists too deep": "2" + "[" * 65 + "]" * 65,
    "objects too deep": '2["x",' + '{"a":' * 64 + "1" + "}" * 64 + "]",
    "100,000 brackets": "2" + "[" * 100_000,
    "100,000 brackets and their ends": '2["x",' + "[" * 100_000 + "]" * 100_001,
    "a control character in a string": '2["\n"]',
    **{f"the reserved name {name}": f'2["{name}"]' for name in sorted(RESERVED_EVENTS)},
    **{f"the reserved name {name} with binary": f'51-["{name}"]' for name in sorted(RESERVED_EVENTS)},
}


@pytest.fixture
def decoder():
    return JSONParser().decoder()


@pytest.mark.parametrize("frame", ILLEGAL.values(), ids=ILLEGAL)
def test_it_is_refused(frame, decoder):
    with pytest.raises(PacketError):
        decoder.add(frame)


def test_binary_that_nobody_announced_is_refused(decoder):
    with pytest.raises(PacketError):
        decoder.add(b"x")


def test_text_among_attachments_is_refused(decoder):
    decoder.add('52-["x",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]')
    decoder.add(b"one")
    with pytest.raises(PacketError):
        decoder.add('2["x"]')


def test_attachments_that_are_too_large_together_are_refused_and_let_go():
    decoder = JSONParser(max_attachment_bytes=10).decoder()
    decoder.add('52-["x",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]')
    decoder.add(b"123456")
    assert decoder.held == 6
    with pytest.raises(PacketError):
        decoder.add(b"12345")
    assert decoder.held == 0


def test_brackets_inside_of_strings_are_not_deep(decoder):
    text = r"[[{\"[" * 100
    assert decoder.add(f'2["x","{text}"]').data[1] == text.replace("\\", "")


def test_64_levels_are_allowed(decoder):
    assert decoder.add("2" + '["x",' + "[" * 63 + "]" * 63 + "]").data[0] == "x"


def test_a_list_of_a_hundred_lists_is_not_deep(decoder):
    assert len(decoder.add('2["x"' + ",[]" * 100 + "]").data) == 101


def test_names_of_255_characters_are_allowed(decoder):
    assert decoder.add("0/" + "n" * 254).namespace == "/" + "n" * 254
    assert decoder.add('2["' + "房" * 255 + '"]').data == ["房" * 255]


def test_the_query_behind_a_namespace_may_be_longer(decoder):
    assert decoder.add("0/x?" + "q" * 1000 + ",").namespace == "/x?" + "q" * 1000


def test_names_of_python_and_javascript_are_names_like_others(decoder):
    for name in ("__proto__", "__class__", "constructor", "dispatch", "websocket.disconnect", "error", "*", ""):
        assert decoder.add(f'2["{name}",{{"__proto__":1}}]').data == [name, {"__proto__": 1}]


def test_the_limits_are_options():
    parser = JSONParser(max_attachments=1, max_depth=2, max_name_length=3)
    for frame in ('52-["x"]', '2["x",[[]]]', '2["four"]', "0/four"):
        with pytest.raises(PacketError):
            parser.decoder().add(frame)
