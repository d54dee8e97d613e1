"""A reply never reaches another command than its own, whoever gives up and whatever Redis says."""

import asyncio
import random
import signal

import pytest
from channels_redis.utils import create_pool
from redis.exceptions import ConnectionError, ResponseError

from realtime.layers import wire as wires
from realtime.layers.wire import SILENT_LOOKS, dial
from tests.harness import RedisServer
from tests.layers.conftest import FakeRedis, until

pytestmark = pytest.mark.redis
UNSENDABLE = [("x\ud800", b""), (None, b""), (["x"], b""), ("x", {})]


class Ends:
    """What a wire reports."""

    def __init__(self):
        self.heard, self.lost = [], []

    async def dial(self, url):
        return await dial(create_pool({"address": url}), lambda *message: self.heard.append(message), self.lost.append)


@pytest.fixture
async def ends():
    return Ends()


@pytest.fixture
async def wire(redis_server, ends):
    wire = await ends.dial(redis_server.url)
    yield wire
    wire.close()
    await wire.ended


async def test_replies_are_their_commands_own_in_a_storm_of_cancelled_callers(wire):
    chance = random.Random(7)

    async def ask(number):
        await asyncio.sleep(chance.random() / 50)
        return number, await wire.call(b"ECHO", str(number))

    tasks = [asyncio.create_task(ask(number)) for number in range(3000)]
    while not all(task.done() for task in tasks):
        await asyncio.sleep(0.001)
        for task in chance.sample(tasks, 60):
            task.cancel()
    answered = [task.result() for task in tasks if not task.cancelled()]
    assert len(answered) > 50 and all(reply == str(number).encode() for number, reply in answered)
    assert await wire.call(b"ECHO", "last") == b"last" and not wire._waiting


@pytest.mark.parametrize("channel, data", UNSENDABLE)
async def test_what_cannot_be_sent_leaves_the_replies_in_step(wire, channel, data):
    before = wire.call(b"ECHO", "before")
    with pytest.raises((TypeError, ValueError)):
        wire.call(b"PUBLISH", channel, data)
    after = wire.call(b"ECHO", "after")
    assert (await before, await after) == (b"before", b"after")


async def test_what_is_said_at_once_is_said_in_order(wire):
    calls = [wire.call(b"ECHO", str(number)) for number in range(500)]
    calls[3].cancel()
    replies = await asyncio.gather(*calls, return_exceptions=True)
    assert [reply for reply in replies if isinstance(reply, bytes)] == [b"%d" % n for n in range(500) if n != 3]


async def test_an_error_is_its_commands_own_and_the_connection_goes_on(wire):
    calls = [wire.call(b"ECHO", "1"), wire.call(b"NOSUCH"), wire.call(b"SELECT", "many"), wire.call(b"ECHO", "2")]
    replies = await asyncio.gather(*calls, return_exceptions=True)
    assert replies[0] == b"1" and replies[3] == b"2"
    assert [type(each) for each in replies[1:3]] == [ResponseError, ResponseError]


@pytest.mark.parametrize("error", ["LOADING x", "NOAUTH x", "OOM x", "READONLY x", "MOVED 1 10.0.0.1:1", "BUSY x"])
async def test_errors_of_every_kind_are_told_to_the_caller(ends, error):
    async with FakeRedis(lambda command: f"-{error}\r\n".encode()) as server:
        wire = await ends.dial(server.url)
        with pytest.raises(ResponseError, match=error.split()[0]):
            await wire.call(b"PUBLISH", "x", b"")
        assert wire.alive
        wire.close()
        await wire.ended


@pytest.mark.parametrize(
    "words", [b":1\r\n:1\r\n", b"?\r\n", b"*0\r\n:1\r\n", b"*1\r\n$7\r\nmessage\r\n", b"HTTP/1.1 400\r\n\r\n"]
)
async def test_words_that_no_redis_says_end_the_connection_with_one_line(ends, lines, words):
    async with FakeRedis(lambda command: words) as server:
        wire = await ends.dial(server.url)
        call = wire.call(b"PUBLISH", "x", b"")
        await wire.ended
        assert not wire.alive and ends.lost == [wire] and len(lines) == 1
        with pytest.raises(ConnectionError):
            wire.call(b"PUBLISH", "x", b"")
        if words[:2] != b":1":
            with pytest.raises(ConnectionError):
                await call


async def test_what_redis_has_said_too_much_while_connecting_is_no_later_commands_reply(ends):
    async with FakeRedis() as server:
        server.answer = lambda command: b"+OK\r\n"
        with pytest.raises(ConnectionError):
            server.answer = lambda command: b"+OK\r\n+OK\r\n"  # SELECT's, and one that nobody asked for
            await ends.dial(server.url + "&db=1")


async def test_an_end_while_connecting_is_not_overlooked(ends):
    async with FakeRedis() as server:

        def answer(command):
            server.writers[-1].write(b"+OK\r\n")
            server.writers[-1].close()
            return b""

        server.answer = answer
        try:
            wire = await ends.dial(server.url + "&db=1")
        except ConnectionError:
            return
        await asyncio.wait_for(wire.ended, 60)  # it came after it


async def test_a_connection_on_which_nothing_comes_is_given_up(ends):
    with RedisServer() as server:
        wire = await ends.dial(server.url)
        server.popen.send_signal(signal.SIGSTOP)
        try:
            call = wire.call(b"PUBLISH", "x", b"")
            for _ in range(SILENT_LOOKS):
                assert wire.alive
                wire.look()
            with pytest.raises(ConnectionError):
                await call
            assert ends.lost == [wire]
        finally:
            server.popen.send_signal(signal.SIGCONT)


async def test_a_loop_that_stood_still_keeps_its_connection(wire):
    for _ in range(SILENT_LOOKS):
        wire.look()
        wire.look()  # late, and before what has come is read
        assert wire.alive and await wire.call(b"ECHO", "x") == b"x"


async def test_a_redis_that_does_not_read_fills_no_memory(ends, monkeypatch):
    monkeypatch.setattr(wires, "MAX_UNSENT", 1_000_000)
    with RedisServer() as server:
        wire = await ends.dial(server.url)
        server.popen.send_signal(signal.SIGSTOP)
        try:
            with pytest.raises(ConnectionError):
                for _ in range(100_000):
                    wire.send(b"PUBLISH", "x", bytes(10_000))
                    if wire._full:
                        wire.call(b"PUBLISH", "x", b"")
            assert wire._transport.get_write_buffer_size() < 2_000_000
        finally:
            server.popen.send_signal(signal.SIGCONT)
        await until(lambda: not wire._full)
        assert await wire.call(b"ECHO", "x") == b"x"
        wire.close()
        await wire.ended
