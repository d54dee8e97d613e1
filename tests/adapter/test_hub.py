"""Rooms of one process: who hears a broadcast."""

import asyncio

import pytest

from realtime.adapter import hubs
from realtime.exceptions import AckTimeout, Disconnected, EncodeError
from realtime.operators import Operator
from realtime.sids import is_sid, new_sid
from tests.adapter.sockets import SECRET, Member, member, new_hub

HI = ['42["hi"]']


async def test_a_broadcast_without_rooms_reaches_the_whole_namespace_and_no_other():
    hub = new_hub()
    a, b, other = await member(hub, "a"), await member(hub, "b"), await member(hub, "c", namespace="/chat")
    assert await hub.broadcast("/", ("hi",)) == 2
    assert a.heard == b.heard == [HI] and other.heard == []


async def test_the_namespace_is_written_into_the_frame():
    hub = new_hub()
    chat = await member(hub, "a", namespace="/chat")
    await hub.broadcast("/chat", ("hi", 1))
    assert chat.heard == [['42/chat,["hi",1]']]


async def test_a_room_is_a_room_of_its_namespace():
    hub = new_hub()
    here, there = await member(hub, "a", "x"), await member(hub, "b", "x", namespace="/chat")
    assert await hub.broadcast("/", ("hi",), ("x",)) == 1
    assert here.heard == [HI] and there.heard == []


async def test_the_sockets_and_rooms_of_this_process_can_be_looked_at():
    hub = new_hub()
    await member(hub, "a", "x", "y"), await member(hub, "b", "y"), await member(hub, "c", "y", namespace="/chat")
    assert Operator(hub, "/").rooms == {"a": {"a"}, "b": {"b"}, "x": {"a"}, "y": {"a", "b"}}
    assert Operator(hub, "/").to("x").rooms == {"a": {"a"}, "x": {"a"}, "y": {"a"}}
    sockets = Operator(hub, "/").except_("x").sockets
    assert {sid: socket.rooms for sid, socket in sockets.items()} == {"b": {"b", "y"}}
    await sockets["b"].emit("hi")
    assert hub.namespaces["/"]["b"].heard == [HI]


async def test_who_is_in_several_rooms_hears_once():
    hub = new_hub()
    both, one, none = await member(hub, "a", "x", "y"), await member(hub, "b", "y"), await member(hub, "c")
    assert await hub.broadcast("/", ("hi",), ("x", "y", "a")) == 2
    assert both.heard == one.heard == [HI] and none.heard == []


async def test_the_excepted_do_not_hear():
    hub = new_hub()
    a, b, c = await member(hub, "a", "x"), await member(hub, "b", "x", "y"), await member(hub, "c", "x")
    assert await hub.broadcast("/", ("hi",), ("x",), ("y", "c")) == 1
    assert a.heard == [HI] and b.heard == c.heard == []


async def test_the_sender_alone_is_excepted_by_its_id():
    hub = new_hub()
    a, b = await member(hub, "a"), await member(hub, "b")
    assert await hub.broadcast("/", ("hi",), (), ("a",)) == 1
    assert a.heard == [] and b.heard == [HI]


async def test_a_pending_sender_in_the_room_does_not_hear_itself():
    hub = new_hub()
    pending = Member(hub, "a")
    await hub.join(pending, ["x"])
    other = await member(hub, "b", "x")
    assert await hub.broadcast("/", ("hi",), ("x",), ("a",)) == 1
    assert pending.heard == [] and other.heard == [HI]


async def test_a_pending_socket_that_is_alone_in_its_namespace_may_broadcast_to_its_room():
    hub = new_hub()
    pending = Member(hub, "a")
    await hub.join(pending, ["x"])
    assert await hub.broadcast("/", ("hi",), ("x",)) == 1
    assert pending.heard == [HI]


async def test_broadcasts_to_nobody_are_fine():
    hub = new_hub()
    assert await hub.broadcast("/nowhere", ("hi",)) == 0
    assert await hub.broadcast("/", ("hi",), ("nobody", "here"), ("at", "all")) == 0


