"""What servers tell and ask each other. One layer in memory, real hubs."""

import pytest

from realtime.exceptions import ClusterTimeout
from realtime.operators import Operator
from realtime.signals import server_side_event
from tests.cluster.seats import introduced, turns


@pytest.fixture
def on_server_side():
    connected = []

    def connect(receiver):
        server_side_event.connect(receiver, weak=False)
        connected.append(receiver)

    yield connect
    for receiver in connected:
        server_side_event.disconnect(receiver)


async def test_servers_answer_each_other(table, clock, on_server_side):
    a, b, c = await introduced(clock, await table.hub(), await table.hub(), await table.hub())
    heard = []

    async def first(sender, event, args, **kwargs):
        heard.append((sender, event, args))

    async def second(sender, event, args, **kwargs):
        return {"rooms": len(args)}

    on_server_side(first)
    on_server_side(second)
    for hub in (b, c):  # each stands for the hub that leads its process
        hub.leads = lambda: True
    assert await Operator(a, "/chat").server_side_call("how many", 1, b"\x00") == [{"rooms": 2}] * 2
    assert heard == [("/chat", "how many", [1, b"\x00"])] * 2


async def test_a_server_whose_receiver_raises_counts_as_silent(table, clock, on_server_side, caplog):
    a, b = await introduced(clock, await table.hub(), await table.hub())
    b.leads = lambda: True

    async def broken(**kwargs):
        raise ZeroDivisionError

    on_server_side(broken)
    with pytest.raises(ClusterTimeout, match="0 of 1 other processes answered in time; silent: B"):
        await Operator(a, "/").server_side_call("x")


async def test_of_several_hubs_in_a_process_one_hears_what_servers_say(table, clock, on_server_side):
    a, b = await introduced(clock, await table.hub(), await table.hub())
    b.leads = lambda: False
    heard = []

    async def hear(event, **kwargs):
        heard.append(event)

    on_server_side(hear)
    assert await Operator(a, "/").server_side_call("x") == []
    await Operator(a, "/").server_side_emit("x")
    await turns()
    assert heard == []


@pytest.mark.parametrize("name", ["connect", "connection", "new_namespace"])
async def test_names_that_socket_io_reserves_between_servers_are_refused(table, clock, name):
    a, b = await introduced(clock, await table.hub(), await table.hub())
    with pytest.raises(ValueError, match="reserved"):
        await Operator(a, "/").server_side_call(name)


async def test_servers_tell_each_other_what_the_parser_can_say(table, clock, on_server_side):
    a, b = await introduced(clock, await table.hub(), await table.hub())
    b.leads, heard = lambda: True, []

    async def hear(event, args, **kwargs):
        heard.append((event, args))

    on_server_side(hear)
    await Operator(a, "/").server_side_emit("disconnect", {1: b"\x00"}, "\ud800")
    assert await Operator(a, "/").server_side_call("disconnect", 2**70) == [None]
    await turns()
    assert heard == [("disconnect", [{"1": b"\x00"}, "\ud800"]), ("disconnect", [2**70])]
