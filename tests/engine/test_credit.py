"""Websockets of a server that takes whatever it is given, as daphne does: much goes out only to who reads."""

import asyncio

import pytest

from realtime.engine.credit import WINDOW
from realtime.metrics import counters
from realtime.readyframes import EXTENSION
from tests.engine.asgi import engine, open_websocket, turns

DAPHNE = {"asgi": {"version": "3.0"}}
UVICORN = {"asgi": {"version": "3.0", "spec_version": "2.4"}}
PART = "x" * (WINDOW // 4)


def parts(websocket):
    """How many messages of PART were handed to the server."""
    return sum(len(message.get("text") or "") > len(PART) for message in websocket.sent)


async def test_what_goes_two_windows_beyond_a_pong_waits():
    websocket = await open_websocket(engine(), **DAPHNE)
    for _ in range(20):
        websocket.client.send(PART)
    await turns()
    assert parts(websocket) == 8 and [m["text"] for m in websocket.sent[2:] if len(m["text"]) < 9] == ["2"]
    assert websocket.client.outbox_bytes == 12 * (len(PART) + 1)
    for most in (13, 17, 20, 20):
        websocket.write("3")
        await turns()
        assert most - 2 < parts(websocket) <= most
    assert not websocket.client.outbox


async def test_who_answers_in_time_never_waits():
    websocket = await open_websocket(engine(), **DAPHNE)
    for _ in range(10):
        for _ in range(4):
            websocket.client.send(PART)
        assert websocket.client.idle
        websocket.write("3")
        await turns()
    assert parts(websocket) == 40


async def test_more_than_max_outbox_bytes_ends_it_and_nothing_hangs():
    app, before = engine(max_outbox_bytes=3 * WINDOW), counters["outbox_overflow"]
    websocket = await open_websocket(app, **DAPHNE)
    for _ in range(30):
        websocket.client.send(PART)
    await turns()
    assert parts(websocket) <= 9 and websocket.handler.reasons == ["outbox overflow"]
    assert counters["outbox_overflow"] == before + 1
    websocket.cut()
    await websocket.done()
    await turns()
    assert asyncio.all_tasks() == {asyncio.current_task()}


@pytest.mark.parametrize("scope", [UVICORN, {**DAPHNE, "extensions": {EXTENSION: {"write": lambda frame: False}}}])
async def test_servers_that_make_the_sender_wait_are_left_to_it(scope):
    websocket = await open_websocket(engine(), **scope)
    for _ in range(20):
        websocket.client.send(PART)
    await turns()
    assert parts(websocket) == 20 and websocket.client.credit is None


async def test_clients_of_protocol_3_are_not_pinged():
    websocket = await open_websocket(engine(), eio=3, **DAPHNE)
    for _ in range(20):
        websocket.client.send(PART)
    await turns()
    assert parts(websocket) == 20 and websocket.client.credit is None
