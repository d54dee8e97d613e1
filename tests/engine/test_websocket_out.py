"""Writing to a websocket whose server makes us wait, refuses, or is gone."""

import asyncio

import pytest

from realtime.engine.outbox import HIGH_WATER
from realtime.metrics import counters
from realtime.readyframes import EXTENSION, text_frame
from tests.engine.asgi import engine, open_polling, open_websocket, turns


async def test_frames_go_out_at_once_while_the_server_takes_them():
    websocket = await open_websocket(engine())
    websocket.client.send("a")
    websocket.client.send(b"\x01")
    assert [message.get("text", message.get("bytes")) for message in websocket.sent[2:]] == ["4a", b"\x01"]


async def test_order_is_kept_and_nothing_lost_when_the_server_makes_us_wait():
    websocket = await open_websocket(engine())
    websocket.gate.clear()
    for number in range(5):
        websocket.client.send(f"{number}")
    await turns()
    assert len(websocket.sent) == 2, "the open packet only"
    websocket.gate.set()
    websocket.client.send("5")
    await turns(2)
    websocket.client.send("6")
    assert await websocket.read_many(7) == [f"4{number}" for number in range(7)]


async def test_packets_with_attachments_are_not_torn_when_several_write():
    websocket = await open_websocket(engine())

    async def writer(name):
        for number in range(20):
            websocket.client.write((f"452-[{name}{number}]", b"%s1" % name.encode(), b"%s2" % name.encode()))
            if number % 3:
                await asyncio.sleep(0)

    async def doorman():
        for _ in range(40):
            websocket.gate.clear()
            await turns(2)
            websocket.gate.set()
            await asyncio.sleep(0)

    await asyncio.gather(writer("a"), writer("b"), writer("c"), doorman())
    frames = await websocket.read_many(180)
    packets = [frames[start : start + 3] for start in range(0, 180, 3)]
    assert all(head[5] == one.decode()[0] == two.decode()[0] for head, one, two in packets)
    assert all(one.endswith(b"1") and two.endswith(b"2") for _, one, two in packets)
    for name in "abc":
        assert [head for head, *_ in packets if name in head] == [f"452-[{name}{number}]" for number in range(20)]


async def test_a_server_that_makes_each_write_wait_twice_is_served_too():
    websocket = await open_websocket(engine())
    plain = websocket.client._send

    async def slow(message):
        await asyncio.sleep(0)
        await plain(message)
        await asyncio.sleep(0)

    websocket.client._send = slow
    for number in range(10):
        websocket.client.send(f"{number}")
        if number % 2:
            await asyncio.sleep(0)
    assert await websocket.read_many(10) == [f"4{number}" for number in range(10)]


async def test_a_write_that_fails_and_recovers_inside_the_server_is_not_the_end():
    websocket = await open_websocket(engine())
    plain, trouble = websocket.client._send, asyncio.get_running_loop().create_future()

    async def recovering(message):
        try:
            await asyncio.shield(trouble)
        except OSError:
            await asyncio.sleep(0)
        await plain(message)

    websocket.client._send = recovering
    websocket.client.send("a")
    trouble.set_exception(OSError("a hiccup"))
    websocket.client.send("b")
    assert await websocket.read_many(2) == ["4a", "4b"]
    assert websocket.handler.reasons == []


