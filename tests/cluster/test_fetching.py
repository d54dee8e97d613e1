"""``fetch_sockets`` over several processes: who is there, silent, dead or away. One layer in memory, real hubs."""

import asyncio

import pytest

from realtime.adapter import hub_for
from realtime.cluster.guest import Guest
from realtime.cluster.requests import NAMELESS
from realtime.cluster.wire import Request, new_id
from realtime.exceptions import BroadcastError, ClusterTimeout
from realtime.metrics import counters
from realtime.operators import Operator
from realtime.options import Options
from realtime.socketio.msgpack import MsgpackParser
from realtime.socketio.parser import JSONParser
from tests.adapter.sockets import SECRET, member
from tests.cluster.seats import Seat, answer, introduced, pass_time, turns


async def test_sockets_of_all_processes_are_fetched_with_rooms_data_and_handshake(table, clock):
    a, b = await introduced(clock, await table.hub(), await table.hub())
    await member(a, "one", "x")
    two = await member(b, "two", "x", "y")
    two.data, two.handshake = {"seat": 7, "raw": b"\x00"}, {"address": "10.0.0.1"}
    await member(b, "three")
    found = {each.id: each for each in await Operator(a, "/").to("x").fetch_sockets()}
    assert sorted(found) == ["one", "two"]
    assert found["two"].rooms == {"two", "x", "y"} and found["two"].data == {"seat": 7, "raw": b"\x00"}
    assert found["two"].handshake == {"address": "10.0.0.1"} and found["two"].namespace == "/"
    assert {each.id for each in await Operator(b, "/").except_("x").fetch_sockets()} == {"three"}
    assert {each.id for each in await Operator(a, "/").local.fetch_sockets()} == {"one"}


async def test_a_fetched_socket_of_another_process_can_be_spoken_to(table, clock):
    a, b = await introduced(clock, await table.hub(), await table.hub())
    two = await member(b, "two", "x")
    (found,) = await Operator(a, "/").fetch_sockets()
    await found.emit("hi")
    await found.join("y")
    await found.leave("x")
    await turns()
    assert two.heard == [['42["hi"]']] and two.joined == {"y"}
    calling = asyncio.ensure_future(found.call("ask", 1))
    await answer(two, "yes", 2)
    assert await calling == ("yes", 2)
    await found.disconnect(close=True)
    await turns()
    assert two.closed is True


async def test_many_sockets_come_in_many_messages(table, clock):
    a, b = await introduced(clock, await table.hub(), await table.hub())
    for number in range(300):
        one = await member(b, f"{number}")
        one.data = {"text": "x" * 1000}
    assert len(await Operator(a, "/").fetch_sockets()) == 300
    parts = [message for _, message in b.link.layer.sent if message["type"] == "socketio.answer"]
    assert len(parts) > 3 and [part["last"] for part in parts] == [False] * (len(parts) - 1) + [True]


async def test_what_is_no_json_in_data_stays_where_it_is_and_the_rest_travels(table, clock, caplog):
    a, b = await introduced(clock, await table.hub(), await table.hub())
    two = await member(b, "two")
    two.data = {"name": "ada", "since": object()}
    before = counters["data_kept_here"]
    (found,) = await Operator(a, "/").fetch_sockets()
    assert found.data == {"name": "ada"} and counters["data_kept_here"] == before + 1
    assert "since" in caplog.text


async def test_the_other_process_may_use_another_parser(table, clock):
    a, b = await table.hub(), await table.hub(parser=MsgpackParser())
    await introduced(clock)
    hub_for(MsgpackParser(), None, SECRET)
    two = await member(b, "two")
    two.data = {"raw": b"\x00"}
    (found,) = await Operator(a, "/").fetch_sockets()
    assert found.data == {"raw": b"\x00"}


async def test_a_process_that_does_not_answer_is_named_after_the_timeout_and_the_rest_is_there(table, clock):
    a, b, c = await introduced(clock, await table.hub(), await table.hub(), await table.hub())
    await member(a, "one")
    await member(b, "two")
    c.answers.heard = lambda message: None
    fetching = asyncio.ensure_future(Operator(a, "/").fetch_sockets())
    await pass_time(clock, 6)
    with pytest.raises(ClusterTimeout, match="1 of 2 other processes answered in time; silent: C") as late:
        await fetching
    assert (late.value.asked, late.value.answered, late.value.silent) == (2, 1, ["C"])
    assert sorted(each.id for each in late.value.responses) == ["one", "two"]


