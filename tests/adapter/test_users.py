"""Users as targets: their sockets in one namespace, in all, here and in other processes."""

import asyncio

import pytest
from channels.layers import InMemoryChannelLayer

from realtime.exceptions import AckTimeout, RoomRefused
from realtime.operators import Operator
from realtime.socketio.rooms import group_name
from realtime.targets import EVERYWHERE, user_room
from tests.adapter.sockets import member, new_hub

ADA, BOB = user_room("ada"), user_room("bob")


class Shared(InMemoryChannelLayer):
    """A layer between hubs that pass for two processes: what one sends has another's origin."""

    async def group_send(self, group, message):
        await super().group_send(group, {**message, "origin": "another"})


async def settled():
    for _ in range(40):
        await asyncio.sleep(0)


async def devices(hub, **more):
    """Two sockets of Ada in "/" and one in "/chat", one of Bob, and one of nobody."""
    return [
        await member(hub, "a1", user=ADA),
        await member(hub, "a2", "lobby", user=ADA),
        await member(hub, "a3", namespace="/chat", user=ADA),
        await member(hub, "b", "lobby", user=BOB),
        await member(hub, "n"),
    ]


async def test_a_user_is_all_devices_in_the_namespace_and_nobody_else():
    hub = new_hub()
    a1, a2, a3, b, n = await devices(hub)
    await Operator(hub, "/").user("ada").emit("hi")
    assert a1.heard == a2.heard == [['42["hi"]']]
    assert a3.heard == b.heard == n.heard == []


async def test_users_and_rooms_are_a_union_without_duplicates():
    hub = new_hub()
    everybody = await devices(hub)
    await Operator(hub, "/").user("ada").user("bob").to("lobby", "a2").emit("hi")
    assert [len(one.heard) for one in everybody] == [1, 1, 0, 1, 0]
    await Operator(hub, "/").except_(ADA).emit("hi")
    assert [len(one.heard) for one in everybody] == [1, 1, 0, 2, 1]


async def test_everywhere_each_socket_hears_it_in_its_own_namespace():
    hub = new_hub()
    a1, a2, a3, b, n = await devices(hub)
    await Operator(hub, EVERYWHERE).user("ada").except_("a2").emit("hi", b"\1")
    assert a1.heard == [['451-["hi",{"_placeholder":true,"num":0}]', b"\1"]]
    assert a3.heard == [['451-/chat,["hi",{"_placeholder":true,"num":0}]', b"\1"]]
    assert a2.heard == b.heard == n.heard == []


async def test_everywhere_the_same_deeds_work():
    hub = new_hub()
    a1, a2, a3, b, n = await devices(hub)
    ada = Operator(hub, EVERYWHERE).user("ada")
    assert {(found.namespace, found.id) for found in await ada.fetch_sockets()} == {
        ("/", "a1"), ("/", "a2"), ("/chat", "a3"),
    }  # fmt: skip
    await ada.sockets_join("vip")
    assert all("vip" in one.rooms for one in (a1, a2, a3)) and "vip" not in b.rooms
    assert await hub.broadcast("/chat", ("x",), ("vip",)) == 1
    asking = asyncio.ensure_future(ada.call("ok?", timeout=0.05))
    await settled()
    assert a3.heard[-1][0].startswith("42/chat,") and a1.heard[-1][0].startswith("421")
    for one in (a1, a3):
        one.answers[next(iter(one.answers))].set_result([one.sid])
    with pytest.raises(AckTimeout) as late:
        await asking
    assert (sorted(late.value.responses), late.value.missing) == (["a1", "a3"], ["a2"])
    await ada.disconnect_sockets(close=True)
    assert (a1.closed, a2.closed, a3.closed, b.closed) == (True, True, True, None)


async def test_nothing_is_kept_of_a_user_who_has_left():
    layer = Shared()
    hub = new_hub(layer)
    a, b = await member(hub, "a", user=ADA), await member(hub, "b", user=ADA)
    group = group_name(EVERYWHERE, ADA)
    assert group in layer.groups
    hub.remove(a)
    await settled()
    assert group in layer.groups
    hub.remove(b)
    await settled()
    assert group not in layer.groups
    assert await hub.broadcast("/", ("hi",), (ADA,)) == 0


@pytest.mark.parametrize("namespace, heard", [("/", [1, 1, 0, 0, 0]), (EVERYWHERE, [1, 1, 1, 0, 0])])
async def test_a_user_is_found_in_another_process_by_a_group_of_its_own(namespace, heard):
    layer = Shared()
    here, there = new_hub(layer), new_hub(layer)
    await there.link.want("unrelated")
    everybody = await devices(there)
    await Operator(here, namespace).user("ada").emit("hi")
    await settled()
    assert [len(one.heard) for one in everybody] == heard
    for one in everybody:
        await there.join(one, ["vip"])
    await Operator(here, namespace).user("ada").sockets_leave("vip")
    await settled()
    assert ["vip" in one.joined for one in everybody] == [not count for count in heard]


async def test_several_users_everywhere_are_found_in_another_process():
    layer = Shared()
    here, there = new_hub(layer), new_hub(layer)
    everybody = await devices(there)
    await settled()
    await Operator(here, EVERYWHERE).user("ada").user("bob").emit("hi")
    await settled()
    assert [one.heard for one in everybody] == [[['42["hi"]']]] * 2 + [[['42/chat,["hi"]']]] + [[['42["hi"]']], []]


async def test_nobody_joins_a_users_room_not_even_on_a_command():
    hub = new_hub()
    a, b = await member(hub, "a", user=ADA), await member(hub, "b")
    with pytest.raises(RoomRefused):
        await hub.join(b, [ADA])
    await hub.command_here("join", "/", [str(ADA)])
    await hub.broadcast("/", ("hi",), (ADA,))
    assert (len(a.heard), b.heard, b.joined) == (1, [], set())
    assert a.rooms == {"a"}  # and a user's room is not among the rooms one sees


async def test_what_clients_may_not_send_can_be_sent_everywhere():
    hub = new_hub()
    ada = await member(hub, "a", namespace="/chat", user=ADA)
    deep = "x"
    for _ in range(200):
        deep = [deep]
    await Operator(hub, EVERYWHERE).user("ada").emit("e" * 300, deep, [b"\1"] * 50)
    ((text, *attachments),) = ada.heard
    assert text.startswith('4550-/chat,["eee')
    assert attachments == [b"\1"] * 50
