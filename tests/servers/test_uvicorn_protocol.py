"""uvicorn with ``realtime.servers.uvicorn:WebSocketProtocol``: what goes over the wire, and the extension."""

import asyncio
import logging

import pytest
import websockets

from realtime.metrics import counters
from realtime.readyframes import EXTENSION, binary_frame, text_frame
from realtime.servers.fragments import MOST
from tests.servers.wire import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, frame, serving

LENGTHS = (0, 1, 125, 126, 127, 65_535, 65_536, 200_000)


async def echo(scope, receive, send):
    """Gives every message back."""
    await receive()
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        await send({**message, "type": "websocket.send"})


class Held:
    """An application whose doings the test decides: it has ``receive``, ``send``, and ``write`` and ``read``."""

    def __init__(self):
        self.connected, self.over = asyncio.Event(), asyncio.Event()

    async def __call__(self, scope, receive, send):
        self.receive, self.send = receive, send
        self.write, self.read = (scope["extensions"][EXTENSION][name] for name in ("write", "read"))
        await receive()
        self.connected.set()
        await self.over.wait()

    async def accept(self):
        async with asyncio.timeout(5):
            await self.connected.wait()
        await self.send({"type": "websocket.accept"})


@pytest.fixture
async def held():
    """The application, accepted, and its client."""
    app = Held()
    async with serving(app) as connect:
        client, _ = await asyncio.gather(connect(), app.accept())
        yield app, client
        app.over.set()


# -- the wire -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("length", LENGTHS)
async def test_messages_of_every_length_come_and_go(length):
    async with serving(echo) as connect:
        client = await connect()
        client.write(frame("a" * length), frame(b"\xff" * length, BINARY))
        assert await client.read() == (TEXT, b"a" * length)
        assert await client.read() == (BINARY, b"\xff" * length)


@pytest.mark.parametrize("length", (3, 130, 70_000))
async def test_a_frame_may_come_byte_by_byte(length):
    async with serving(echo) as connect:
        client, sent = await connect(), frame("ü" * length)
        for part in (*(sent[number : number + 1] for number in range(11)), sent[11:-1], sent[-1:]):
            client.write(part)
            await asyncio.sleep(0.005)
        client.write(frame("next"))
        assert await client.read() == (TEXT, ("ü" * length).encode())
        assert await client.read() == (TEXT, b"next")


async def test_many_frames_in_one_segment_and_the_beginning_of_another_keep_their_order():
    async with serving(echo) as connect:
        client, last = await connect(), frame("last" * 50)
        client.write(b"".join(frame(str(number)) for number in range(500)) + last[:7])
        assert [await client.read() for _ in range(500)] == [(TEXT, str(number).encode()) for number in range(500)]
        client.write(last[7:])
        assert await client.read() == (TEXT, b"last" * 50)


async def test_a_message_in_fragments_is_put_together_around_a_ping():
    async with serving(echo) as connect:
        client = await connect()
        client.write(frame("one ", fin=False), frame(b"?", PING), frame("two", CONTINUATION), frame("three"))
        assert await client.read() == (PONG, b"?")
        assert await client.read() == (TEXT, b"one two")
        assert await client.read() == (TEXT, b"three")


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        pytest.param(frame("x", mask=None), 1002, id="an unmasked frame"),
        pytest.param(frame("", mask=None), 1002, id="an unmasked frame of two bytes"),
        pytest.param(frame("x", rsv=4), 1002, id="a reserved bit"),
        pytest.param(frame("x", 3), 1002, id="a reserved opcode"),
        pytest.param(frame("x", CONTINUATION), 1002, id="a continuation of nothing"),
        pytest.param(frame("x", fin=False) + frame("y"), 1002, id="a message inside of another"),
        pytest.param(frame(b"", fin=False) + frame("y"), 1002, id="a message inside of an empty fragment"),
        pytest.param(frame(b"x" * 126, PING), 1002, id="a long ping"),
        pytest.param(frame(b"\xff"), 1007, id="text that is no UTF-8"),
        pytest.param(frame(b"\xff" * 200), 1007, id="long text that is no UTF-8"),
        pytest.param(frame(b"\xc3", fin=False) + frame(b"x", CONTINUATION), 1007, id="fragments that are no UTF-8"),
        pytest.param(frame(b"", length=1001), 1009, id="a frame that says it is too large"),
        pytest.param(frame("x" * 1001), 1009, id="a frame that is too large"),
        pytest.param(frame("x" * 600, fin=False) + frame("x" * 600, CONTINUATION), 1009, id="fragments too large"),
    ],
)
async def test_what_breaks_the_rules_closes_with_the_code_of_the_rfc(sent, code):
    async with serving(echo, ws_max_size=1000) as connect:
        client = await connect()
        client.write(frame("before"))
        assert await client.read() == (TEXT, b"before")
        client.write(sent)
        assert await client.close_code() == code


