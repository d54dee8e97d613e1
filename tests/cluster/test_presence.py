"""Which processes know of each other, and how one notices that it hears nobody any more."""

import asyncio

import pytest

from realtime.layer import EVERY_HUB
from realtime.messages import VERSION, envelope, layer_message
from realtime.metrics import counters
from realtime.options import Options
from realtime.signals import cluster_interrupted, cluster_restored
from realtime.socketio.rooms import group_name
from tests.adapter.sockets import member
from tests.cluster.seats import foreign, pass_time, turns

HI = ['42["hi"]']


@pytest.fixture
def told():
    told = []

    async def interrupted(**kwargs):
        told.append("interrupted")

    async def restored(seconds, **kwargs):
        assert seconds >= 0
        told.append("restored")

    cluster_interrupted.connect(interrupted)
    cluster_restored.connect(restored)
    yield told
    cluster_interrupted.disconnect(interrupted)
    cluster_restored.disconnect(restored)


def known(hub):
    return sorted(hub.peers.alive().values())


async def test_who_comes_is_known_to_all_at_once_and_knows_them(table):
    a, b = await table.hub(), await table.hub()
    c = await table.hub()
    assert (known(a), known(b), known(c)) == (["B", "C"], ["A", "C"], ["A", "B"])


async def test_who_says_goodbye_is_forgotten_at_once(table):
    a, b = await table.hub(), await table.hub()
    await b.close()
    await turns()
    assert known(a) == []
    table.hubs.remove(b)


async def test_who_is_silent_is_dead_after_5_seconds_and_heartbeats_renew(table, clock):
    a, b = await table.hub(), await table.hub()
    await pass_time(clock, 20)
    assert known(a) == ["B"]
    b.link.layer.away = True
    await pass_time(clock, 3)
    assert known(a) == ["B"]
    await pass_time(clock, 3)
    assert known(a) == []


async def test_in_a_crowd_heartbeats_are_rarer_and_leases_longer(table, clock):
    a = await table.hub()
    for number in range(120):
        a.peers.seen(f"{number:024}", "B", 1000.0)
    a.link.layer.sent.clear()
    await pass_time(clock, 30)
    beats = [message for _, message in a.link.layer.sent if message["type"] == "socketio.peer"]
    assert 9 <= len(beats) <= 11 and {beat["lease"] for beat in beats} == {13.0}


async def test_a_hub_that_was_closed_may_be_entered_again(table, clock):
    a, b = await table.hub(), await table.hub()
    await b.close()
    await turns()
    b.enter()
    one = await member(b, "b", "x")
    await clock.advance(0.3)
    await turns()
    assert known(a) == ["B"] and known(b) == ["A"]
    await a.broadcast("/", ("hi",), ("x",))
    await turns()
    assert one.heard == [HI]


async def test_a_layer_that_forgot_its_groups_is_noticed_and_told_again(table, clock, told):
    a, b = await table.hub(), await table.hub()
    one, two = await member(a, "a", "x"), await member(b, "b", "x")
    await pass_time(clock, 1)
    table.layer.groups.clear()  # as FLUSHALL does
    await pass_time(clock, 4)
    await a.broadcast("/", ("hi",), ("x",))
    await b.broadcast("/", ("hi",))
    await turns()
    assert one.heard == two.heard == [HI, HI]
    assert sorted(told) == ["interrupted", "interrupted", "restored", "restored"]


async def test_a_second_that_went_by_unheard_is_told_of(table, clock, told):
    a = await table.hub()
    await pass_time(clock, 2)
    before = counters["cluster_interrupted"]
    a.link.layer.away = True
    await pass_time(clock, 1)
    a.link.layer.away = False
    await pass_time(clock, 1)
    assert told == ["interrupted", "restored"] and counters["cluster_interrupted"] == before + 1


async def test_a_connection_that_was_lost_is_told_of_however_soon_it_is_back(table, clock, told):
    a = await table.hub()
    await pass_time(clock, 2)
    a.link.lost()
    await pass_time(clock, 1)
    assert told == ["interrupted", "restored"]


async def test_a_loop_that_was_blocked_has_missed_nothing(table, clock, told):
    await table.hub()
    await pass_time(clock, 2)
    await clock.advance(30)
    await pass_time(clock, 2)
    assert told == []


