"""A websocket that comes to another process than its session's takes the session over there."""

import asyncio

import pytest

from realtime.metrics import counters
from tests.engine.asgi import WebSocket, open_polling
from tests.roundrobin.engines import elsewhere, until, upgraded

pytestmark = [pytest.mark.redis, pytest.mark.usefixtures("unraised")]


@pytest.mark.parametrize("eio", [3, 4])
async def test_an_upgrade_elsewhere_moves_the_session_to_that_websocket(balancer, eio):
    session = await elsewhere(balancer(), eio)
    poll = session.get()
    await until(lambda: session.client.polled)
    session.app.through(2)
    websocket = await session.probing()
    assert (await poll.answer())[0] == 200
    websocket.write("5", "4hello", b"\x00\xff" if eio == 4 else b"\x04\x00\xff", "4" + "x" * 500_000)
    await until(lambda: len(session.handler.messages) == 3)
    assert session.handler.messages == ["hello", b"\x00\xff", "x" * 500_000]
    session.client.send("world")
    session.client.send(b"\x00\xff")
    session.client.send("y" * 500_000)
    assert await websocket.read_many(3) == ["4world", b"\x00\xff" if eio == 4 else b"\x04\x00\xff", "4" + "y" * 500_000]
    session.client.close()
    assert await websocket.read() == ("closed", 1000)
    websocket.cut()
    await websocket.done()


async def test_a_websocket_that_is_lost_elsewhere_ends_the_session(balancer):
    session = await elsewhere(balancer())
    handler, websocket = session.handler, await upgraded(session)
    websocket.cut()
    await until(lambda: handler.reasons)
    assert handler.reasons == ["transport close"]


async def test_a_second_websocket_is_accepted_and_closed(balancer):
    session = await elsewhere(balancer())
    await upgraded(session)
    session.app.through(2)
    second = await session.upgrade().accepted()
    assert await second.read() == ("closed", 1000)


async def test_a_thousand_frames_each_way_stay_in_order(balancer):
    session = await elsewhere(balancer())
    websocket = await upgraded(session)
    websocket.write(*[f"4{i}" for i in range(1000)])
    for i in range(1000):
        session.client.send(str(i))
    assert await websocket.read_many(1000) == [f"4{i}" for i in range(1000)]
    await until(lambda: len(session.handler.messages) == 1000)
    assert session.handler.messages == [str(i) for i in range(1000)]


async def test_a_websocket_for_an_unknown_session_is_refused(balancer):
    session = await open_polling(balancer().through(0))
    session.client.close()
    await session.poll()
    session.app.through(1)
    websocket = session.upgrade()
    assert await websocket.next() == {"type": "websocket.close"}


async def test_websocket_handshakes_without_a_session_are_never_forwarded(balancer):
    before = counters["requests_forwarded"]
    websocket = await WebSocket(balancer(), "EIO=4&transport=websocket").accepted()
    assert (await websocket.read())[:8] == '0{"sid":' and counters["requests_forwarded"] == before


async def test_a_slow_reader_elsewhere_holds_up_no_more_than_its_outbox(balancer):
    balanced = balancer(max_outbox_bytes=3_000_000)
    session = await elsewhere(balanced)
    websocket = await upgraded(session)
    websocket.gate.clear()
    for _ in range(40):
        session.client.send("x" * 100_000)
        await asyncio.sleep(0.01)
    await until(lambda: session.handler.reasons)
    assert session.handler.reasons == ["outbox overflow"]
    tunnel = next(iter(balanced.engines[1].exchange.asked.values()))
    assert sum(size for _, size in tunnel._incoming) < 1_000_000
    websocket.gate.set()
