"""X: more than there may be. It holds no memory, and nobody else notices."""

import asyncio

import pytest

from tests.conformance.clients import PATH, joined, placeholders
from tests.conformance.raw import Closed

pytestmark = pytest.mark.usefixtures("bystander")

MEGABYTE = 1_000_000


async def test_x9_bodies_over_the_limit_are_413_and_hold_no_memory(server):
    session = await server.polling(PATH)

    async def post(times):
        for _ in range(times):
            try:
                assert (await session.post(b"4" + b"x" * 5 * MEGABYTE)).status == 413
            except (ConnectionError, asyncio.IncompleteReadError):
                pass  # answered before it was sent whole

    await post(5)
    before = server.memory()
    await post(10)
    kept = 200 if server.kind == "daphne" else 20  # daphne keeps bodies until a garbage collection, as a bare app shows
    assert server.memory() - before < kept * MEGABYTE
    assert (await session.post('40\x1e420["ack"]')).text == "ok"


async def test_x9_frames_over_the_limit_close_and_hold_no_memory(server):
    before = server.memory()
    for _ in range(10):
        websocket = await joined(server)
        websocket.send('42["message","' + "x" * 2 * MEGABYTE + '"]')
        assert isinstance((await websocket.until_closed())[-1], Closed)
    assert server.memory() - before < 40 * MEGABYTE


async def test_x12_upgrades_that_stall_are_closed_and_hold_nothing(server):
    before = server.memory()
    sessions = [await server.polling("/impatient/") for _ in range(40)]
    websockets = [await session.probe() for session in sessions]
    ends = await asyncio.gather(*(websocket.until_closed(2) for websocket in websockets))
    assert all(isinstance(end[-1], Closed) for end in ends)
    await asyncio.gather(*(session.alive() for session in sessions))
    assert server.memory() - before < 20 * MEGABYTE


async def test_x16_attachments_over_the_limit_together_close_and_hold_no_memory(server):
    before = server.memory()
    for _ in range(10):
        websocket = await joined(server)
        websocket.send(f'4510-["message",{placeholders(*range(10))}]')
        for _ in range(4):
            websocket.send(b"x" * 700_000)
        assert isinstance((await websocket.until_closed())[-1], Closed)
    assert server.memory() - before < 40 * MEGABYTE


async def test_x18_what_is_made_for_a_client_that_does_not_poll_waits_where_it_is_made(server):
    session = await server.polling(PATH)
    await session.post("40")
    await session.packets(2)
    before = server.memory()
    for _ in range(60):
        assert (await session.post('42["write",500000,true]')).text == "ok"
    assert server.memory() - before < 20 * MEGABYTE
    assert {len(packet) for packet in await session.packets(60)} == {500_000 + len('42["written",""]')}


async def test_x18_a_client_that_does_not_poll_what_others_say_is_closed_and_holds_no_memory(server):
    session = await server.polling(PATH)
    name = "reads-nothing-" + server.kind
    await session.post(f'40/other,\x1e42/other,["name","{name}"]')
    await session.packets(2)
    talker = await joined(server, "/other")
    before = server.memory()
    for _ in range(40):
        talker.send('42/other,["shout","' + "x" * 500_000 + '"]')
        await talker.writer.drain()
    assert await server.reason(name) == "outbox overflow"
    assert server.memory() - before < 40 * MEGABYTE
    await session.gone()


async def test_x18_a_websocket_that_is_cut_in_every_state_is_no_harm(server):
    for depth in range(4):
        websocket = await server.websocket(f"{PATH}?EIO=4&transport=websocket")
        if depth > 0:
            await websocket.receive()
        if depth > 1:
            websocket.send('40/slow,{"name":"cut-anywhere"}')
        if depth > 2:
            await asyncio.sleep(0.02)
        websocket.cut()
    session = await server.polling("/engine.io/")
    (await session.probe()).cut()
    await session.alive()


async def test_x19_a_message_that_is_too_large_for_the_server_closes_its_client_and_says_why(server):
    websocket = await joined(server)
    name = "too-large-to-send-" + server.kind
    websocket.send(f'42["name","{name}"]')
    websocket.send('42["write",1200000,true]')
    got = await websocket.receive(3)
    if server.kind == "daphne":  # sends 1 MiB at most unless told otherwise
        assert isinstance(got, Closed)
        assert await server.reason(name) in ("transport close", "transport error")
        assert "12000" in server.process.log()  # the size, to find the message by
    else:
        assert len(got) > 1_200_000


async def test_x20_more_namespaces_than_there_may_be_are_refused(server):
    websocket = await server.direct(PATH)
    for number in range(110):
        websocket.send(f"40/dynamic-{number},")
    got = [await websocket.receive() for _ in range(110)]
    assert sum(packet.startswith("40/dynamic-") for packet in got) == 100
    assert {packet.partition(",")[2] for packet in got if packet.startswith("44")} == {
        '{"message":"Too many namespaces"}'
    }


async def test_x21_more_events_than_may_wait_close(server):
    before = server.memory()
    session = await server.polling(PATH)
    name = "floods-" + server.kind
    events = ['42/slow,["anything"]'] * 10_100
    await session.post("\x1e".join(['40/slow,{"seconds":60,"name":"' + name + '"}', *events]))
    assert await server.reason(name) == "cancelled"
    await session.gone()
    assert server.memory() - before < 40 * MEGABYTE