async def test_while_the_layer_is_known_to_be_away_nobody_waits_for_it(table, clock):
    a = await table.hub()
    a.link.layer.away = True
    await pass_time(clock, 1)
    waited = []

    async def hang(group, message):
        waited.append(group)
        await asyncio.sleep(3600)

    a.link.layer.group_send = hang
    with pytest.raises(ConnectionError):
        await a.link.send(EVERY_HUB, envelope("socketio.broadcast"))
    assert waited == []


async def test_a_layer_that_does_not_answer_is_an_error_within_a_second(table, clock):
    a = await table.hub(enter=False)

    async def hang(group, message):
        await asyncio.sleep(3600)

    a.link.layer.group_send = hang
    sending = asyncio.ensure_future(a.link.send(EVERY_HUB, envelope("socketio.broadcast")))
    for _ in range(10):
        await clock.advance(0.1)
    with pytest.raises(TimeoutError):
        await sending


async def test_what_had_to_be_sent_again_is_heard_once(table, clock):
    a, b = await table.hub(), await table.hub()
    one = await member(b, "b")
    await member(a, "a")
    layer, send, failures = a.link.layer, a.link.layer.group_send, [ConnectionError("stale")]

    async def arrives_and_fails(group, message):
        await send(group, message)
        if failures:
            raise failures.pop()

    layer.group_send = arrives_and_fails
    before = counters["layer_messages_twice"]
    await a.broadcast("/", ("hi",))
    await turns()
    assert one.heard == [HI] and counters["layer_messages_twice"] == before + 1


async def test_another_version_is_dropped_counted_and_said_once(table, caplog):
    a = await table.hub()
    one = await member(a, "a")
    before = counters["layer_messages_of_another_version"]
    message = foreign(layer_message("/", HI, "json", (), (), {}))
    for version in (VERSION + 1, None, "x\x1b\n"):
        await table.layer.group_send(group_name("/"), {**message, "version": version})
    await turns()
    assert one.heard == [] and counters["layer_messages_of_another_version"] == before + 3
    assert [f"(2, ours is {VERSION})" in line for line in caplog.messages] == [True]


def sign_of_life(node):
    return {**foreign(envelope("socketio.peer")), "node": node, "name": "B", "state": "beat", "lease": 5.0}


@pytest.mark.parametrize(
    "change",
    [
        {"node": "x"}, {"node": None}, {"node": "a" * 23 + "."}, {"name": None}, {"name": "x" * 300}, {"state": "king"},
        {"lease": 1}, {"lease": -1.0}, {"lease": 1e9}, {"lease": None},
        {"type": "socketio.peers"}, {"type": 7}, {"origin": None},
    ],
)  # fmt: skip
async def test_what_is_no_sign_of_life_is_dropped_and_counted(table, change):
    a = await table.hub()
    before = counters["layer_messages_refused"]
    await table.layer.group_send(EVERY_HUB, {**sign_of_life("a" * 24), **change})
    await turns()
    assert known(a) == [] and counters["layer_messages_refused"] == before + 1


async def test_no_more_processes_are_known_than_the_setting_says(table):
    a = await table.hub(options=Options(max_processes=3))
    before = counters["peers_refused"]
    for number in range(5):
        await table.layer.group_send(EVERY_HUB, sign_of_life(f"{number:024}"))
    await turns()
    assert len(known(a)) == 3 and counters["peers_refused"] == before + 2


async def test_what_is_too_big_is_not_delivered(table):
    a = await table.hub(options=Options(max_layer_message_bytes=100))
    one, before = await member(a, "a"), counters["layer_messages_too_big"]
    await table.layer.group_send(group_name("/"), foreign(layer_message("/", ["42" + "x" * 99], "json", (), (), {})))
    await turns()
    assert one.heard == [] and counters["layer_messages_too_big"] == before + 1


@pytest.mark.parametrize("garbage", [7, None, [], "x", {"origin": 7, "type": "x"}, {"origin": "x", "type": []}])
async def test_what_is_no_message_at_all_is_dropped_and_the_reader_goes_on(table, garbage):
    a = await table.hub()
    one, before = await member(a, "a"), counters["layer_messages_refused"]
    (channel,) = table.layer.groups[group_name("/")]
    await table.layer.channels[channel].put((1e12, garbage))
    await table.layer.group_send(group_name("/"), foreign(layer_message("/", HI, "json", (), (), {})))
    await turns()
    assert one.heard == [HI] and counters["layer_messages_refused"] == before + 1
