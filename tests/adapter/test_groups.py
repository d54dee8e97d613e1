"""Hubs join the groups of a layer, however slow, forgetful or far away it is."""

import asyncio

import pytest
from channels.layers import InMemoryChannelLayer

from realtime.socketio.rooms import group_name
from tests.adapter.layers import HI, FlakyLayer, foreign, send, turns
from tests.adapter.sockets import member, new_hub


class Listener:
    """What a consumer is to the layer: it keeps what it hears."""

    def __init__(self):
        self.messages = []

    def layer_message(self, message):
        self.messages.append(message)


async def try_again(clock):
    """Time enough for the hub to ask the layer again for what it did not take."""
    for _ in range(3):
        await clock.advance(1.1)
        await turns()


# -- rooms ----------------------------------------------------------------------------------------------------


async def test_rooms_work_in_this_process_while_the_layer_is_away_and_reach_others_when_it_is_back(clock, caplog):
    layer = FlakyLayer()
    hub = new_hub(layer)
    layer.broken = True
    a = await member(hub, "a", "x")
    assert await hub.broadcast("/", ("hi",), ("x",), (), {"local": True}) == 1
    layer.broken = False
    await try_again(clock)
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
    await try_again(clock)
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
    await try_again(clock)
    await send(layer, foreign(rooms=("x",)), room="x")
    assert a.heard == [HI]


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


# -- ordinary groups ------------------------------------------------------------------------------------------


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


@pytest.fixture
def unraised_layer(caplog):
    yield
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def test_unsubscribing_while_the_layer_is_away_raises_nothing(unraised_layer):
    layer = FlakyLayer()
    hub = new_hub(layer)
    a = Listener()
    await hub.subscriptions.add(a, ["orders"])
    layer.broken = True
    await hub.subscriptions.remove(a, ["orders"])
    assert hub.subscriptions._members == hub.subscriptions._listeners == {}
