"""Clients of other processes, loops and parsers acknowledge, join and go. One layer in memory, real hubs."""

import asyncio

import msgpack
import pytest

from realtime.adapter import hub_for
from realtime.exceptions import AckTimeout, BroadcastError, ClusterTimeout
from realtime.operators import Operator
from realtime.sids import new_sid
from realtime.socketio.msgpack import MsgpackParser
from realtime.socketio.parser import JSONParser
from realtime.targets import EVERYWHERE, user_room
from tests.adapter.sockets import SECRET, member, member_in_another_thread
from tests.cluster.seats import answer, introduced, pass_time, turns


async def test_clients_of_all_processes_acknowledge(table, clock):
    a, b = await introduced(clock, await table.hub(), await table.hub())
    one, two = await member(a, "one", "x"), await member(b, "two", "x")
    other = await member(b, "three")
    calling = asyncio.ensure_future(Operator(a, "/").to("x").call("ask", 1))
    await answer(one, "1")
    await answer(two, "2", b"\x00")
    assert sorted(await calling, key=str) == [("2", b"\x00"), "1"]
    assert two.heard and not other.heard


async def test_a_client_elsewhere_that_does_not_acknowledge_is_named(table, clock):
    a, b = await introduced(clock, await table.hub(), await table.hub())
    one, _two = await member(a, "one"), await member(b, "two")
    calling = asyncio.ensure_future(Operator(a, "/").timeout(2).call("ask"))
    await answer(one, "1")
    await pass_time(clock, 3)
    with pytest.raises(AckTimeout, match="1 of 2 clients did not acknowledge") as late:
        await calling
    assert (late.value.responses, late.value.missing) == (["1"], ["two"])
    assert not isinstance(late.value, ClusterTimeout)


async def test_a_call_to_a_dead_process_ends_by_its_timeout_and_says_how_many_answered(table, clock):
    a, b, c = await introduced(clock, await table.hub(), await table.hub(), await table.hub())
    one, _two = await member(b, "one"), await member(c, "two")
    c.link.layer.away = True
    calling = asyncio.ensure_future(Operator(a, "/").timeout(1).call("ask"))
    await answer(one, "yes")
    await pass_time(clock, 2)
    with pytest.raises(ClusterTimeout, match="1 of 2 other processes answered") as late:
        await calling
    assert late.value.responses == ["yes"]


async def test_a_call_for_one_socket_ends_when_it_has_answered(table, clock):
    a, b, c = await introduced(clock, await table.hub(), await table.hub(), await table.hub())
    sid = new_sid(SECRET)
    one = await member(b, sid)
    c.link.layer.away = True
    calling = asyncio.ensure_future(Operator(a, "/").to(sid).call("ask"))
    await answer(one, "yes")
    assert await calling == ["yes"]


async def test_a_user_is_asked_on_all_devices_in_every_process_and_namespace(table, clock):
    a, b = await introduced(clock, await table.hub(), await table.hub())
    ada = user_room(7)
    one, two = await member(a, "one", user=ada), await member(b, "two", namespace="/chat", user=ada)
    other = await member(b, "three", user=user_room(8))
    calling = asyncio.ensure_future(Operator(a, EVERYWHERE).user(7).call("ask"))
    await answer(one, 1)
    await answer(two, 2)
    assert sorted(await calling) == [1, 2]
    assert two.heard[0][0].startswith("42/chat,") and other.heard == []
    assert {each.id for each in await Operator(b, EVERYWHERE).user(7).fetch_sockets()} == {"one", "two"}


async def test_while_the_layer_is_away_what_this_process_knows_is_in_the_error(table, clock):
    a, b = await introduced(clock, await table.hub(), await table.hub())
    one = await member(a, "one")
    await member(b, "two")
    a.link.layer.away = True
    with pytest.raises(BroadcastError) as unreachable:
        await Operator(a, "/").fetch_sockets()
    assert [each.id for each in unreachable.value.responses] == ["one"]
    calling = asyncio.ensure_future(Operator(a, "/").call("ask"))
    await answer(one, "yes", 1)
    with pytest.raises(BroadcastError) as unreachable:
        await calling
    assert unreachable.value.responses == [("yes", 1)] and unreachable.value.local == 1


async def test_the_other_hubs_of_a_process_take_part_in_everything():
    here, there = hub_for(JSONParser(), None, SECRET), hub_for(MsgpackParser(), None, SECRET)
    one, two = await member(here, "one", "x"), await member(there, "two", "x")
    everybody = Operator(here, "/").to("x")
    assert {each.id for each in await everybody.fetch_sockets()} == {"one", "two"}
    await everybody.sockets_join("y")
    await everybody.sockets_leave("x")
    assert one.joined == two.joined == {"y"}
    calling = asyncio.ensure_future(Operator(here, "/").local.call("ask"))
    await answer(one, 1)
    await answer(two, 2)
    assert sorted(await calling) == [1, 2]
    await Operator(here, "/").local.emit("hi")
    await turns()
    assert len(one.heard) == len(two.heard) == 2
    await Operator(here, "/").disconnect_sockets()
    assert one.closed is two.closed is False


async def test_hubs_in_two_threads_are_asked_too():
    async with member_in_another_thread("x") as other:
        here = await member(hub_for(JSONParser(), None, SECRET), "here", "x")
        everybody = Operator(here.hub, "/").to("x")
        assert {each.id for each in await everybody.fetch_sockets()} == {"here", "other"}
        await everybody.sockets_join("y")
        assert other.joined == here.joined == {"x", "y"}
        calling = asyncio.ensure_future(everybody.call("ask", timeout=0.3))
        await answer(here, "yes")
        with pytest.raises(AckTimeout, match="1 of 2 clients") as late:
            await calling
        assert (late.value.responses, late.value.missing) == (["yes"], ["other"])
    assert [each.id for each in await everybody.fetch_sockets()] == ["here"]


async def test_what_is_sent_to_a_room_that_sockets_elsewhere_were_made_to_join_arrives(table, clock):
    a, b = await introduced(clock, await table.hub(), await table.hub())
    two = await member(b, "two")
    for number in range(20):
        await Operator(a, "/").sockets_join(f"room {number}")
        await Operator(a, "/").to(f"room {number}").emit("hi")
    await turns()
    assert len(two.heard) == 20


async def test_a_join_that_a_process_does_not_confirm_is_an_error(table, clock):
    a, b = await introduced(clock, await table.hub(), await table.hub())
    b.answers.heard = lambda message: None
    joining = asyncio.ensure_future(Operator(a, "/").sockets_join("x"))
    await pass_time(clock, 6)
    with pytest.raises(ClusterTimeout, match="0 of 1 other processes"):
        await joining


async def test_a_room_may_have_a_name_that_utf_8_cannot_say(table, clock):
    """A client can ask for it in JSON, and Redis cannot carry it as text."""
    a, b = await introduced(clock, await table.hub(), await table.hub())
    odd = "\ud800 \udfff"
    two = await member(b, "two", odd)
    await Operator(a, "/").to(odd).emit("hi")
    assert [each.id for each in await Operator(a, "/").to(odd).fetch_sockets()] == ["two"]
    await Operator(a, "/").sockets_join(f"{odd}2")
    await Operator(a, "/").sockets_leave(odd)
    await turns()
    assert two.joined == {f"{odd}2"} and len(two.heard) == 1
    for _, message in [*a.link.layer.sent, *b.link.layer.sent]:
        repr(message).encode()
        msgpack.packb(message)
