"""Middleware of a namespace: before ``connect``, and around each event."""

import asyncio
import threading

import pytest

from realtime import ConnectionRefused, EventError, NamespaceConsumer, on, on_any
from tests.consumers.clients import come


async def stamp_too_little(socket, event, args):
    pass


# -- before connect -------------------------------------------------------------------------------------------


async def test_namespace_middleware_runs_in_order_before_connect_and_may_refuse():
    order = []

    async def first(socket, auth):
        order.append(("first", auth))
        socket.data["first"] = True

    def second(socket, auth):
        order.append(("second", threading.current_thread() is threading.main_thread()))

    class Guarded(NamespaceConsumer):
        middleware = [first, second]

        async def connect(self, auth):
            order.append(("connect", self.data))

    class Child(Guarded):
        middleware = [*Guarded.middleware, lambda socket, auth: order.append("child")]

    client = await come(Guarded, auth={"a": 1})
    assert order == [("first", {"a": 1}), ("second", False), ("connect", {"first": True})]
    await client.disconnect()
    order.clear()
    with pytest.raises(ConnectionRefused, match="not with that") as refusal:
        await come(refusing(Guarded))
    assert refusal.value.data == {"code": 7} and order[-1][0] == "second"
    order.clear()
    await (await come(Child)).disconnect()
    assert order[2] == "child"


def refusing(consumer):
    def refuse(socket, auth):
        raise ConnectionRefused("not with that", data={"code": 7})

    class Refusing(consumer):
        middleware = [*consumer.middleware, refuse]

    return Refusing


async def test_a_door_whose_function_hides_that_it_is_a_coroutine_is_closed_all_the_same():
    async def refuse(consumer, auth):
        raise ConnectionRefused("not you")

    class Closed(NamespaceConsumer):
        middleware = [lambda consumer, auth: refuse(consumer, auth)]

    with pytest.raises(ConnectionRefused, match="not you"):
        await come(Closed)


async def test_namespace_middleware_that_fails_is_an_internal_error(caplog):
    async def fail(socket, auth):
        raise RuntimeError("between us")

    with pytest.raises(ConnectionRefused, match="Internal error"):
        await come(type("Failing", (NamespaceConsumer,), {"middleware": [fail]}))
    assert "between us" in caplog.text


# -- around events --------------------------------------------------------------------------------------------


async def count_up(socket, event, args, call_next):
    socket.data["events"] = [*socket.data.get("events", ()), event]
    return await call_next(event, args)


async def change_refuse_or_swallow(socket, event, args, call_next):
    match event:
        case "shout":
            return (await call_next("say", [args[0].upper()])) + "!"
        case "secret":
            raise EventError("not for you", code="forbidden", data={"event": event})
        case "swallow":
            return None
        case "instead":
            return "of", "the handler"
    return await call_next(event, args)


class Filtered(NamespaceConsumer):
    event_middleware = [count_up, change_refuse_or_swallow]
    handled = ()

    @on("say")
    async def say(self, text):
        self.handled = (*self.handled, text)
        return text

    @on("thread")
    def thread(self):
        return threading.current_thread() is threading.main_thread()

    @on("secret")
    @on("swallow")
    async def never(self):
        raise AssertionError

    @on("wait", concurrent=True)
    async def wait(self):
        return await self.call("question")

    @on("seen")
    async def seen(self):
        return self.data["events"], list(self.handled)


async def test_event_middleware_may_change_refuse_and_swallow_an_event():
    client = await come(Filtered)
    assert await client.call("say", "hi") == "hi"
    assert await client.call("shout", "hi") == "HI!"
    assert await client.call("secret") == {
        "error": {"code": "forbidden", "message": "not for you", "data": {"event": "secret"}}
    }
    assert await client.call("swallow") is None
    assert await client.call("instead") == ("of", "the handler")
    assert await client.call("thread") is False
    assert (await client.call("say"))["error"]["code"] == "bad_arguments"
    assert (await client.call("unknown"))["error"]["code"] == "not_found"
    events, handled = await client.call("seen")
    assert events == ["say", "shout", "secret", "swallow", "instead", "thread", "say", "unknown", "seen"]
    assert handled == ["hi", "HI"]
    await client.disconnect()


async def test_concurrent_handlers_stay_concurrent_behind_middleware():
    client = await come(Filtered)
    waiting = asyncio.ensure_future(client.call("wait"))
    question = await client.receive()
    assert await client.call("say", "meanwhile") == "meanwhile"
    await question.ack(42)
    assert await waiting == 42
    await client.disconnect()


async def test_event_middleware_that_fails_is_an_internal_error(caplog):
    async def fail(socket, event, args, call_next):
        await call_next(event, args)
        raise RuntimeError("between us")

    client = await come(type("Failing", (Filtered,), {"event_middleware": [fail]}))
    assert (await client.call("say", "hi"))["error"]["code"] == "internal_error"
    assert "between us" in caplog.text
    await client.disconnect()


async def test_a_subclass_may_drop_the_middleware():
    class Open(Filtered):
        event_middleware = ()

    assert Open._event is NamespaceConsumer._event is not Filtered._event


async def test_listeners_hear_what_the_middleware_lets_through():
    class Listening(Filtered):
        @on_any
        async def note(self, event, *args):
            self.handled = (*self.handled, event)

    client = await come(Listening)
    await client.call("swallow")
    await client.call("shout", "hi")
    assert (await client.call("seen"))[1] == ["say", "HI", "seen"]
    await client.disconnect()


WRONG = [
    ({"event_middleware": [lambda socket, event, args, call_next: None]}, "event_middleware takes coroutine functions"),
    ({"event_middleware": count_up}, "event_middleware is a list"),
    ({"middleware": [3]}, "middleware takes functions"),
    ({"middleware": [lambda consumer: None]}, "middleware takes functions"),
    ({"event_middleware": [stamp_too_little]}, "event_middleware takes coroutine functions"),
    ({"middleware": count_up}, "middleware is a list"),
    ({"permission_required": "moderate"}, "permission_required: a permission is named like"),
]


@pytest.mark.parametrize("declared, problem", WRONG)
def test_what_cannot_work_is_an_error_of_the_class_that_says_where(declared, problem):
    with pytest.raises(TypeError, match=rf"test_namespace_middleware\.py:\d+: in Wrong, {problem}"):
        type("Wrong", (NamespaceConsumer,), declared)