async def test_drain_waits_while_the_outbox_is_high_and_no_longer():
    websocket = await open_websocket(engine())
    await websocket.client.drain()
    websocket.gate.clear()
    for _ in range(4):
        websocket.client.send("x" * (HIGH_WATER // 2))
    draining = asyncio.ensure_future(websocket.client.drain())
    await turns()
    assert not draining.done()
    websocket.gate.set()
    await asyncio.wait_for(draining, 5)


async def test_drain_ends_with_the_session():
    app = engine()
    websocket = await open_websocket(app)
    websocket.gate.clear()
    for _ in range(4):
        websocket.client.send("x" * (HIGH_WATER // 2))
    draining = [asyncio.ensure_future(websocket.client.drain()) for _ in range(2)]
    await turns()
    websocket.client.abort("transport error")
    await asyncio.wait_for(asyncio.gather(*draining), 5)
    assert app.clients == {}


async def test_a_client_that_takes_too_little_is_closed_and_counted():
    app, before = engine(max_outbox_bytes=1000), counters["outbox_overflow"]
    websocket = await open_websocket(app)
    websocket.gate.clear()
    for _ in range(12):
        websocket.client.send("x" * 99)
    assert websocket.handler.reasons == ["outbox overflow"]
    assert app.clients == {} and len(websocket.client.outbox) == 0
    assert counters["outbox_overflow"] == before + 1
    websocket.gate.set()
    assert await websocket.read() == "4" + "x" * 99, "the one that was under way"
    assert await websocket.read() == ("closed", 1000)


async def test_a_write_that_never_ends_does_not_outlive_the_session(monkeypatch):
    monkeypatch.setattr("realtime.engine.client.LINGER", 0.01)
    websocket = await open_websocket(engine())
    websocket.gate.clear()
    websocket.client.send("a")
    await turns()
    websocket.client.abort("ping timeout")
    await websocket.done()
    await turns()
    assert websocket.client._writing is None or websocket.client._writing.done()


async def test_an_upgraded_client_that_reads_nothing_is_given_up_too(clock):
    session = await open_polling(engine())
    websocket = await session.probing()
    session.client.send("queued")
    websocket.gate.clear()
    websocket.write("5")
    await turns()
    for seconds in (25.1, 20, 5.1):
        await clock.advance(seconds)
    await websocket.done()
    assert session.handler.reasons == ["ping timeout"]


async def test_what_is_queued_goes_out_before_a_close():
    websocket = await open_websocket(engine())
    websocket.gate.clear()
    for word in "abc":
        websocket.client.send(word)
    websocket.client.close()
    websocket.client.send("too late")
    websocket.gate.set()
    assert await websocket.read_many(4) == ["4a", "4b", "4c", ("closed", 1000)]


@pytest.mark.parametrize("error", [RuntimeError("already closed"), OSError("gone")])
async def test_a_server_that_refuses_a_write_ends_the_session_and_raises_nowhere(error, caplog):
    app = engine()
    websocket = await open_websocket(app)
    websocket.fails = error
    websocket.client.send("a")
    assert websocket.handler.reasons == ["transport close"] and app.clients == {}
    websocket.client.send("b")
    websocket.cut()
    await websocket.done()
    assert caplog.messages == []


async def test_a_server_that_refuses_a_delayed_write_ends_the_session(caplog):
    websocket = await open_websocket(engine())
    websocket.gate.clear()
    websocket.client.send("a")
    websocket.client.send("b")
    await turns()
    websocket.fails = OSError("gone")
    websocket.gate.set()
    await turns()
    assert websocket.handler.reasons == ["transport close"]
    assert caplog.messages == []


async def test_a_server_that_refuses_the_close_raises_nowhere(unraised):
    websocket = await open_websocket(engine())
    websocket.fails = RuntimeError("Unexpected ASGI message 'websocket.close'")
    websocket.client.close()
    await turns()
    websocket.cut()
    await websocket.done()


async def test_a_client_that_is_gone_before_its_greeting_leaves_no_application_behind(unraised):
    app = engine(ping_interval=0.01, ping_timeout=0.01)
    from tests.engine.asgi import WebSocket

    websocket = WebSocket(app, "EIO=4&transport=websocket")
    websocket.gate.clear()
    await turns()
    (client,) = app.clients.values()
    async with asyncio.timeout(5):
        while app.clients:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    websocket.gate.set()
    websocket.cut()
    await websocket.done()
    assert client.handler is None or client.handler.reasons, "told of a start, and of an end"


class Ready:
    """A server's extension of docs/spec/frames.md: ``full`` makes it refuse frames."""

    def __init__(self):
        self.frames, self.reader, self.full = [], None, False
        self.extensions = {EXTENSION: {"write": self.write, "read": self.read}}

    def write(self, frame):
        if not self.full:
            self.frames.append(frame)
        return not self.full

    def read(self, reader):
        self.reader = reader


async def test_a_server_that_takes_ready_frames_gets_them():
    server = Ready()
    websocket = await open_websocket(engine(), extensions=server.extensions)
    websocket.client.send("ü")
    websocket.client.send("x" * 70_000)
    assert server.frames == ["\x81\x034".encode("latin-1") + "ü".encode(), text_frame("4" + "x" * 70_000)]
    websocket.client.send(b"\x01")
    assert websocket.sent[2:] == [{"type": "websocket.send", "bytes": b"\x01"}]


async def test_what_it_refuses_is_sent_and_what_comes_behind_waits_for_that():
    server = Ready()
    websocket = await open_websocket(engine(), extensions=server.extensions)
    server.full = True
    websocket.gate.clear()
    websocket.client.send("1")
    server.full = False
    websocket.client.send("2")
    assert server.frames == [] and websocket.client.outbox_bytes == 2
    websocket.gate.set()
    assert await websocket.read_many(2) == ["41", "42"]
    await turns()
    websocket.client.send("3")
    assert server.frames == [text_frame("43")]


async def test_messages_that_it_hands_over_reach_the_handler_at_once():
    server = Ready()
    websocket = await open_websocket(engine(), extensions=server.extensions)
    server.reader("4hello")
    server.reader(b"\x01")
    assert websocket.handler.messages == ["hello", b"\x01"]
    server.reader("no packet")
    assert websocket.handler.reasons == ["parse error"]
    assert await websocket.read() == ("closed", 1000)


async def test_one_that_upgrades_gets_them_too():
    server = Ready()
    polling = await open_polling(engine())
    websocket = polling.upgrade(extensions=server.extensions)
    await websocket.accepted()
    websocket.write("2probe")
    assert await websocket.read() == "3probe"
    websocket.write("5")
    await turns()
    polling.client.send("upgraded")
    assert server.frames == [text_frame("4upgraded")]
    server.reader("4hello")
    assert polling.handler.messages == ["hello"]
