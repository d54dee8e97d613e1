"""Events: arguments, acks, errors, order, concurrency, threads."""

import asyncio
import logging
import threading
from collections import namedtuple
from contextvars import ContextVar

import pytest

from realtime import AckTimeout, BroadcastError, EventError, NamespaceConsumer, on, on_layer
from realtime.exceptions import EncodeError
from tests.consumers.seam import Seam, joined


def error(code, message=None):
    class Expected:
        def __eq__(self, args):
            (argument,) = args
            found = argument["error"]
            return found["code"] == code and message in (None, found["message"])

        def __repr__(self):
            return f"<{code}: {message}>"

    return Expected()


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


async def test_events_are_handled_in_order_one_at_a_time():
    order = []

    class Chat(NamespaceConsumer):
        @on("step")
        async def step(self, number):
            order.append((number, "begins"))
            await asyncio.sleep(0)
            order.append((number, "ends"))

    async with joined(Chat) as seam:
        for number in range(3):
            seam.emit("step", number, id=number)
        await seam.until(lambda: seam.acks(2))
    assert order == [(number, word) for number in range(3) for word in ("begins", "ends")]


async def test_concurrent_handlers_do_not_hold_the_next_event_up_and_are_bounded():
    go_on, running = asyncio.Event(), []

    class Chat(NamespaceConsumer):
        @on("slow", concurrent=True)
        async def slow(self, number):
            running.append(number)
            await go_on.wait()
            return number

        @on("quick")
        async def quick(self): ...

    async with joined(Chat, limits={"max_concurrent_events": 2, "sync_threads": 8}) as seam:
        seam.emit("slow", 1, id=1)
        seam.emit("slow", 2, id=2)
        await seam.call("quick")
        seam.emit("slow", 3, id=3)
        seam.emit("quick", id=4)
        for _ in range(10):
            await asyncio.sleep(0)
        assert running == [1, 2] and not seam.acks(4)
        go_on.set()
        await seam.until(lambda: seam.acks(4) and seam.acks(3))
        assert seam.acks(1) == [[1]] and running == [1, 2, 3]


# -- threads --------------------------------------------------------------------------------------------------

language = ContextVar("language", default="none")


class Threaded(NamespaceConsumer):
    async def connect(self, auth):
        language.set("de")

    @on("thread")
    def thread(self, text):
        return threading.current_thread().name, text, language.get()

    @on("refuse")
    def refuse(self):
        raise EventError("no", code="no")

    @on("break")
    def broken(self):
        raise KeyError

    @on("speak")
    def speak(self, text):
        self.sync.join("lobby")
        self.sync.volatile.emit("spoken", text)
        return sorted(self.rooms)

    @on("ask")
    def ask(self):
        return self.sync.call("name?", timeout=2), self.sync.timeout(3).call("age?")


async def test_a_plain_def_runs_in_a_thread_and_keeps_the_context():
    async with joined(Threaded) as seam:
        name, text, value = await seam.call("thread", "hi")
        assert name.startswith("realtime-handler") and (text, value) == ("hi", "de")
        assert await seam.call("thread") == error("bad_arguments", "thread takes 1 argument, not 0")
        assert await seam.call("refuse") == error("no")
        assert await seam.call("break") == error("internal_error")


async def test_a_plain_def_has_the_consumers_names_as_sync_functions():
    async with joined(Threaded) as seam:
        assert await seam.call("speak", "hi") == [["lobby", "sid1"]]
        join, emit, _ = seam.sent
        assert join == {"type": "socketio.join", "rooms": ["lobby"]}
        assert emit == {"type": "socketio.emit", "event": "spoken", "args": ("hi",), "flags": {"volatile": True}}


async def test_a_plain_def_can_ask_the_client():
    async with joined(Threaded) as seam:
        seam.answers = [["ada"], [36]]
        assert await seam.call("ask") == ["ada", 36]
        assert [each["timeout"] for each in seam.sent[:2]] == [2, 3]


async def test_plain_defs_run_side_by_side_up_to_the_bound():
    together, seams = threading.Barrier(3), []

    class Chat(NamespaceConsumer):
        @on("meet")
        def meet(self):
            together.wait(5)
            return "met"

    for _ in range(3):
        seams.append(Seam(Chat, limits={"max_concurrent_events": 9, "sync_threads": 3}))
        await seams[-1].connect()
    assert await asyncio.gather(*[seam.call("meet") for seam in seams]) == [["met"]] * 3
    for seam in seams:
        await seam.disconnect()


async def test_hooks_may_be_a_plain_def_too():
    seen = []

    class Chat(NamespaceConsumer):
        def connect(self, auth):
            seen.append((auth, threading.current_thread() is threading.main_thread()))

        def disconnecting(self, reason):
            seen.append(reason)

        def disconnect(self, reason):
            seen.append(reason)

    async with joined(Chat):
        pass
    assert seen == [(None, False)] + ["client namespace disconnect"] * 2


async def test_a_coroutine_behind_a_plain_decorator_is_awaited():
    class Chat(NamespaceConsumer):
        @on("hidden")
        def hidden(self, value):
            async def later():
                return value

            return later()

    async with joined(Chat) as seam:
        assert await seam.call("hidden", 5) == [5]


# -- channel layers -------------------------------------------------------------------------------------------


async def test_layer_messages_reach_their_handlers_in_order_with_the_events(caplog):
    seen = []

    class Orders(NamespaceConsumer):
        groups = ["orders"]

        @on_layer("order.paid")
        async def paid(self, message):
            seen.append(message["id"])
            if message["id"] == 2:
                raise KeyError

        @on("event")
        async def event(self):
            seen.append("event")

    async with joined(Orders) as seam:
        for id in (1, 2):
            seam.put("layer", message={"type": "order.paid", "id": id})
        seam.put("layer", message={"type": "websocket.disconnect"})
        await seam.call("event")
    assert seen == [1, 2, "event"]
    assert [record.levelname for record in caplog.records] == ["ERROR", "WARNING"]
