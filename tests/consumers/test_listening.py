"""Listeners that one socket adds to itself and takes away again, as Node's sockets do."""

from dataclasses import dataclass

import pytest

from realtime import NamespaceConsumer, namespace, on, on_any
from realtime.testing import NamespaceCommunicator


@dataclass
class Point:
    x: int
    y: int


class Changing(NamespaceConsumer):
    async def connect(self, auth):
        self.log = []

    @on("message")
    async def message(self, text):
        self.log.append(("class", text))

    @on("do")
    async def do(self, name):
        """Runs the deed of that name, one of those below."""
        done = deeds[name](self)
        return await done if hasattr(done, "__await__") else done

    @on("log")
    async def give_log(self):
        log, self.log = self.log, []
        return log

    async def noted(self, *args):
        self.log.append(("noted", *args))
        return "noted"

    def in_a_thread(self, text):
        self.log.append(("thread", text))
        return "thread"

    async def strict(self, point: Point):
        return point.x + point.y


deeds = {
    "add": lambda self: self.on("message", self.noted),
    "add first": lambda self: self.on("message", self.in_a_thread, first=True),
    "add new": lambda self: self.on("news", lambda *news: list(news)),
    "add typed": lambda self: self.on("point", self.strict),
    "add rest": lambda self: self.on("*", lambda event, *args: f"rest: {event}"),
    "add once": lambda self: self.once("message", self.noted),
    "remove": lambda self: self.off("message", self.noted),
    "remove method": lambda self: self.off("message", self.message),
    "remove all": lambda self: self.off("message"),
    "remove other": lambda self: self.off("message", print),
    "listeners": lambda self: [each.__name__ for each in self.listeners("message")],
    "names": lambda self: self.event_names,
    "hear": lambda self: self.on_any(self.noted),
    "hear first": lambda self: self.on_any(lambda *args: self.log.append(("first", *args)), first=True),
    "hear no more": lambda self: self.off_any(self.noted),
    "hearing": lambda self: len(self.listeners_any),
    "hear out": lambda self: self.on_any_outgoing(self.noted),
    "hear out no more": lambda self: self.off_any_outgoing(),
    "hearing out": lambda self: len(self.listeners_any_outgoing),
}


async def come(consumer=Changing, name="/chat"):
    return await NamespaceCommunicator(consumer.as_asgi(), name).connect()


@pytest.fixture
async def client():
    async with await come() as chat:
        yield chat


async def test_a_function_that_is_added_runs_after_the_method_and_the_first_answer_is_the_ack(client):
    await client.call("do", "add")
    assert await client.call("message", "hi") == "noted"
    assert await client.call("log") == [["class", "hi"], ["noted", "hi"]]


async def test_a_function_may_come_first_and_be_a_plain_one(client):
    await client.call("do", "add")
    await client.call("do", "add first")
    assert await client.call("message", "hi") == "thread"
    assert await client.call("log") == [["thread", "hi"], ["class", "hi"], ["noted", "hi"]]
    assert await client.call("do", "listeners") == ["in_a_thread", "message", "noted"]


async def test_other_sockets_of_the_class_are_not_changed(client):
    async with await come() as other:
        await client.call("do", "add")
        assert await other.call("message", "hi") is None
        assert await other.call("do", "listeners") == ["message"]


async def test_an_event_gets_its_first_handler(client):
    assert (await client.call("news", 1))["error"]["code"] == "not_found"
    await client.call("do", "add new")
    assert await client.call("news", 1, [2]) == [1, [2]]
    assert "news" in await client.call("do", "names")


async def test_a_catch_all_is_added_too(client):
    await client.call("do", "add rest")
    assert await client.call("news", 1) == "rest: news"
    assert await client.call("message", "hi") is None


async def test_annotations_are_held_against_what_comes(client):
    await client.call("do", "add typed")
    assert await client.call("point", {"x": 1, "y": 2}) == 3
    assert (await client.call("point", {"x": 1}))["error"]["data"] == {"field": "point.y"}
    assert (await client.call("point"))["error"]["code"] == "bad_arguments"


