"""Hubs with a channel layer between them, and with layers that fail."""

import asyncio
import threading

import pytest
from channels.layers import InMemoryChannelLayer

from realtime.adapter import EVERY_HUB, Hub, hub_for, hubs, layer_message
from realtime.cluster.wire import Request, message_of
from realtime.exceptions import BroadcastError
from realtime.metrics import counters
from realtime.operators import Operator
from realtime.signals import server_side_event
from realtime.socketio.parser import JSONParser
from realtime.socketio.rooms import group_name
from tests.adapter.sockets import SECRET, Member, member, member_in_another_thread, new_hub

HI = ['42["hi"]']


class FlakyLayer(InMemoryChannelLayer):
    """A real layer whose deeds fail while ``broken``, and wait while ``gate`` is closed. Not a local one to a hub."""

    def __init__(self, **config):
        super().__init__(**config)
        self.broken, self.gate, self.adds = False, asyncio.Event(), []
        self.gate.set()

    async def _deed(self):
        await self.gate.wait()
        if self.broken:
            raise ConnectionError("the layer is away")

    async def group_add(self, group, channel):
        await self._deed()
        self.adds.append(group)
        await super().group_add(group, channel)

    async def group_discard(self, group, channel):
        await self._deed()
        await super().group_discard(group, channel)

    async def group_send(self, group, message):
        await self._deed()
        await super().group_send(group, message)

    async def receive(self, channel):
        receiving = asyncio.ensure_future(super().receive(channel))
        while not receiving.done():
            await asyncio.sleep(0)
            if self.broken:
                receiving.cancel()
                raise ConnectionError("the layer is away")
        return receiving.result()


async def turns(count=40):
    for _ in range(count):
        await asyncio.sleep(0)


def foreign(namespace="/", body=('42["hi"]',), rooms=(), excepted=(), kind="socketio.broadcast", **more):
    """A message as another process sends it."""
    message = layer_message(
        namespace, list(body) if isinstance(body, tuple) else body, "json", rooms, excepted, {}, kind
    )
    return {**message, "origin": "another", **more}


def joining(rooms):
    request = Request("f" * 24, "a" * 24, "join", "/", rooms, "", [], [], False, 1.0, False)
    return {**message_of(request), "origin": "another"}


async def send(layer, message, room=None):
    await layer.group_send(group_name(message.get("namespace", "/"), room), message)
    await turns()


# -- from other processes -----------------------------------------------------------------------------------


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


# -- to other processes -------------------------------------------------------------------------------------


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


async def test_rooms_work_in_this_process_while_the_layer_is_away_and_reach_others_when_it_is_back(clock, caplog):
    layer = FlakyLayer()
    hub = new_hub(layer)
    layer.broken = True
    a = await member(hub, "a", "x")
    assert await hub.broadcast("/", ("hi",), ("x",), (), {"local": True}) == 1
    layer.broken = False
    for _ in range(3):
        await clock.advance(1.1)
        await turns()
    assert group_name("/", "x") in layer.groups and group_name("/") in layer.groups
    await send(layer, foreign(rooms=("x",)), room="x")
    assert a.heard == [HI, HI]


async def test_a_layer_that_forgot_everything_is_told_again(clock):
    layer = FlakyLayer()
    hub = new_hub(layer)
    a = await member(hub, "a", "x")
    layer.broken = True
    await turns()
    await layer.flush()  # a restarted Redis
    layer.broken = False
    for _ in range(3):
        await clock.advance(1.1)
        await turns()
    await send(layer, foreign(rooms=("x",)), room="x")
    assert a.heard == [HI]


async def test_groups_are_joined_again_before_the_layer_forgets_them(clock):
    layer = FlakyLayer(group_expiry=100)
    hub = new_hub(layer)
    await member(hub, "a", "x")
    await hub.subscriptions.add(Listener(), ["orders"])
    before = set(layer.adds)
    assert {group_name("/"), group_name("/", "x"), "orders"} <= before
    layer.adds.clear()
    await clock.advance(51)
    await turns()
    assert set(layer.adds) == before


# -- races --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wishes", ["jl", "jlj", "jljl", "jljlj", "jjll", "ljlj"])
async def test_the_last_wish_wins_however_slow_the_layer_is(wishes):
    for early in range(len(wishes) + 1):
        layer = FlakyLayer()
        hub = new_hub(layer)
        a = await member(hub, "a")
        layer.gate.clear()
        joins = []
        for number, wish in enumerate(wishes):
            if number == early:
                layer.gate.set()
            if wish == "j":
                joins.append(asyncio.ensure_future(hub.join(a, ["x"])))
            else:
                hub.leave(a, ["x"])
            await turns(1 + number % 3)
        layer.gate.set()
        await asyncio.gather(*joins)
        await turns()
        assert (group_name("/", "x") in layer.groups) == (wishes[-1] == "j")


