"""From polling to a websocket: what may happen between the probe and the upgrade packet."""

import asyncio

import pytest

from tests.engine.asgi import engine, open_polling, open_websocket, turns


async def test_frames_written_while_probing_wait_for_the_websocket():
    session = await open_polling(engine())
    websocket = await session.probing()
    session.client.write(("452-[1]", b"\x01", b"\x02"))
    session.client.send("b")
    await turns()
    assert websocket.taken == len(websocket.sent)
    websocket.write("5")
    await turns()
    session.client.send("c")
    assert await websocket.read_many(5) == ["452-[1]", b"\x01", b"\x02", "4b", "4c"]


async def test_frames_written_while_probing_go_by_a_poll_that_waits():
    session = await open_polling(engine())
    poll = session.get()
    await turns()
    websocket = await session.probing()
    session.client.send("a")
    assert await poll.answer() == (200, b"4a")
    websocket.write("5")
    await turns()
    session.client.send("b")
    assert await websocket.read() == "4b"


async def test_a_waiting_poll_is_let_go_with_a_noop():
    session = await open_polling(engine())
    poll = session.get()
    await turns()
    websocket = await session.probing()
    assert await poll.answer() == (200, b"6")
    again = session.get()
    assert await again.answer() == (200, b"6"), "once is not enough: a poll may be on its way"
    websocket.write("5", "4hi")
    await turns()
    assert session.handler.messages == ["hi"] and session.client.session.transport == "websocket"


async def test_a_post_between_probe_and_upgrade_counts():
    session = await open_polling(engine())
    websocket = await session.probing()
    assert await session.say("4by post") == (200, b"ok")
    websocket.write("5", "4by websocket")
    await turns()
    assert session.handler.messages == ["by post", "by websocket"]


async def test_after_the_upgrade_polling_is_a_bad_request():
    session = await open_polling(engine())
    websocket = await session.probing()
    websocket.write("5")
    await turns()
    assert (await session.poll())[0] == (await session.say("4x"))[0] == 400
    session.client.send("on")
    assert await websocket.read() == "4on" and session.handler.reasons == []


async def test_nothing_is_lost_doubled_or_reordered_while_a_poll_and_a_probe_race():
    session = await open_polling(engine(max_poll_packets=3))
    heard = []

    async def poller():
        while session.client.session.transport == "polling":
            body = (await session.poll())[1].decode()
            heard.extend(packet for packet in body.split("\x1e") if packet != "6")
            if "6" in body.split("\x1e"):
                return

    async def talker():
        for number in range(200):
            session.client.send(f"{number}")
            if number % 7 == 0:
                await asyncio.sleep(0)

    talking, polling = asyncio.ensure_future(talker()), asyncio.ensure_future(poller())
    await turns(3)
    websocket = await session.probing()
    await talking
    await polling
    websocket.write("5")
    await turns()
    session.client.send("end")
    while "4end" not in heard:
        heard.append(await websocket.read())
    assert heard == [*(f"4{number}" for number in range(200)), "4end"]


@pytest.mark.parametrize("frame", ["4hi", "5", "2", "2prob", "3probe", "6", "", b"\x01", "bAA==", "x"])
async def test_anything_but_a_probe_first_closes_the_websocket_and_not_the_session(frame, unraised):
    session = await open_polling(engine())
    websocket = await session.upgrade().accepted()
    websocket.write(frame)
    assert (await websocket.read())[0] == "closed"
    await websocket.done()
    assert session.handler.messages == session.handler.reasons == []
    assert (await session.say("4still"))[0] == 200 and session.handler.messages == ["still"]


async def test_a_stalled_upgrade_ends_and_another_may_follow(unraised):
    session = await open_polling(engine(upgrade_timeout=0.02))
    stalled = await session.probing()
    assert await stalled.read() == ("closed", 1000)
    await stalled.done()
    session.client.options = engine().options
    websocket = await session.probing()
    websocket.write("5", "4hi")
    await turns()
    assert session.handler.messages == ["hi"]


async def test_a_websocket_that_is_lost_while_probing_raises_nothing_and_is_not_spoken_to(unraised):
    session = await open_polling(engine())
    websocket = await session.probing()
    websocket.cut()
    await websocket.done()
    assert [message["type"] for message in websocket.sent] == ["websocket.accept", "websocket.send"]
    assert session.handler.reasons == []
    again = await session.probing()
    again.write("5", "4hi")
    await turns()
    assert session.handler.messages == ["hi"]


async def test_a_server_that_refuses_a_write_while_probing_leaves_the_session_free_to_try_again():
    session = await open_polling(engine())
    websocket = await session.upgrade().accepted()
    websocket.fails = OSError("gone")
    websocket.write("2probe")
    await asyncio.wait([websocket.task])
    assert session.client.reader is None and session.handler.reasons == []
    session.client.abort("ping timeout")
    assert session.handler.reasons == ["ping timeout"]


