"""H: from polling to websocket. Behaviour ids as in behaviours.py."""

import asyncio
import time

import pytest

from tests.conformance.raw import Closed
from tests.conformance.sessions import assert_error


async def test_h1_a_probe_is_answered_and_the_pending_poll_released(server):
    session = await server.polling()
    async with session.hanging() as poll:
        websocket = await session.probe()
        probed = time.monotonic()
        assert (await poll).text == "6"
        assert time.monotonic() - probed < 5
    websocket.send("5")
    websocket.send("4hi")
    assert await websocket.receive() == "4hi"


async def test_h1_the_upgrade_of_revision_3(server):
    session = await server.polling(eio=3)
    async with session.hanging() as poll:
        websocket = await session.probe()
        assert (await poll).text == "1:6"
    websocket.send("5")
    websocket.send(b"\x04\x01")
    assert await websocket.receive() == b"\x04\x01"
    websocket.send("4hi")
    assert await websocket.receive() == "4hi"


async def test_h2_without_a_pending_poll_the_next_one_is_released(server):
    session = await server.polling()
    websocket = await session.probe()
    assert (await session.poll()).text == "6"
    websocket.send("5")
    websocket.send("4hi")
    assert await websocket.receive() == "4hi"


async def test_h2_every_poll_before_the_upgrade_is_released(server):
    session = await server.polling()
    await session.probe()
    started = time.monotonic()
    for _ in range(3):
        assert (await session.poll()).text == "6"
    assert time.monotonic() - started < 5


async def test_h3_after_the_upgrade_http_is_code_3_and_the_websocket_goes_on(server):
    session = await server.polling()
    websocket = await session.upgraded()
    websocket.send("4first")
    assert await websocket.receive() == "4first"
    assert_error(await session.poll(), 3)
    assert_error(await session.post("4second"), 3)
    websocket.send("4third")
    assert await websocket.receive() == "4third"


async def test_h4_a_second_websocket_after_the_upgrade_is_accepted_and_closed(server):
    session = await server.polling()
    websocket = await session.upgraded()
    websocket.send("4hi")
    assert await websocket.receive() == "4hi"
    assert isinstance(await server.refused(session.upgrade), Closed)
    websocket.send("4still")
    assert await websocket.receive() == "4still"


async def test_h5_a_second_websocket_while_the_first_probes_is_accepted_and_closed(server):
    session = await server.polling()
    websocket = await session.probe()
    assert isinstance(await server.refused(session.upgrade), Closed)
    websocket.send("5")
    websocket.send("4hi")
    assert await websocket.receive() == "4hi"


@pytest.mark.parametrize("packet", ["4hi", "5", "2", "2other", "abc", "", b"\x01"])
async def test_h6_anything_but_a_probe_first_closes_the_websocket_and_polling_lives(server, packet):
    session = await server.polling()
    websocket = await server.websocket(session.upgrade)
    websocket.send(packet)
    assert isinstance(await websocket.receive(), Closed)
    await session.alive()


async def test_h7_an_upgrade_that_stalls_is_closed_and_polling_lives(server):
    session = await server.polling("/impatient/")
    websocket = await session.probe()
    started = time.monotonic()
    assert isinstance(await websocket.receive(), Closed)
    assert 0.15 < time.monotonic() - started < 5
    await session.alive()


async def test_h7_a_websocket_that_never_probes_is_closed_and_polling_lives(server):
    session = await server.polling("/impatient/")
    websocket = await server.websocket(session.upgrade)
    assert isinstance(await websocket.receive(2), Closed)
    await session.alive()


async def test_h8_a_websocket_lost_while_probing_leaves_polling_alive(server):
    session = await server.polling()
    websocket = await session.probe()
    websocket.cut()
    await asyncio.sleep(0.1)
    await session.alive()


async def test_h8_after_a_lost_probe_another_websocket_may_upgrade(server):
    session = await server.polling()
    (await session.probe()).cut()
    await asyncio.sleep(0.1)
    websocket = await session.upgraded()
    websocket.send("4hi")
    assert await websocket.receive() == "4hi"


async def test_h9_a_message_between_probe_and_upgrade_waits_for_the_websocket(server):
    session = await server.polling()
    websocket = await session.probe()
    assert (await session.post("4held")).text == "ok"
    websocket.send("5")
    assert await websocket.receive() == "4held"


async def test_h10_messages_around_an_upgrade_with_polls_are_neither_lost_nor_doubled(server):
    session = await server.polling()
    websocket = await session.probe()
    await session.post("4one")
    polled = [packet for packet in (await session.poll()).text.split("\x1e") if packet != "6"]
    await session.post("4two")
    websocket.send("5")
    websocket.send("4three")
    while polled[-1:] != ["4three"]:
        polled.append(await websocket.receive())
    assert polled == ["4one", "4two", "4three"]


async def test_h11_a_post_between_probe_and_upgrade_counts(server):
    session = await server.polling()
    websocket = await session.probe()
    assert (await session.post("4a\x1e4b")).text == "ok"
    assert (await session.post("4c")).text == "ok"
    websocket.send("5")
    assert [await websocket.receive() for _ in range(3)] == ["4a", "4b", "4c"]


async def test_h12_pings_go_on_over_the_websocket(server):
    session = await server.polling("/fast/")
    websocket = await session.upgraded()
    for _ in range(3):
        assert await websocket.receive() == "2"
        websocket.send("3")


async def test_h13_a_probe_is_answered_even_where_upgrades_are_not_offered(server):
    session = await server.polling("/no-upgrades/")
    websocket = await session.probe()
    websocket.cut()


async def test_h14_closing_an_upgraded_session_closes_the_websocket(server):
    session = await server.polling()
    websocket = await session.upgraded()
    websocket.send("4!bye last")
    assert (await websocket.until_closed())[0] == "4last"
    await session.gone()


async def test_h15_a_cut_ends_an_upgraded_session_at_once(server):
    session = await server.polling()
    websocket = await session.upgraded()
    name = "cut-upgraded-" + server.kind
    websocket.send("4!name " + name)
    websocket.send("4hi")
    assert await websocket.receive() == "4hi"
    websocket.cut()
    assert await server.reason(name) == "transport close"
    await session.gone()


async def test_ht1_fifty_messages_each_way_during_the_upgrade_keep_their_order(server):
    session = await server.polling()
    got = []

    async def poll_until_released():
        while True:
            packets = (await session.poll()).text.split("\x1e")
            got.extend(packet for packet in packets if packet != "6")
            if "6" in packets:
                return

    polling = asyncio.create_task(poll_until_released())
    for number in range(20):
        await session.post(f"4{number}")
    websocket = await session.probe()
    for number in range(20, 30):
        await session.post(f"4{number}")
    await polling
    websocket.send("5")
    for number in range(30, 50):
        websocket.send(f"4{number}")
    while len(got) < 50:
        got.append(await websocket.receive())
    assert got == [f"4{number}" for number in range(50)]


async def test_h7_the_heartbeat_goes_on_while_an_upgrade_stalls(server):
    session = await server.polling("/quick/")
    name = "stalled-" + server.kind
    await session.post("4!name " + name)
    websocket = await session.probe()
    started = time.monotonic()
    assert await server.reason(name) == "ping timeout"
    assert time.monotonic() - started < 5
    assert isinstance((await websocket.until_closed())[-1], Closed)
    await session.gone()
