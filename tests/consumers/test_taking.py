"""A consumer's events begin in the very call that brings them, and nobody can tell by their handlers."""

import asyncio
import contextvars

import pytest

from realtime import NamespaceConsumer, on
from realtime.testing import NamespaceCommunicator

mark = contextvars.ContextVar("mark", default=None)


class Steps(NamespaceConsumer):
    seen: list

    async def connect(self, auth):
        self.seen, self.open = [], asyncio.Event()
        mark.set("connect")

    @on("quick")
    async def quick(self, text):
        self.seen.append(text)
        return text

    @on("slow")
    async def slow(self, text):
        self.seen.append((text, asyncio.current_task(), mark.get()))
        mark.set(text)
        await self.open.wait()
        self.seen.append((text, asyncio.current_task(), mark.get()))
        return text, len(self.seen)

    @on("in time")
    async def in_time(self, seconds):
        try:
            async with asyncio.timeout(seconds):
                await asyncio.Event().wait()
        except TimeoutError:
            return asyncio.current_task().cancelling()

    @on("inner")
    async def inner(self):
        self.child = asyncio.ensure_future(asyncio.Event().wait())
        async with asyncio.timeout(0):
            await self.child

    @on("odd")
    async def odd(self):
        return object()

    @on("bare")
    async def bare(self):
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        return "bare"

    async def disconnect(self, reason):
        self.seen.append(mark.get())


@pytest.fixture
async def steps():
    made = []

    class Kept(Steps):
        def __init__(self):
            super().__init__()
            made.append(self)

    async with await NamespaceCommunicator(Kept.as_asgi(), "/steps").connect() as client:
        yield client, made[0]


async def test_a_handler_that_waits_for_nothing_is_done_when_the_packet_was_read(steps):
    client, consumer = steps
    await asyncio.sleep(0)
    await client.emit("quick", "one")
    assert consumer.seen == ["one"]
    assert await client.call("quick", "two") == "two"


async def test_one_that_waits_goes_on_in_the_same_task_and_context_and_the_next_event_waits(steps):
    client, consumer = steps
    slow = asyncio.ensure_future(client.call("slow", "first"))
    await asyncio.sleep(0)
    await client.emit("quick", "second")
    await asyncio.sleep(0.01)
    (text, task, marked) = consumer.seen[0]
    assert (text, marked, len(consumer.seen)) == ("first", "connect", 1) and task is not asyncio.current_task()
    consumer.open.set()
    assert await slow == ("first", 2)
    assert consumer.seen == [("first", task, "connect"), ("first", task, "first"), "second"]
    await client.call("quick", "third")
    await client.disconnect()
    assert consumer.seen[-1] == "first", "what a handler has set is there for all that comes later"


@pytest.mark.parametrize("seconds", [0, 0.01])
async def test_a_time_out_strikes_the_handler_and_nothing_else(steps, seconds):
    client, _ = steps
    assert await client.call("in time", seconds) == 0
    assert await client.call("quick", "still there") == "still there"


async def test_what_a_handler_waits_for_is_cancelled_with_it(steps, caplog):
    client, consumer = steps
    assert (await client.call("inner"))["error"]["code"] == "internal_error"
    assert consumer.child.cancelled() and "TimeoutError" in caplog.text
    assert await client.call("quick", "still there") == "still there"


async def test_an_answer_that_cannot_be_sent_is_an_internal_error(steps, caplog):
    client, _ = steps
    assert (await client.call("odd"))["error"]["code"] == "internal_error"
    assert "EncodeError" in caplog.text and "StopIteration" not in caplog.text


async def test_bare_turns_of_the_loop_are_taken(steps):
    client, _ = steps
    assert await client.call("bare") == "bare"


@pytest.mark.parametrize("watched", ["receive", "send"])
async def test_middleware_around_a_consumer_sees_every_message(watched):
    seen = []

    async def watching(scope, receive, send):
        async def receive_watched():
            seen.append(await receive())
            return seen[-1]

        async def send_watched(message):
            seen.append(message)
            return await send(message)

        both = (receive_watched, send) if watched == "receive" else (receive, send_watched)
        await Steps.as_asgi()(scope, *both)

    async with await NamespaceCommunicator(watching, "/steps").connect() as client:
        await asyncio.sleep(0)
        assert await client.call("quick", "one") == "one"
    wanted = "socketio.event" if watched == "receive" else "socketio.ack"
    assert [message["args"] for message in seen if message["type"] == wanted] == [["one"]]