async def test_an_id_is_a_room_of_one():
    hub = new_hub()
    a, b = await member(hub, "a", "x"), await member(hub, "b", "x")
    assert await hub.broadcast("/", ("hi",), ("a",)) == 1
    assert a.heard == [HI] and b.heard == []


async def test_nobody_joins_the_room_of_anothers_id_not_even_of_another_process():
    hub = new_hub()
    a = await member(hub, "a")
    foreign = new_sid(SECRET)
    with pytest.raises(ValueError):
        await hub.join(a, ["fine", foreign])
    with pytest.raises(ValueError):
        await hub.join(a, [f"/chat#{foreign}"])
    assert a.joined == set() and hub.rooms == {}


async def test_ones_own_id_may_be_joined_and_left_and_stays():
    hub, sid = new_hub(), new_sid(SECRET)
    a = await member(hub, sid, sid)
    hub.leave(a, [sid])
    assert a.joined == set()
    assert await hub.broadcast("/", ("hi",), (sid,)) == 1


def test_ids_are_known_by_their_secret():
    sid = new_sid(SECRET)
    assert len(sid) == 20 and is_sid(sid, SECRET) and is_sid(f"/chat#{sid}", SECRET)
    assert not is_sid(sid, b"another") and not is_sid(sid[:-1], SECRET) and not is_sid("lobby", SECRET)
    for odd in ("", "#", "/", "é" * 20, "=" * 20, "!" * 20, "\ud83d" * 20):
        assert not is_sid(odd, SECRET)


@pytest.mark.parametrize("room", ["", "team/a", "team:a", "x" * 300, "房间", "\ud83d", "a b\n\0"])
async def test_any_string_is_a_room(room):
    hub = new_hub()
    inside, outside = await member(hub, "a", room), await member(hub, "b", room + "!")
    assert await hub.broadcast("/", ("hi",), (room,)) == 1
    assert inside.heard == [HI] and outside.heard == []


async def test_who_leaves_hears_no_more():
    hub = new_hub()
    a, b = await member(hub, "a", "x"), await member(hub, "b", "x")
    hub.leave(a, ["x", "never joined"])
    assert await hub.broadcast("/", ("hi",), ("x",)) == 1
    hub.remove(b)
    assert await hub.broadcast("/", ("hi",), ("x",)) == 0


async def test_nothing_is_kept_of_who_has_gone():
    hub = new_hub()
    a = await member(hub, "a", "x", "y")
    hub.remove(a)
    assert hub.rooms == {} and hub.namespaces == {}
    assert a.joined == {"x", "y"}, "the disconnect handlers still see the rooms"
    hub.remove(a)


async def test_what_cannot_be_encoded_or_may_not_be_sent_reaches_nobody():
    hub = new_hub()
    a = await member(hub, "a")
    for args, error in ((("x", object()), EncodeError), (("connect",), ValueError), ((1,), TypeError)):
        with pytest.raises(error):
            await hub.broadcast("/", args)
    assert a.heard == []


async def test_attachments_follow_their_packet():
    hub = new_hub()
    a = await member(hub, "a")
    await hub.broadcast("/", ("file", b"\x01", b""))
    assert a.heard == [['452-["file",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]', b"\x01", b""]]


# -- operators ----------------------------------------------------------------------------------------------


async def test_operators_do_not_change_each_other():
    hub = new_hub()
    a, b = await member(hub, "a", "x"), await member(hub, "b", "y")
    everybody = Operator(hub, "/")
    x = everybody.to("x")
    x.to("y").volatile.except_("b")
    await x.emit("hi")
    assert a.heard == [HI] and b.heard == [] and a.flags == [None]
    await everybody.volatile.emit("hi")
    assert b.heard == [HI] and b.flags[0]["volatile"]


async def test_rooms_are_strings_or_lists_of_them():
    everybody = Operator(new_hub(), "/")
    assert everybody.to(["x", "y"], "x")._rooms == ("x", "y")
    with pytest.raises(TypeError):
        everybody.to(1)


