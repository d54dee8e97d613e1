"""Requests and answers that are too many, too large, late or no such thing. One layer in memory, real hubs."""

import asyncio

import pytest

from realtime.cluster.presence import group_of
from realtime.cluster.wire import Request, message_of
from realtime.exceptions import ClusterTimeout
from realtime.layer import EVERY_HUB
from realtime.metrics import counters
from realtime.operators import Operator
from realtime.options import Options
from tests.adapter.sockets import member
from tests.cluster.seats import foreign, introduced, pass_time, turns


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
