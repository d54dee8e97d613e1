"""F: the heartbeat, with pings every 300 ms and 700 ms to answer. Behaviour ids as in behaviours.py."""

import asyncio
import time

import pytest

from tests.conformance.raw import Closed
from tests.conformance.sessions import is_closing

INTERVAL, TIMEOUT = 0.3, 0.7  # of /fast/
EARLY, LATE = 0.05, 0.6  # how far a timer on a busy machine may be off, in seconds


class Watch:
    def __init__(self):
        self.start = time.monotonic()

    def shows(self, seconds):
        """It is ``seconds`` after the start, about."""
        elapsed = time.monotonic() - self.start
        assert seconds - EARLY < elapsed < seconds + LATE, elapsed


async def test_f1_pings_come_at_the_interval_and_a_pong_keeps_a_websocket_open(server):
    websocket = await server.direct("/fast/")
    watch = Watch()
    for number in range(1, 4):
        assert await websocket.receive() == "2"
        watch.shows(INTERVAL * number)
        websocket.send("3")
    websocket.send("4hello")
    assert await websocket.receive() == "4hello"


async def test_f1_pings_come_at_the_interval_and_a_pong_keeps_polling_open(server):
    session = await server.polling("/fast/")
    watch = Watch()
    for number in range(1, 4):
        assert (await session.poll()).text == "2"
        watch.shows(INTERVAL * number)
        assert (await session.post("3")).text == "ok"
    await session.alive()


async def test_f2_a_websocket_without_a_pong_is_closed_after_interval_and_timeout(server):
    websocket = await server.direct("/fast/")
    watch = Watch()
    websocket.send("4!name no-pong-" + server.kind)
    got = await websocket.until_closed()
    watch.shows(INTERVAL + TIMEOUT)
    assert got[0] == "2"
    assert isinstance(got[1], Closed)
    assert await server.reason("no-pong-" + server.kind) == "ping timeout"


async def test_f3_polling_without_a_pong_is_closed_after_interval_and_timeout(server):
    session = await server.polling("/fast/")
    watch = Watch()
    assert (await session.poll()).text == "2"
    assert is_closing(await session.poll())
    watch.shows(INTERVAL + TIMEOUT)
    await session.gone()


async def test_f4_polling_without_a_poll_is_over_exactly_at_interval_and_timeout(server):
    session = await server.polling("/fast/")
    await asyncio.sleep(INTERVAL + TIMEOUT)
    await session.gone()


async def test_f5_a_ping_of_a_client_of_revision_4_ends_the_session(server):
    session = await server.polling()
    await session.post("4!name wrong-way-" + server.kind)
    await session.post("2")
    await session.gone()
    assert await server.reason("wrong-way-" + server.kind) == "transport error"


@pytest.mark.parametrize("ping", ["2", "2x"])
async def test_f6_a_ping_of_revision_3_is_answered_without_its_data(server, ping):
    session = await server.polling(eio=3)
    assert (await session.post(f"{len(ping)}:{ping}")).text == "ok"
    assert (await session.poll()).text == "1:3"
    websocket = await server.direct(eio=3)
    websocket.send(ping)
    assert await websocket.receive() == "3"


async def test_f7_revision_3_without_a_ping_is_closed_after_interval_and_timeout(server):
    websocket = await server.direct("/fast/", eio=3)
    watch = Watch()
    assert isinstance(await websocket.receive(), Closed)
    watch.shows(INTERVAL + TIMEOUT)


async def test_f7_a_ping_of_revision_3_starts_the_time_again(server):
    websocket = await server.direct("/fast/", eio=3)
    for _ in range(3):
        await asyncio.sleep(0.5)
        websocket.send("2")
        assert await websocket.receive() == "3"


async def test_f8_a_pong_of_a_client_of_revision_3_ends_the_session(server):
    websocket = await server.direct(eio=3)
    websocket.send("3")
    assert isinstance((await websocket.until_closed())[-1], Closed)
    session = await server.polling(eio=3)
    await session.post("1:3")
    await session.gone()


async def test_f9_messages_do_not_replace_a_pong(server):
    websocket = await server.direct("/fast/")
    watch = Watch()

    async def chatter():
        while True:
            websocket.send("4hello")
            await asyncio.sleep(0.05)

    talking = asyncio.create_task(chatter())
    try:
        got = await websocket.until_closed()
    finally:
        talking.cancel()
    watch.shows(INTERVAL + TIMEOUT)
    assert set(got[:-1]) == {"2", "4hello"}


async def test_ft1_no_session_ends_at_the_timeout_alone(server):
    websocket = await server.direct("/late/")
    watch = Watch()
    assert await websocket.receive() == "2"
    watch.shows(1.0)
    websocket.send("3")
    websocket.send("4hello")
    assert await websocket.receive() == "4hello"


async def test_ft2_many_large_messages_do_not_starve_the_heartbeat(server):
    websocket = await server.direct("/fast/")
    message = "4" + "x" * 65_000

    async def write():
        for _ in range(300):
            websocket.send(message)
            await websocket.writer.drain()
            await asyncio.sleep(0.005)

    writing = asyncio.create_task(write())
    echoes = pings = 0
    while echoes < 300 or not pings:
        got = await websocket.receive()
        if got == "2":
            pings += 1
            websocket.send("3")
        else:
            assert got == message
            echoes += 1
    await writing


async def test_f1_a_hundred_pongs_at_once_are_no_harm(server):
    websocket = await server.direct("/fast/")
    for _ in range(100):
        websocket.send("3")
    websocket.send("4hello")
    assert await websocket.receive() == "4hello"
    assert await websocket.receive() == "2"
