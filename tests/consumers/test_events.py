"""Events: what a handler takes and returns, and what becomes of its errors."""

import asyncio
import logging
from collections import namedtuple

import pytest

from realtime import AckTimeout, BroadcastError, EventError, NamespaceConsumer, on
from realtime.exceptions import EncodeError
from tests.consumers.seam import Seam, error, joined

Pair = namedtuple("Pair", "a b")


class Echo(NamespaceConsumer):
    @on("message")
    async def message(self, room, text="none"):
        return {"room": room, "text": text}

    @on("nothing")
    async def nothing(self): ...

    @on("tuple")
    async def two(self):
        return 1, 2

    @on("pair")
    async def pair(self):
        return Pair(1, 2)

    @on("empty tuple")
    async def empty(self):
        return ()

    @on("list")
    async def list(self):
        return [1, 2]

    @on("false")
    async def false(self):
        return False

    @on("any")
    async def any(self, *args):
        return args

    @on("refuse")
    async def refuse(self):
        raise EventError("Slow down", code="rate", data={"seconds": 3})

    @on("break")
    async def broken(self):
        raise KeyError("secret")

    @on("ask in vain")
    async def ask_in_vain(self):
        raise AckTimeout(missing=["sid1"])

    @on("tell nobody")
    async def tell_nobody(self):
        raise BroadcastError("the channel layer could not be reached: ConnectionError: refused")

    @on("cancelled inside")
    async def cancelled_inside(self):
        task = asyncio.ensure_future(asyncio.Event().wait())
        task.cancel()
        await task

    @on("房间 \n")
    async def any_string(self):
        return "found"


@pytest.fixture
async def echo():
    async with joined(Echo) as seam:
        yield seam


@pytest.mark.parametrize(
    "event, args, ack",
    [
        ("message", ["lobby", "hi"], [{"room": "lobby", "text": "hi"}]),
        ("message", ["lobby"], [{"room": "lobby", "text": "none"}]),
        ("nothing", [], []),
        ("tuple", [], [1, 2]),
        ("pair", [], [1, 2]),
        ("empty tuple", [], []),
        ("list", [], [[1, 2]]),
        ("false", [], [False]),
        ("any", [1, b"2", None], [1, b"2", None]),
        ("房间 \n", [], ["found"]),
    ],
)
async def test_what_a_handler_returns_is_the_ack(echo, event, args, ack):
    assert await echo.call(event, *args) == ack


async def test_an_event_that_wants_no_ack_gets_none(echo):
    echo.emit("message", "lobby")
    echo.emit("refuse")
    echo.emit("break")
    echo.emit("message")
    echo.emit("unknown")
    assert await echo.call("nothing") == []
    assert len(echo.sent) == 1


@pytest.mark.parametrize(
    "event, args, text",
    [
        ("message", [], "message takes 1 to 2 arguments, not 0"),
        ("message", [1, 2, 3], "message takes 1 to 2 arguments, not 3"),
        ("nothing", [None], "nothing takes 0 arguments, not 1"),
    ],
)
async def test_a_wrong_number_of_arguments_is_answered_and_leaves_no_traceback(echo, caplog, event, args, text):
    assert await echo.call(event, *args) == error("bad_arguments", text)
    assert caplog.records == []


async def test_an_event_error_is_the_ack(echo, caplog):
    assert await echo.call("refuse") == [{"error": {"code": "rate", "message": "Slow down", "data": {"seconds": 3}}}]
    assert caplog.records == []


async def test_a_client_that_does_not_answer_the_handler_is_a_timeout_and_leaves_no_traceback(echo, caplog):
    assert await echo.call("ask in vain") == error("timeout", "An acknowledgement did not arrive in time")
    (record,) = caplog.records
    assert record.levelno == logging.WARNING and not record.exc_info and record.sid == "sid1"


async def test_an_emit_that_does_not_reach_the_others_is_an_error_ack_and_one_line_that_says_why(echo, caplog):
    assert await echo.call("tell nobody") == error("internal_error", "Internal error")
    (record,) = caplog.records
    assert record.levelno == logging.WARNING and not record.exc_info and record.sid == "sid1"
    assert record.getMessage().endswith("the channel layer could not be reached: ConnectionError: refused")


@pytest.mark.parametrize("event", ["break", "cancelled inside"])
async def test_any_other_exception_is_an_internal_error_and_logged(echo, caplog, event):
    assert await echo.call(event) == [{"error": {"code": "internal_error", "message": "Internal error"}}]
    (record,) = caplog.records
    assert record.levelno == logging.ERROR and record.exc_info
    assert record.getMessage() == f"'{event}' failed in namespace '/chat', socket 'sid1'"
    assert await echo.call("nothing") == []


async def test_the_log_escapes_and_cuts_what_the_peer_has_named(caplog):
    class Chat(NamespaceConsumer):
        @on("*")
        async def other(self, event, *args):
            raise KeyError

    async with joined(Chat) as seam:
        await seam.call("\r\n\x1b[31m" + "x" * 1000)
    text = caplog.records[0].getMessage()
    assert "\\r\\n\\x1b[31m" in text and "\n" not in text and len(text) < 200


async def test_no_handler_is_not_found(echo):
    for event in ("unknown", "*", "connect", "disconnect", "join", "__class__", "message.x"):
        assert await echo.call(event) == error("not_found")


async def test_a_catch_all_gets_what_no_other_handler_takes():
    class Chat(NamespaceConsumer):
        @on("known")
        async def known(self):
            return "known"

        @on("*")
        async def other(self, event, *args):
            return event, args

    async with joined(Chat) as seam:
        assert await seam.call("known") == ["known"]
        assert await seam.call("unknown", 1, 2) == ["unknown", (1, 2)]
        assert await seam.call("*", 1) == ["*", (1,)]


async def test_the_arguments_of_a_catch_all_are_counted_without_the_name():
    class Chat(NamespaceConsumer):
        @on("*")
        async def other(self, event, value):
            return value

    async with joined(Chat) as seam:
        assert await seam.call("set", 1) == [1]
        assert await seam.call("set") == error("bad_arguments", "set takes 1 argument, not 0")


async def test_an_ack_that_cannot_be_encoded_is_an_internal_error(caplog):
    class Strict(Seam):
        async def send(self, message):
            if message["type"] == "socketio.ack" and "NaN" in str(message["args"]):
                raise EncodeError("NaN")
            return await super().send(message)

    class Chat(NamespaceConsumer):
        @on("value")
        async def value(self):
            return "NaN"

        @on("error")
        async def error(self):
            raise EventError("x", data="NaN")

    seam = Strict(Chat)
    await seam.connect()
    assert await seam.call("value") == error("internal_error")
    assert await seam.call("error") == error("internal_error")
    assert len(caplog.records) == 2
    await seam.disconnect()
