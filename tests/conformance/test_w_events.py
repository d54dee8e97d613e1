"""W: events, acknowledgements and what may stand in them. Behaviour ids as in behaviours.py."""

import json

import pytest

from tests.conformance.clients import ended, joined


@pytest.mark.parametrize("name", ["{}", "[]", "null", "true", '{"toString":"x"}', "1.5"])
async def test_w36_the_name_of_an_event_is_a_string_or_a_whole_number(server, name):
    websocket = await joined(server)
    websocket.send(f"42[{name}]")
    await ended(websocket)


async def test_w36_a_number_may_name_an_event(server):
    websocket = await joined(server)
    websocket.send("42[7]")
    websocket.send('420["ack"]')
    assert await websocket.receive() == "430[]"


async def test_w54_an_ack_nobody_waits_for_and_a_second_one_are_ignored(server):
    websocket = await joined(server)
    websocket.send("4399[1]")
    websocket.send('42["ask"]')
    question = await websocket.receive()
    ack = "43" + question[2 : question.index("[")] + '["once"]'
    websocket.send(ack)
    websocket.send(ack)
    assert await websocket.receive() == '42["answered","once"]'
    websocket.send('420["ack"]')
    assert await websocket.receive() == "430[]"


@pytest.mark.parametrize("data", ["{}", "null", '"a"', "[", "[1]x"])
async def test_w54_the_payload_of_an_ack_is_an_array(server, data):
    websocket = await joined(server)
    websocket.send(f"431{data}")
    await ended(websocket)


async def test_w55_a_call_that_is_not_answered_times_out(server):
    websocket = await joined(server)
    websocket.send('42["ask"]')
    assert (await websocket.receive()).endswith('["question"]')
    assert await websocket.receive() == '42["unanswered"]'


async def test_w55_a_call_ends_when_the_client_leaves(server):
    websocket = await joined(server)
    name = "left-while-asked-" + server.kind
    websocket.send(f'42["name","{name}"]')
    websocket.send('42["ask"]')
    await websocket.receive()
    websocket.cut()
    assert await server.reason(name) == "disconnected while asking"


async def test_w61_a_thousand_events_keep_their_order(server):
    websocket = await joined(server)
    websocket.send('42["count",1000]')
    assert [await websocket.receive() for _ in range(1000)] == [f'42["counted",{number}]' for number in range(1000)]
    for number in range(1000):
        websocket.send(f'42{number}["ack",{number}]')
    assert [await websocket.receive() for _ in range(1000)] == [f"43{number}[{number}]" for number in range(1000)]


async def test_w62_unicode_arrives_as_it_was_sent(server):
    websocket = await joined(server)
    for text in ["é€😀", "\\u2028", "\\ud83d", "\\u0000", '\\"\\\\']:
        websocket.send(f'42["message","{text}"]')
        expected = json.loads(f'["message-back","{text}"]')
        assert json.loads((await websocket.receive())[2:]) == expected


async def test_w65_an_event_nobody_handles_is_not_found_if_an_ack_was_asked_for(server):
    websocket = await joined(server)
    websocket.send('42["nobody"]')
    websocket.send('420["nobody"]')
    answer = json.loads((await websocket.receive())[3:])
    assert answer[0]["error"]["code"] == "not_found"


async def test_w66_a_wrong_number_of_arguments_is_bad_arguments(server):
    websocket = await joined(server)
    websocket.send('420["count"]')
    assert json.loads((await websocket.receive())[3:])[0]["error"]["code"] == "bad_arguments"