async def test_a_message_in_more_fragments_than_browsers_make_closes_with_1009():
    async with serving(echo) as connect:
        client, some = await connect(), frame("x", fin=False) + frame("x", CONTINUATION, fin=False) * (MOST - 2)
        client.write(some, frame("x", CONTINUATION))
        assert await client.read() == (TEXT, b"x" * MOST)
        before = counters["frames_refused"]
        client.write(some, frame("x", CONTINUATION, fin=False), frame("x", CONTINUATION, fin=False) * 1000)
        assert await client.close_code() == 1009
        assert counters["frames_refused"] == before + 1


async def test_a_limit_below_the_shortest_frames_holds():
    async with serving(echo, ws_max_size=10) as connect:
        client = await connect()
        client.write(frame("x" * 10))
        assert await client.read() == (TEXT, b"x" * 10)
        client.write(frame("x" * 11))
        assert await client.close_code() == 1009


async def test_what_came_before_the_accept_is_read_after_it():
    app = Held()
    async with serving(app) as connect:
        client = await connect(wait=False)
        async with asyncio.timeout(5):
            await app.connected.wait()
        sent = frame("early")
        client.write(sent[:3])
        await asyncio.sleep(0.05)
        await app.accept()
        client.write(sent[3:], frame("late"))
        assert [(await app.receive())["text"] for _ in range(2)] == ["early", "late"]
        app.over.set()


async def test_the_client_closes_and_the_application_hears_the_code(held):
    app, client = held
    client.write(frame(b"\x0f\xa1why", CLOSE), frame("too late"))
    assert await app.receive() == {"type": "websocket.disconnect", "code": 4001, "reason": "why"}
    assert await client.close_code() == 4001
    assert app.write(text_frame("x")) is False


async def test_after_its_close_the_application_hears_nothing_and_the_handshake_of_closing_ends(held):
    app, client = held
    sent = frame("part of a frame")
    client.write(sent[:5])
    await asyncio.sleep(0.05)
    await app.send({"type": "websocket.close", "code": 4002})
    client.write(sent[5:], frame("whole"))
    assert await app.receive() == {"type": "websocket.disconnect", "code": 4002, "reason": ""}
    assert await client.close_code() == 4002
    async with asyncio.timeout(5):  # the server hangs up on the client's close frame: long before its timeout of 10 s
        assert await client.reader.read() == b""


async def test_messages_are_compressed_where_the_client_wants_it():
    async with serving(echo) as connect:
        client = await connect("Sec-WebSocket-Extensions: permessage-deflate\r\n")
        assert b"permessage-deflate" in client.head
        port = client.writer.get_extra_info("peername")[1]
        async with websockets.connect(f"ws://127.0.0.1:{port}") as real:
            for text in ("short", "x" * 5000, "ü" * 70_000):
                await real.send(text)
                assert await real.recv() == text


# -- the extension ------------------------------------------------------------------------------------------


async def test_a_ready_frame_is_written_as_it_is(held):
    app, client = held
    assert app.write(text_frame("hällo")) is True
    assert app.write(binary_frame(b"\x00" * 70_000)) is True
    assert await client.read() == (TEXT, "hällo".encode())
    assert await client.read() == (BINARY, b"\x00" * 70_000)