async def test_a_second_websocket_while_the_first_is_probing_is_accepted_and_closed():
    session = await open_polling(engine())
    websocket = await session.probing()
    second = await session.upgrade().accepted()
    assert (await second.read())[0] == "closed"
    await second.done()
    websocket.write("5", "4hi")
    await turns()
    assert session.handler.messages == ["hi"]


async def test_of_two_websockets_in_one_turn_of_the_loop_one_upgrades():
    session = await open_polling(engine())
    both = session.upgrade(), session.upgrade()
    for websocket in both:
        await websocket.accepted()
        websocket.write("2probe", "5", "4hi")
    await turns(20)
    assert sorted(len(websocket.sent) for websocket in both) == [2, 2]
    answers = sorted(websocket.sent[1].get("text", "closed") for websocket in both)
    assert answers == ["3probe", "closed"] and session.handler.messages == ["hi"]


async def test_a_second_websocket_after_the_upgrade_is_accepted_and_closed():
    app = engine()
    first = await open_websocket(app)
    from tests.engine.asgi import WebSocket

    second = await WebSocket(app, f"EIO=4&transport=websocket&sid={first.sid}").accepted()
    assert (await second.read())[0] == "closed"
    first.write("4hi")
    await turns()
    assert first.handler.messages == ["hi"]


async def test_a_session_that_is_closed_while_probing_says_so_over_polling(unraised):
    app = engine()
    session = await open_polling(app)
    websocket = await session.probing()
    session.client.send("last")
    session.client.close()
    websocket.write("5")
    assert (await websocket.read())[0] == "closed"
    await websocket.done()
    assert await session.poll() == (200, b"4last")
    assert await session.poll() == (200, b"6\x1e1")
    assert session.handler.reasons == ["forced close"] and app.clients == {}


async def test_a_session_that_dies_while_probing_takes_the_websocket_with_it(unraised):
    app = engine()
    session = await open_polling(app)
    websocket = await session.probing()
    session.client.abort("ping timeout")
    assert (await websocket.read())[0] == "closed"
    await websocket.done()
    assert session.handler.reasons == ["ping timeout"] and app.clients == {}


async def test_pings_go_on_over_the_websocket():
    session = await open_polling(engine(ping_interval=0.02, ping_timeout=1))
    websocket = await session.probing()
    websocket.write("5")
    for _ in range(3):
        assert await websocket.read() == "2"
        websocket.write("3")


async def test_a_client_of_revision_3_upgrades_too():
    session = await open_polling(engine(), eio=3)
    websocket = await session.probing()
    session.client.send(b"\x01")
    session.client.send(b"")
    websocket.write("5", "2", b"\x04\x02")
    assert await websocket.read_many(3) == [b"\x04\x01", "b4", "3"]
    assert session.handler.messages == [b"\x02"]


async def test_a_websocket_that_the_server_cancels_ends_the_session():
    app = engine()
    websocket = await open_websocket(app)
    websocket.task.cancel()
    await asyncio.wait([websocket.task])
    assert websocket.handler.reasons == ["transport close"] and app.clients == {}


async def test_a_frame_over_the_limit_is_closed_with_1009():
    websocket = await open_websocket(engine(max_http_buffer_size=100))
    websocket.write("4" + "é" * 60)
    assert await websocket.read() == ("closed", 1009)
    assert websocket.handler.messages == [] and websocket.handler.reasons == ["transport error"]


@pytest.mark.parametrize("frame", ["", "x", "9", "b\u00e9"])
async def test_a_bad_frame_closes_the_websocket(frame, unraised):
    app = engine()
    websocket = await open_websocket(app)
    websocket.write("4good", frame, "4never")
    assert (await websocket.read())[0] == "closed"
    websocket.cut()
    await websocket.done()
    assert websocket.handler.messages == ["good"] and websocket.handler.reasons == ["parse error"] and app.clients == {}


async def test_a_handler_that_fails_ends_its_own_session_with_a_close_frame(caplog):
    app = engine()
    websocket, other = await open_websocket(app), await open_websocket(app)

    def fail(data):
        raise KeyError("a bug")

    websocket.handler.message = fail
    websocket.write("4hi")
    assert (await websocket.read())[0] == "closed"
    websocket.cut()
    await websocket.done()
    assert "internal error" in caplog.text and list(app.clients) == [other.sid]


async def test_a_flood_of_frames_lets_others_run():
    websocket, ran = await open_websocket(engine()), []

    async def other():
        while len(websocket.handler.messages) < 5000:
            ran.append(None)
            await asyncio.sleep(0)

    websocket.write(*["4x"] * 5000)
    await asyncio.wait_for(other(), 5)
    assert len(ran) > 10