async def test_sockets_are_fetched_told_to_join_leave_and_go():
    hub = new_hub()
    a, b = await member(hub, "a", "x"), await member(hub, "b")
    everybody = Operator(hub, "/")
    assert {socket.id for socket in await everybody.fetch_sockets()} == {"a", "b"}
    await everybody.to("x").sockets_join("y", "z")
    assert a.joined == {"x", "y", "z"} and b.joined == set()
    await everybody.to("y").sockets_leave("x", "z")
    assert a.joined == {"y"}
    await everybody.to("b").disconnect_sockets(True)
    assert b.closed is True and a.closed is None


async def test_a_fetched_socket_can_be_spoken_to():
    hub = new_hub()
    a = await member(hub, "a", "x")
    (remote,) = await Operator(hub, "/").to("x").fetch_sockets()
    await remote.emit("hi")
    await remote.join("y")
    await remote.leave("x")
    assert a.heard == [HI] and a.joined == {"y"} and remote.rooms == {"a", "x"}
    await remote.disconnect()
    assert a.closed is False


# -- acknowledgements ---------------------------------------------------------------------------------------


async def test_a_call_collects_every_answer():
    hub = new_hub()
    a, b = await member(hub, "a"), await member(hub, "b")
    calling = asyncio.ensure_future(Operator(hub, "/").call("ask", 1))
    await asyncio.sleep(0)
    ((number, answer),) = a.answers.items()
    assert a.heard == b.heard == [[f'42{number}["ask",1]']]
    answer.set_result([])
    b.answers[number].set_result([1, 2])
    assert await calling == [None, (1, 2)]
    assert a.answers == b.answers == {}


async def test_no_rooms_at_all_are_everybody_as_in_node():
    hub = new_hub()
    a, b = await member(hub, "a", "blue"), await member(hub, "b")
    await Operator(hub, "/").to(*[]).in_([]).emit("hi")
    assert a.heard == b.heard == [HI]
    assert [each.id for each in await Operator(hub, "/").to().to("blue").to().fetch_sockets()] == ["a"]


async def test_a_call_to_nobody_is_an_empty_list():
    assert await Operator(new_hub(), "/").call("ask") == []


async def test_a_call_that_is_late_tells_who_answered_and_who_did_not():
    hub = new_hub()
    a, b = await member(hub, "a"), await member(hub, "b")
    calling = asyncio.ensure_future(Operator(hub, "/").timeout(0.01).call("ask"))
    await asyncio.sleep(0)
    next(iter(a.answers.values())).set_result(["yes"])
    with pytest.raises(AckTimeout) as late:
        await calling
    assert late.value.responses == ["yes"] and late.value.missing == ["b"]
    assert a.answers == b.answers == {}


@pytest.mark.parametrize(("seconds", "error"), [(float("nan"), ValueError), ("5", TypeError), (True, TypeError)])
async def test_a_timeout_that_is_no_number_is_refused_before_anything_is_sent(seconds, error):
    hub = new_hub()
    a, operator = await member(hub, "a"), Operator(hub, "/")
    with pytest.raises(error, match="a timeout is a number of seconds, not"):
        operator.timeout(seconds)
    for deed in operator.call, operator.server_side_call:
        with pytest.raises(error, match="a timeout is a number of seconds, not"):
            await deed("ask", timeout=seconds)
    assert a.answers == {}


async def test_to_call_a_socket_that_has_left_is_an_error():
    hub = new_hub()
    a = await member(hub, "a")
    (remote,) = await Operator(hub, "/").fetch_sockets()
    hub.remove(a)
    with pytest.raises(Disconnected):
        await remote.call("ask")


async def test_a_call_that_is_given_up_leaves_nothing_behind():
    hub = new_hub()
    a = await member(hub, "a")
    calling = asyncio.ensure_future(Operator(hub, "/").call("ask"))
    await asyncio.sleep(0)
    calling.cancel()
    await asyncio.wait([calling])
    assert a.answers == {}


async def test_hubs_are_those_of_living_loops():
    assert all(not hub.loop.is_closed() for hub in hubs())
