"""G: how sessions end. Behaviour ids as in behaviours.py."""

import asyncio
import time

import pytest

from tests.conformance.conftest import start
from tests.conformance.raw import Closed
from tests.conformance.sessions import Server, is_closing


async def test_g1_a_close_packet_with_a_poll_pending_ends_the_poll_with_a_noop(server):
    session = await server.polling()
    async with session.hanging() as poll:
        assert (await session.post("1")).text == "ok"
        assert (await poll).text == "6"
    await session.gone()


async def test_g2_a_close_packet_without_a_poll_ends_the_session(server):
    session = await server.polling()
    assert (await session.post("1")).text == "ok"
    await session.gone()


async def test_g3_packets_behind_a_close_packet_are_ignored(server):
    session = await server.polling()
    name = "behind-close-" + server.kind
    assert (await session.post(f"4!name {name}\x1e1\x1e4!name other-{name}")).text == "ok"
    await session.gone()
    assert await server.reason(name) == "transport close"


async def test_g4_a_close_by_the_server_answers_the_pending_poll(server):
    session = await server.polling()
    await session.post("4!leave")
    assert (await session.poll()).text == "1"
    await session.gone()


async def test_g5_a_close_by_the_server_waits_for_the_next_poll(server):
    session = await server.polling()
    await session.post("4!bye")
    assert is_closing(await session.poll())
    await session.gone()


async def test_g6_what_was_sent_before_a_close_comes_first_in_an_answer_of_its_own(server):
    session = await server.polling()
    async with session.hanging() as poll:
        await session.post("4!bye c")
        assert (await poll).text == "4c"
    assert is_closing(await session.poll())
    await session.gone()


async def test_g7_what_was_sent_before_a_close_waits_for_the_next_polls(server):
    session = await server.polling()
    await session.post("4!bye c")
    assert (await session.poll()).text == "4c"
    assert is_closing(await session.poll())
    await session.gone()


async def test_gt1_a_cut_websocket_is_a_transport_close(server):
    websocket = await server.direct()
    websocket.send("4!name cut-" + server.kind)
    websocket.send("4hello")
    await websocket.receive()
    websocket.cut()
    assert await server.reason("cut-" + server.kind) == "transport close"


async def test_gt1_a_cut_poll_is_a_transport_error(server):
    session = await server.polling()
    await session.post("4!name cut-poll-" + server.kind)
    connection = await server.connection()
    connection.ask("GET", session.target)
    await asyncio.sleep(0.05)
    connection.cut()
    assert await server.reason("cut-poll-" + server.kind) == "transport error"


async def test_gt1_a_close_packet_is_a_transport_close(server):
    session = await server.polling()
    await session.post("4!name goodbye-" + server.kind)
    await session.post("1")
    assert await server.reason("goodbye-" + server.kind) == "transport close"


@pytest.mark.parametrize("transport", ["polling", "websocket"])
async def test_gt1_a_close_by_the_server_is_a_forced_close(server, transport):
    name = f"forced-{transport}-{server.kind}"
    if transport == "polling":
        session = await server.polling()
        await session.post(f"4!name {name}\x1e4!bye")
        assert is_closing(await session.poll())
    else:
        websocket = await server.direct()
        websocket.send("4!name " + name)
        websocket.send("4!bye")
        await websocket.until_closed()
    assert await server.reason(name) == "forced close"


async def test_gt1_an_invalid_packet_is_a_parse_error(server):
    websocket = await server.direct()
    websocket.send("4!name unparsable-" + server.kind)
    websocket.send("abc")
    await websocket.until_closed()
    assert await server.reason("unparsable-" + server.kind) == "parse error"


async def test_gt2_all_that_was_queued_is_delivered_before_a_close_over_polling(server):
    session = await server.polling()
    words = [str(number) for number in range(40)]
    await session.post("4!bye " + " ".join(words))
    assert await session.packets(40) == ["4" + word for word in words]
    assert is_closing(await session.poll())


@pytest.mark.parametrize("kind", ["daphne", "uvicorn", "uvicorn-ready"])
async def test_gt2_a_server_that_is_stopped_waits_for_nobody(kind):
    process = start(kind)
    server = Server(process)
    try:
        websocket = await server.direct()
        session = await server.polling()
        async with session.hanging():
            stopped = time.monotonic()
            await asyncio.to_thread(process.stop)
            assert time.monotonic() - stopped < 8
            assert isinstance((await websocket.until_closed())[-1], Closed)
        assert "Traceback" not in process.log()
    finally:
        server.close()
        process.stop()