async def test_arguments_that_one_of_several_cannot_take_reach_none(client):
    await client.call("do", "add")
    assert (await client.call("message", "too", "many"))["error"]["code"] == "bad_arguments"
    assert await client.call("log") == []


async def test_once_is_the_next_event_alone_and_leaves_the_others(client):
    await client.call("do", "add once")
    assert [await client.call("message", 1), await client.call("message", 2)] == ["noted", None]
    assert await client.call("log") == [["class", 1], ["noted", 1], ["class", 2]]


async def test_one_function_of_several_is_taken_away(client):
    for deed in ("add", "add first", "remove", "remove method", "remove other"):
        await client.call("do", deed)
    assert await client.call("do", "listeners") == ["in_a_thread"]
    assert await client.call("message", 1) == "thread"
    await client.call("do", "remove all")
    assert (await client.call("message", 1))["error"]["code"] == "not_found"


async def test_every_event_is_heard_from_then_on(client):
    await client.call("do", "hear")
    await client.call("message", 1)
    await client.call("do", "hear first")
    assert await client.call("do", "hearing") == 2
    await client.call("message", 2)
    log = [entry for entry in await client.call("log") if entry[1] != "do"]
    assert log == [
        ["noted", "message", 1], ["class", 1],
        ["first", "message", 2], ["noted", "message", 2], ["class", 2], ["first", "log"], ["noted", "log"],
    ]  # fmt: skip
    await client.call("do", "hear no more")
    await client.call("message", 3)
    assert [entry for entry in await client.call("log") if entry[0] == "noted" and entry[1] == "message"] == []


async def test_what_goes_out_is_heard_from_then_on(client):
    await namespace("/chat").aemit("before")
    await client.call("do", "hear out")
    await namespace("/chat").aemit("heard", 1)
    assert await client.call("do", "hearing out") == 1
    await client.call("do", "hear out no more")
    await namespace("/chat").aemit("after")
    assert await client.call("log") == [["noted", "heard", 1]]


async def test_what_goes_out_is_heard_when_it_was_asked_for_in_connect():
    class Early(Changing):
        async def connect(self, auth):
            await super().connect(auth)
            await self.on_any_outgoing(self.noted)

    async with await come(Early) as client:
        await namespace("/chat").aemit("heard", 1)
        assert await client.call("log") == [["noted", "heard", 1]]


async def test_a_class_may_be_told_of_what_is_added_by_overriding_on():
    class Telling(Changing):
        def on(self, event, function, **how):
            self.log.append(f"new listener: {event}")
            super().on(event, function, **how)

    async with await come(Telling) as client:
        await client.call("do", "add")
        assert await client.call("log") == ["new listener: message"]


async def test_a_handler_may_have_one_of_these_names():
    class Own(NamespaceConsumer):
        @on("x")
        async def listeners(self):
            return "mine"

        @on_any
        async def on_any(self, event, *args):
            pass

    async with await come(Own) as client:
        assert await client.call("x") == "mine"


@pytest.mark.parametrize(
    "add, error",
    [
        (lambda self: self.on("connect", print), (ValueError, "'connect' is a reserved event name")),
        (lambda self: self.once("*", print), (ValueError, "takes the name of an event")),
        (lambda self: self.on("x", 3), (TypeError, "a function, not 3")),
        (lambda self: self.on_any(lambda event: 0), (TypeError, r"test_listening.py:\d+: .*write \(event, \*args\)")),
        (lambda self: self.on("*", lambda: 0), (TypeError, r"test_listening.py:\d+: .*write \(event, \*args\)")),
    ],
)
async def test_what_cannot_be_a_listener_is_an_error_that_says_why(add, error):
    class Wrong(NamespaceConsumer):
        async def connect(self, auth):
            with pytest.raises(error[0], match=error[1]):
                add(self)

    async with await come(Wrong) as client:
        assert client.sid