@pytest.mark.parametrize("limit", [1.0, 20.0])
async def test_a_process_that_dies_meanwhile_is_an_error_within_the_timeout_and_within_its_lease(table, clock, limit):
    """Nobody can tell it from one that stands still: its sockets may live. Then it counts as dead, and is not asked."""
    options = Options(cluster_timeout=limit)
    a, b, c = await introduced(clock, await table.hub(options=options), await table.hub(), await table.hub())
    await member(b, "two")
    await member(c, "three")
    c.link.layer.away = True
    fetching = asyncio.ensure_future(Operator(a, "/").fetch_sockets())
    joining = asyncio.ensure_future(Operator(a, "/").sockets_join("x"))
    await turns()
    assert not fetching.done() and not joining.done()
    await pass_time(clock, min(limit, 5.5))
    with pytest.raises(ClusterTimeout, match="1 of 2 other processes answered in time; silent: C") as late:
        await fetching
    assert [each.id for each in late.value.responses] == ["two"]
    with pytest.raises(ClusterTimeout, match="1 of 2 other processes answered in time; silent: C"):
        await joining
    await pass_time(clock, 5.5)
    assert [each.id for each in await Operator(a, "/").fetch_sockets()] == ["two"]
    await Operator(a, "/").sockets_join("x")


async def test_a_guest_is_told_when_those_are_silent_who_would_have_named_the_others(table, clock):
    await introduced(clock, *[await table.hub() for _ in range(4)])
    teller, *others = sorted(table.hubs, key=lambda hub: hub.presence.id)
    await member(others[-1], "one")
    request = {"deed": "fetch", "namespace": "/", "frames": [], "parser": "json", "rooms": [], "excepted": []}

    async def asked():
        guest = Guest(Seat(table.layer, "guest"), Options(), lambda name: JSONParser())
        request_of = Request(new_id(), guest.id, **request, volatile=False, timeout=1.0, guest=True)
        asking = asyncio.ensure_future(guest.ask(request_of, 1.0, None))
        await pass_time(clock, 1.5)
        return await asking

    assert (await asked()).silent == []
    for hub in (teller, *others[:2]):
        hub.answers.heard = lambda message: None
    told = await asked()
    assert (told.asked, told.silent, len(told.items)) == (2, [NAMELESS], 1)


async def test_who_hears_nobody_does_not_take_itself_for_the_only_one(table, clock):
    a, b = await introduced(clock, await table.hub(), await table.hub())
    await member(a, "one")
    await member(b, "two")
    await pass_time(clock, 2)
    a.link.layer.away = b.link.layer.away = True
    await pass_time(clock, 20)
    with pytest.raises(BroadcastError) as unreachable:
        await Operator(a, "/").fetch_sockets()
    assert [each.id for each in unreachable.value.responses] == ["one"]
    a.link.layer.away = b.link.layer.away = False
    while a.link.away:
        await pass_time(clock, 0.5)
    assert len(await Operator(a, "/").fetch_sockets()) == 2


async def test_who_stood_still_has_not_outlived_the_others(table, clock):
    a, b = await introduced(clock, await table.hub(), await table.hub())
    await member(b, "two")
    await pass_time(clock, 2)
    clock._ahead += 30  # the loop was blocked, so nothing has run, and what the other said is not read yet
    assert [each.id for each in await Operator(a, "/").fetch_sockets()] == ["two"]


async def test_nobody_waits_for_a_process_that_said_goodbye(table, clock):
    a, b, c = await introduced(clock, await table.hub(), await table.hub(), await table.hub())
    await member(b, "two")
    c._gate.admits = lambda message: False  # it is busy with its end
    fetching = asyncio.ensure_future(Operator(a, "/").fetch_sockets())
    await turns()
    assert not fetching.done()
    await c.close()
    table.hubs.remove(c)
    await turns()
    assert [each.id for each in await fetching] == ["two"]


async def test_a_process_that_is_alone_asks_nobody(table, clock):
    (a,) = await introduced(clock, await table.hub())
    await member(a, "one")
    assert len(await Operator(a, "/").fetch_sockets()) == 1
    assert not [message for _, message in a.link.layer.sent if message["type"] == "socketio.request"]


async def test_a_layer_that_is_away_is_an_error_at_once(table, clock):
    a, b = await introduced(clock, await table.hub(), await table.hub())
    a.link.layer.away = True
    for deed in (
        Operator(a, "/").fetch_sockets(), Operator(a, "/").sockets_join("x"), Operator(a, "/").server_side_emit("x"),
        Operator(a, "/").server_side_call("x"), Operator(a, "/").disconnect_sockets(), Operator(a, "/").call("x"),
    ):  # fmt: skip
        with pytest.raises(BroadcastError):
            await deed