async def test_a_refusal_is_an_answer_and_no_error_in_the_log(caplog):
    async def refusing(scope, receive, send):
        await receive()
        await send({"type": "websocket.http.response.start", "status": 503, "headers": [(b"x-why", b"full")]})
        await send({"type": "websocket.http.response.body", "body": b"come later"})

    with caplog.at_level(logging.WARNING):
        async with serving(refusing) as connect:
            client = await connect(wait=False)
            answer = await client.reader.read()
    assert answer.startswith(b"HTTP/1.1 503") and answer.endswith(b"come later") and b"x-why: full" in answer
    assert caplog.messages == []


async def test_nothing_can_be_written_before_the_accept():
    app = Held()
    async with serving(app) as connect:
        client = await connect(wait=False)
        async with asyncio.timeout(5):
            await app.connected.wait()
        assert app.write(text_frame("x")) is False
        await app.accept()
        assert app.write(text_frame("y")) is True
        await client.reader.readuntil(b"\r\n\r\n")
        assert await client.read() == (TEXT, b"y")
        app.over.set()


async def test_nothing_can_be_written_after_the_close(held):
    app, client = held
    await app.send({"type": "websocket.close"})
    assert app.write(text_frame("x")) is False
    assert await client.close_code() == 1000


async def test_nothing_can_be_written_to_a_client_that_is_gone(held):
    app, client = held
    client.writer.transport.abort()
    assert (await app.receive())["type"] == "websocket.disconnect"
    assert app.write(text_frame("x")) is False


async def test_a_client_that_does_not_read_stops_the_writing_and_send_waits_for_it(held):
    app, client = held
    client.writer.transport.pause_reading()
    written = 0
    while app.write(text_frame(f"{written:05d}" + "x" * 10_000)):
        written += 1
        assert written < 5000, "50 MB were taken for a client that reads nothing"
        await asyncio.sleep(0)
    waiting = asyncio.create_task(app.send({"type": "websocket.send", "text": "after"}))
    await asyncio.sleep(0.05)
    assert not waiting.done()
    client.writer.transport.resume_reading()
    assert [(await client.read())[1][:5] for _ in range(written)] == [b"%05d" % n for n in range(written)]
    assert await client.read() == (TEXT, b"after")
    await waiting
    assert app.write(text_frame("again")) is True


async def test_long_frames_are_refused_where_messages_are_compressed():
    app = Held()
    async with serving(app) as connect:
        client, _ = await asyncio.gather(connect("Sec-WebSocket-Extensions: permessage-deflate\r\n"), app.accept())
        assert app.write(text_frame("x" * 2000)) is False
        assert app.write(text_frame("x" * 100)) is True
        assert await client.read() == (TEXT, b"x" * 100)
        await app.send({"type": "websocket.send", "text": "x" * 2000})
        kind, payload, reserved = await client.read()
        assert (kind, reserved) == (TEXT, 0x40) and len(payload) < 100
        app.over.set()


async def test_a_reader_gets_the_messages_and_first_those_that_wait(held):
    app, client = held
    taken = []
    client.write(frame("1"), frame(b"2", BINARY))
    await asyncio.sleep(0.05)
    app.read(taken.append)
    assert taken == ["1", b"2"]
    client.write(frame("3"), frame("4", fin=False), frame("5", CONTINUATION), frame(b"\x03\xe8", CLOSE))
    assert (await app.receive())["type"] == "websocket.disconnect"
    assert taken == ["1", b"2", "3", "45"]


async def test_without_a_reader_receive_has_them_again(held):
    app, client = held
    app.read(pytest.fail)
    app.read(None)
    client.write(frame("x"))
    assert await app.receive() == {"type": "websocket.receive", "text": "x"}


async def test_a_reader_that_raises_closes_with_1011_and_is_logged(held, caplog):
    app, client = held

    def broken(message):
        raise ValueError("broken reader")

    app.read(broken)
    with caplog.at_level(logging.ERROR):
        client.write(frame("x"), frame("y"))
        assert await client.close_code() == 1011
    assert caplog.text.count("Exception in the reader") == 1


async def test_an_application_that_receives_nothing_stops_the_client(held):
    app, client = held
    for number in range(3000):
        client.write(frame(f"{number:05d}" + "x" * 10_000))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.5):
            await client.writer.drain()
    for number in range(3000):
        assert (await app.receive())["text"].startswith(f"{number:05d}")
    await client.writer.drain()
