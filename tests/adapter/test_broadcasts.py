"""Broadcasts and deeds between the hubs of several processes, over a channel layer."""

import pytest
from channels.layers import InMemoryChannelLayer

from realtime.adapter import EVERY_HUB, layer_message
from realtime.cluster.wire import Request, message_of
from realtime.exceptions import BroadcastError
from realtime.metrics import counters
from realtime.operators import Operator
from realtime.signals import server_side_event
from realtime.socketio.rooms import group_name
from tests.adapter.layers import HI, FlakyLayer, foreign, send, turns
from tests.adapter.sockets import member, new_hub


def joining(rooms):
    request = Request("f" * 24, "a" * 24, "join", "/", rooms, "", [], [], False, 1.0, False)
    return {**message_of(request), "origin": "another"}


# -- from other processes -------------------------------------------------------------------------------------


async def test_a_broadcast_of_another_process_reaches_the_namespace():
    layer = InMemoryChannelLayer()
    hub = new_hub(layer)
    a, b = await member(hub, "a"), await member(hub, "b")
    await send(layer, foreign(excepted=("b",)))
    assert a.heard == [HI] and b.heard == []


async def test_what_a_server_tells_the_others_is_a_signal_there_and_not_here():
    layer, heard = FlakyLayer(), []
    hub = new_hub(layer)
    await member(hub, "a")
    await layer.group_add(EVERY_HUB, "another")

    async def hear(sender, event, args, **kwargs):
        heard.append((sender, event, args))

    server_side_event.connect(hear)
    try:
        await Operator(hub, "/chat").server_side_emit("hello", 1, b"\x00")
        told = await layer.receive("another")
        await turns()
        assert heard == []
        await layer.group_send(EVERY_HUB, {**told, "origin": "another"})
        await turns()
    finally:
        server_side_event.disconnect(hear)
    assert heard == [("/chat", "hello", [1, b"\x00"])]


async def test_a_broadcast_of_another_process_reaches_a_room_through_the_rooms_group():
    layer = InMemoryChannelLayer()
    hub = new_hub(layer)
    a, b = await member(hub, "a", "team/a"), await member(hub, "b")
    await send(layer, foreign(rooms=("team/a",)), room="team/a")
    assert a.heard == [HI] and b.heard == []


async def test_ones_own_message_is_not_heard_twice():
    layer = InMemoryChannelLayer()
    hub = new_hub(layer)
    a = await member(hub, "a")
    await send(layer, layer_message("/", HI, "json", (), (), {}))
    assert a.heard == []


async def test_binary_travels_as_it_is():
    layer = InMemoryChannelLayer()
    a = await member(new_hub(layer), "a")
    frames = ('451-["x",{"_placeholder":true,"num":0}]', b"\x00\xff")
    await send(layer, foreign(body=frames))
    assert a.heard == [list(frames)]


async def test_other_processes_make_sockets_join_leave_and_go():
    layer = InMemoryChannelLayer()
    hub = new_hub(layer)
    a = await member(hub, "a", "x")
    await layer.group_send(EVERY_HUB, joining(["y", "z"]))
    await turns()
    assert a.joined == {"x", "y", "z"} and group_name("/", "y") in layer.groups
    await send(layer, foreign(body=["z", "x"], rooms=("y",), kind="socketio.leave"), room="y")
    assert a.joined == {"y"}
    await send(layer, foreign(body=True, rooms=("a",), kind="socketio.disconnect"))
    assert a.closed is True and hub.rooms == {}


async def test_a_broadcast_behind_a_join_of_the_same_process_is_heard():
    layer = InMemoryChannelLayer()
    hub = new_hub(layer)
    a = await member(hub, "a")
    group = group_name("/")
    await layer.group_send(EVERY_HUB, joining(["y"]))
    await layer.group_send(group, foreign(rooms=("y", "other")))
    await turns()
    assert a.heard == [HI]


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"type": "socketio.broadcast"},
        {"type": "chat.message", "text": "hi"},
        {"type": []},
        {**foreign(), "type": "socketio.unknown"},
        foreign(body=()),
        foreign(body="42"),
        foreign(body=(1, None)),
        foreign(body=({},)),
        foreign(namespace=None),
        foreign(rooms=(1,)),
        foreign(parser="msgpack"),
        {**foreign(), "rooms": "ab"},
        {**foreign(), "rooms": None},
        {**foreign(), "except": 7},
        foreign(body="x", kind="socketio.disconnect"),
        foreign(body=("x", 1), kind="socketio.leave"),
        foreign(body=("x",), kind="socketio.disconnect"),
        {key: value for key, value in foreign().items() if key != "volatile"},
    ],
)
async def test_garbage_on_the_layer_is_dropped_and_counted(message, caplog):
    layer = InMemoryChannelLayer()
    hub = new_hub(layer)
    a, before = await member(hub, "a", "a", "b"), counters["layer_messages_refused"]
    await layer.group_send(group_name("/"), message)
    await turns()
    assert a.heard == [] and a.closed is None and counters["layer_messages_refused"] == before + 1
    await send(layer, foreign())
    assert a.heard == [HI], "the reader goes on"
    assert caplog.messages == []


# -- to other processes ---------------------------------------------------------------------------------------


async def test_a_broadcast_goes_to_the_group_of_its_room_or_of_the_namespace():
    layer = FlakyLayer()
    hub = new_hub(layer)
    await member(hub, "a", "x")
    for group in (group_name("/"), group_name("/", "x")):
        await layer.group_add(group, "specific.test!x")
    await hub.broadcast("/", ("one",), ("x",))
    await hub.broadcast("/", ("all",), ("x", "y"))
    await hub.broadcast("/", ("here",), ("x",), (), {"local": True})
    await hub.broadcast("/", ("own",), ("a",))
    bodies = []
    while "specific.test!x" in layer.channels:
        bodies.append((await InMemoryChannelLayer.receive(layer, "specific.test!x"))["body"])
    assert bodies == [['42["one"]'], ['42["all"]']]


async def test_a_layer_that_is_away_is_an_error_that_says_who_heard():
    layer = FlakyLayer()
    hub = new_hub(layer)
    a, b = await member(hub, "a"), await member(hub, "b")
    layer.broken = True
    with pytest.raises(BroadcastError) as unreachable:
        await Operator(hub, "/").emit("hi")
    assert unreachable.value.local == 2 and a.heard == b.heard == [HI]
    await Operator(hub, "/").local.emit("hi")
