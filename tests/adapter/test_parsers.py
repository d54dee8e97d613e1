"""Hubs whose clients speak different parsers hear each other, in one process and over a channel layer."""

import msgpack
import pytest
from channels.layers import InMemoryChannelLayer

from realtime.adapter import event_packet, frames_of, hub_for, layer_message
from realtime.metrics import counters
from realtime.socketio.parser import JSONParser, parser
from realtime.socketio.rooms import group_name
from tests.adapter.layers import FlakyLayer, turns
from tests.adapter.sockets import member

ARGS = ("hi", {"a": [1, None, "日本"]}, b"\0\xff")
IN_JSON = ['451-["hi",{"a":[1,null,"日本"]},{"_placeholder":true,"num":0}]', b"\0\xff"]


def read(frames):
    (frame,) = frames
    return msgpack.unpackb(frame)


async def by_layer(layer, codec, args, namespace="/"):
    """A broadcast of another process whose clients speak ``codec``."""
    frames = frames_of(codec, event_packet(namespace, args))
    message = layer_message(namespace, frames, codec.name, (), (), {})
    await layer.group_send(group_name(namespace), {**message, "origin": "another"})
    await turns()


async def test_hubs_of_one_process_say_it_in_their_own_parser():
    layer = InMemoryChannelLayer()
    json_hub, msgpack_hub = hub_for(JSONParser(), layer), hub_for(parser("msgpack"), layer)
    a, b = await member(json_hub, "a"), await member(msgpack_hub, "b")
    await json_hub.broadcast("/", ARGS)
    await turns()
    await msgpack_hub.broadcast("/", ("back", b"\1", {2: 3}))
    await turns()
    assert a.heard == [IN_JSON, ['451-["back",{"_placeholder":true,"num":0},{"2":3}]', b"\1"]]
    assert [read(frames)["data"] for frames in b.heard] == [list(ARGS), ["back", b"\1", {"2": 3}]]


async def test_processes_with_different_parsers_understand_each_other():
    layer = FlakyLayer()
    a, b = await member(hub_for(JSONParser(), layer), "a"), await member(hub_for(parser("msgpack"), layer), "b")
    await by_layer(layer, parser("msgpack"), ARGS)
    await by_layer(layer, JSONParser(), ARGS)
    assert a.heard == [IN_JSON] * 2
    assert [read(frames) for frames in b.heard] == [{"type": 2, "nsp": "/", "data": list(ARGS)}] * 2


async def test_what_servers_say_is_not_bounded_as_what_clients_say_is():
    layer, many, deep = FlakyLayer(), [b"x"] * 30, []
    for _ in range(100):
        deep = [deep]
    a = await member(hub_for(JSONParser(max_attachments=1, max_depth=2), layer), "a")
    b = await member(hub_for(parser("msgpack", max_depth=2), layer), "b")
    await by_layer(layer, parser("msgpack"), ("hi", many, deep))
    await by_layer(layer, JSONParser(), ("hi", many, deep))
    assert [len(frames) for frames in a.heard] == [31, 31] and len(b.heard) == 2


class Upside:
    """A parser of a project."""

    name = "upside"

    def encode(self, packet):
        return [frame[::-1] for frame in JSONParser().encode(packet)]

    def decoder(self):
        inner = JSONParser().decoder()
        add, inner_add = (lambda frame: inner_add(frame[::-1])), inner.add
        return type("Decoder", (), {"add": staticmethod(add)})()


async def test_a_parser_of_the_project_is_known_where_a_hub_has_it():
    layer = FlakyLayer()
    a = await member(hub_for(JSONParser(), layer), "a")
    before = counters["layer_messages_refused"]
    await by_layer(layer, Upside(), ("hi", 1))
    assert a.heard == [] and counters["layer_messages_refused"] == before + 1
    hub_for(Upside(), layer)
    await by_layer(layer, Upside(), ("hi", 1))
    assert a.heard == [['42["hi",1]']]


@pytest.mark.parametrize("body", [[b"\xc1"], ["text"], ['42["hi"]'], [b"\x80"], [b"\x91" * 2000]])
async def test_garbage_of_another_parser_is_dropped_and_counted(body):
    layer = FlakyLayer()
    a, before = await member(hub_for(JSONParser(), layer), "a"), counters["layer_messages_refused"]
    message = layer_message("/", body, "msgpack", (), (), {})
    await layer.group_send(group_name("/"), {**message, "origin": "another"})
    await turns()
    assert a.heard == [] and counters["layer_messages_refused"] == before + 1


@pytest.mark.parametrize("name", [None, 7, ["json"], "", "yaml"])
async def test_a_parser_that_nobody_knows_is_counted(name):
    layer = FlakyLayer()
    a, before = await member(hub_for(JSONParser(), layer), "a"), counters["layer_messages_refused"]
    await layer.group_send(group_name("/"), {**layer_message("/", ['42["hi"]'], name, (), (), {}), "origin": "another"})
    await turns()
    assert a.heard == [] and counters["layer_messages_refused"] == before + 1


async def test_what_the_other_parser_cannot_say_is_logged_and_counted(caplog):
    layer, before = InMemoryChannelLayer(), counters["transcodings_failed"]
    json_hub, msgpack_hub = hub_for(JSONParser(), layer), hub_for(parser("msgpack"), layer)
    a, b = await member(json_hub, "a"), await member(msgpack_hub, "b")
    await json_hub.broadcast("/", ("hi", 2**70))
    await turns()
    assert len(a.heard) == 1 and b.heard == [] and counters["transcodings_failed"] == before + 1
    assert "cannot be said in msgpack" in caplog.text