async def test_the_second_to_join_waits_too_until_the_layer_has_it():
    layer = FlakyLayer()
    hub = new_hub(layer)
    a, b = await member(hub, "a"), await member(hub, "b")
    layer.gate.clear()
    joining = [asyncio.ensure_future(hub.join(each, ["x"])) for each in (a, b)]
    await turns()
    assert not any(task.done() for task in joining)
    layer.gate.set()
    await asyncio.gather(*joining)


async def test_nothing_is_kept_of_rooms_that_everybody_has_left():
    layer = FlakyLayer()
    hub = new_hub(layer)
    for number in range(50):
        a = await member(hub, f"{number}", f"room{number}")
        hub.remove(a)
    await turns(200)
    assert len(hub.link._wanted) == len(hub.link._members) == 1 and not hub.link._steps


# -- several hubs in a process ------------------------------------------------------------------------------


async def test_hubs_in_two_threads_share_broadcasts():
    """What the member in the other thread hears is looked at when it has heard."""
    heard = threading.Event()
    async with member_in_another_thread("x") as other:
        other.deliver = lambda frames, flags=None: (other.heard.append(list(frames)), heard.set())
        other.fan_out = lambda members, frames: [each.deliver(frames) for each in members]
        here = await member(hub_for(JSONParser(), None, SECRET), "here", "x")
        await Operator(here.hub, "/").to("x").emit("hi")
        assert await asyncio.to_thread(heard.wait, 5)
        assert here.heard == other.heard == [HI]
        assert len(hubs()) >= 2
    assert all(not hub.loop.is_closed() for hub in hubs()), "a loop that has ended takes its hub along"
    await Operator(here.hub, "/").to("x").emit("hi")


async def test_a_loop_has_one_hub_for_each_layer():
    layer = InMemoryChannelLayer()
    assert hub_for(JSONParser(), layer) is hub_for(JSONParser(), layer)
    assert hub_for(JSONParser(), layer) is not hub_for(JSONParser(), None)
    assert isinstance(hub_for(JSONParser(), None), Hub)


# -- ordinary groups ----------------------------------------------------------------------------------------


class Listener:
    def __init__(self):
        self.messages = []

    def layer_message(self, message):
        self.messages.append(message)


async def test_ordinary_groups_reach_who_subscribed_until_they_unsubscribe():
    layer = InMemoryChannelLayer()
    hub = new_hub(layer)
    a, b = Listener(), Listener()
    await hub.subscriptions.add(a, ["orders", "news"])
    await hub.subscriptions.add(b, ["orders"])
    for group in ("orders", "news"):
        await layer.group_send(group, {"type": group})
    await turns()
    assert a.messages == [{"type": "orders"}, {"type": "news"}] and b.messages == [{"type": "orders"}]
    await hub.subscriptions.remove(a, ["orders", "news"])
    await layer.group_send("orders", {"type": "orders"})
    await turns()
    assert len(a.messages) == 2 and len(b.messages) == 2 and "news" not in layer.groups
    await hub.subscriptions.remove(b, ["orders", "never subscribed"])
    await turns()
    assert "orders" not in layer.groups and hub.subscriptions._members == {}


async def test_unsubscribing_while_the_layer_is_away_raises_nothing(unraised_layer):
    layer = FlakyLayer()
    hub = new_hub(layer)
    a = Listener()
    await hub.subscriptions.add(a, ["orders"])
    layer.broken = True
    await hub.subscriptions.remove(a, ["orders"])
    assert hub.subscriptions._members == hub.subscriptions._listeners == {}


@pytest.fixture
def unraised_layer(caplog):
    yield
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


def test_a_member_is_what_a_hub_needs():
    assert {"deliver", "fan_out", "expect_ack", "forget_ack", "disconnect"} <= set(dir(Member))


async def test_groups_that_a_layer_did_not_take_at_once_are_joined_until_it_does(clock):
    layer = FlakyLayer()
    hub = new_hub(layer)
    a = await member(hub, "a", "x")
    await turns()
    layer.groups.clear()
    added, refused = layer.group_add, [group_name("/", "x")]

    async def not_yet(group, channel):
        if group in refused:
            raise ConnectionError("not yet")
        await added(group, channel)

    layer.group_add = not_yet
    hub.link.join_again()
    await turns()
    assert group_name("/") in layer.groups and group_name("/", "x") not in layer.groups
    refused.clear()
    for _ in range(3):
        await clock.advance(1.1)
        await turns()
    await send(layer, foreign(rooms=("x",)), room="x")
    assert a.heard == [HI]
