"""What processes ask each other: who is there, acknowledgements, answers of servers. One layer in memory, real hubs."""

import asyncio
import threading

import msgpack
import pytest

from realtime.adapter import hub_for
from realtime.cluster.guest import Guest
from realtime.cluster.presence import group_of
from realtime.cluster.requests import NAMELESS
from realtime.cluster.wire import Request, message_of, new_id
from realtime.exceptions import AckTimeout, BroadcastError, ClusterTimeout
from realtime.layer import EVERY_HUB
from realtime.metrics import counters
from realtime.operators import Operator
from realtime.options import Options
from realtime.sids import new_sid
from realtime.signals import server_side_event
from realtime.socketio.msgpack import MsgpackParser
from realtime.socketio.parser import JSONParser
from realtime.targets import EVERYWHERE, user_room
from tests.adapter.sockets import SECRET, member
from tests.cluster.seats import Seat, Table, foreign, turns


@pytest.fixture
async def table(clock):
    table = Table()
    yield table
    await table.close()


async def introduced(clock, *hubs):
    await clock.advance(0.3)
    await turns()
    return hubs


async def pass_time(clock, seconds):
    for _ in range(round(seconds * 2)):
        await clock.advance(0.5)
        await turns(10)


async def answer(one, *arguments):
    """The client acknowledges what it was asked."""
    while not one.answers:
        await turns(1)
    number, waiting = one.answers.popitem()
    waiting.set_result(list(arguments))


@pytest.fixture
def on_server_side():
    connected = []

    def connect(receiver):
        server_side_event.connect(receiver, weak=False)
        connected.append(receiver)

    yield connect
    for receiver in connected:
        server_side_event.disconnect(receiver)


# -- fetch_sockets ------------------------------------------------------------------------------------------


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


# -- call ---------------------------------------------------------------------------------------------------


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


# -- server_side_emit and server_side_call ------------------------------------------------------------------


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


# -- the other loops and parsers of a process ----------------------------------------------------------------


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


# -- limits and hostile messages -------------------------------------------------------------------------------


def asked(**change):
    request = Request("f" * 24, "a" * 24, "fetch", "/", [], "json", [], [], False, 1.0, False)
    return {**foreign(message_of(request)), **change}


@pytest.mark.parametrize(
    "change",
    [
        {"deed": "eval"}, {"deed": None}, {"node": "../x"}, {"timeout": -1.0}, {"timeout": 1e9}, {"timeout": 1},
        {"timeout": float("nan")}, {"rooms": [7]}, {"excepted": None}, {"frames": [7]}, {"id": 7}, {"guest": 1},
        {"namespace": None}, {"parser": []},
    ],
)  # fmt: skip
async def test_what_is_no_request_is_dropped_and_counted(table, change):
    a = await table.hub()
    before = counters["layer_messages_refused"]
    await table.layer.group_send(EVERY_HUB, asked(**change))
    await turns()
    assert counters["layer_messages_refused"] == before + 1
    assert not [message for _, message in a.link.layer.sent if message["type"] == "socketio.answer"]


async def test_a_request_that_cannot_be_understood_is_answered_as_failed(table, caplog):
    a = await table.hub()
    await table.layer.group_send(EVERY_HUB, asked(deed="call", frames=["42[1"]))
    await turns()
    ((_, sent),) = [each for each in a.link.layer.sent if each[1]["type"] == "socketio.answer"]
    assert sent["failed"] and sent["items"] == []


async def test_no_more_requests_are_answered_at_a_time_than_the_setting_says(table):
    await member(await table.hub(options=Options(max_requests=2)), "one")
    before = counters["requests_refused"]
    for _ in range(5):
        await table.layer.group_send(EVERY_HUB, asked(deed="call", frames=['42["ask"]']))
    await turns()
    assert counters["requests_refused"] == before + 3


async def test_answers_over_the_limit_are_not_kept(table, clock):
    a, b = await introduced(clock, await table.hub(options=Options(max_answer_bytes=5000)), await table.hub())
    for number in range(10):
        (await member(b, f"{number}")).data = {"text": "x" * 1000}
    before = counters["answers_too_big"]
    with pytest.raises(ClusterTimeout):
        await Operator(a, "/").fetch_sockets()
    assert counters["answers_too_big"] == before + 1


@pytest.mark.parametrize(
    "change",
    [
        {"items": [["42[1"]]}, {"items": [["42[]"]]}, {"items": [7]}, {"items": [[7]]}, {"node": "x"},
        {"peers": ["a"]}, {"peers": ["../x", "B"]}, {"peers": [1, 2]}, {"parser": "pickle"}, {"last": 1},
        {"name": "x" * 300}, {"id": None},
    ],
)  # fmt: skip
async def test_a_garbled_answer_is_counted_and_breaks_nothing(table, clock, change):
    a, b = await introduced(clock, await table.hub(), await table.hub())
    await member(b, "two")
    layer, send = b.link.layer, b.link.layer.group_send
    layer.group_send = lambda group, message: send(
        group, {**message, **change} if message["type"] == "socketio.answer" else message
    )
    before = counters["layer_messages_refused"]
    fetching = asyncio.ensure_future(Operator(a, "/").fetch_sockets())
    await pass_time(clock, 6)
    with pytest.raises(ClusterTimeout):
        await fetching
    assert counters["layer_messages_refused"] == before + 1 and a.requests._waiting == {}


@pytest.mark.parametrize(
    "item", [7, {}, {"sid": 7}, {"sid": "x", "namespace": "/", "rooms": 1}, [1, 2], ["x"], [7, []]]
)
async def test_items_that_are_no_sockets_and_no_acknowledgements_are_passed_over(table, clock, item):
    a, b = await introduced(clock, await table.hub(), await table.hub())
    b.answers._items = lambda request: asyncio.sleep(0, [b.answers._packed(item)])
    assert await Operator(a, "/").fetch_sockets() == []
    assert await Operator(a, "/").call("ask") == []


async def test_an_answer_that_nobody_waits_for_is_counted(table, clock):
    a, b = await introduced(clock, await table.hub(), await table.hub())
    before = counters["answers_too_late"]
    await table.layer.group_send(EVERY_HUB, asked(node=a.presence.id))
    await turns()
    assert counters["answers_too_late"] == before + 1
    assert group_of(a.presence.id) in table.layer.groups


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


async def test_hubs_in_two_threads_are_asked_too():
    ready, found, stop = threading.Event(), {}, []

    async def other():
        found["one"] = await member(hub_for(JSONParser(), None, SECRET), "other", "x")
        stop.append((asyncio.get_running_loop(), asyncio.Event()))
        ready.set()
        await stop[0][1].wait()

    thread = threading.Thread(target=lambda: asyncio.run(other()))
    thread.start()
    try:
        assert await asyncio.to_thread(ready.wait, 5)
        here = await member(hub_for(JSONParser(), None, SECRET), "here", "x")
        everybody = Operator(here.hub, "/").to("x")
        assert {each.id for each in await everybody.fetch_sockets()} == {"here", "other"}
        await everybody.sockets_join("y")
        assert found["one"].joined == here.joined == {"x", "y"}
        calling = asyncio.ensure_future(everybody.call("ask", timeout=0.3))
        await answer(here, "yes")
        with pytest.raises(AckTimeout, match="1 of 2 clients") as late:
            await calling
        assert (late.value.responses, late.value.missing) == (["yes"], ["other"])
    finally:
        stop[0][0].call_soon_threadsafe(stop[0][1].set)
        await asyncio.to_thread(thread.join)
    assert [each.id for each in await everybody.fetch_sockets()] == ["here"]


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
