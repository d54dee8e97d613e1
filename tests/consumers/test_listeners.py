"""Listeners to every event, in and out, ``once``, and the names that Socket.IO keeps for itself."""

import asyncio

import pytest

from realtime import NamespaceConsumer, namespace, on, on_any, on_any_outgoing, once
from realtime.socketio.packet import RESERVED_EVENTS
from realtime.testing import NamespaceCommunicator


class Heard(NamespaceConsumer):
    async def connect(self, auth):
        self.log = []

    @on_any
    async def note(self, event, *args):
        self.log.append(("in", event, *args))

    @on_any_outgoing
    async def note_out(self, event, *args):
        self.log.append(("out", event, *args))

    @on("log")
    async def give_log(self):
        log, self.log = self.log, []
        return [list(entry) for entry in log]

    @on("known")
    async def known(self, number):
        self.log.append(("handler", number))
        return number + 1

    @on("echo")
    async def echo(self, *args):
        await self.emit("echo", *args)
        await self.volatile.emit("volatile")

    @on("ask", concurrent=True)
    async def ask(self):
        return await self.call("question", 1)

    @on("everybody")
    async def everybody(self, text):
        await self.server.emit("said", text)


async def come(consumer, name="/chat", **more):
    return await NamespaceCommunicator(consumer.as_asgi(), name, **more).connect()


async def test_a_listener_hears_every_event_before_its_handler():
    client = await come(Heard)
    assert await client.call("known", 1) == 2
    assert await client.call("log") == [["in", "known", 1], ["handler", 1], ["in", "log"]]
    await client.disconnect()


async def test_a_listener_handles_nothing():
    client = await come(Heard)
    assert (await client.call("unknown", 1))["error"]["code"] == "not_found"
    assert (await client.call("known"))["error"]["code"] == "bad_arguments"
    assert await client.call("log") == [["in", "unknown", 1], ["in", "known"], ["in", "log"]]
    await client.disconnect()


async def test_an_outgoing_listener_hears_emits_calls_and_broadcasts():
    client = await come(Heard)
    await client.emit("echo", {"a": b"\1"})
    await client.emit("ask")
    await client.emit("everybody", "x")
    heard = [await client.receive() for _ in range(4)]
    await namespace("/chat").to(client.sid).aemit("from outside", 7)
    heard.append(await client.receive())
    assert sorted(event.event for event in heard) == ["echo", "from outside", "question", "said", "volatile"]
    out = [entry for entry in await client.call("log") if entry[0] == "out"]
    assert sorted(out, key=str) == sorted(
        [["out", "echo", {"a": b"\1"}], ["out", "volatile"], ["out", "question", 1], ["out", "said", "x"],
         ["out", "from outside", 7]], key=str
    )  # fmt: skip
    await client.disconnect()


async def test_a_broadcast_with_acks_is_heard_once():
    client = await come(Heard)
    asking = asyncio.ensure_future(namespace("/chat").acall("question", 2))
    await (await client.receive()).ack("yes")
    assert await asking == ["yes"]
    assert [entry for entry in await client.call("log") if entry[0] == "out"] == [["out", "question", 2]]
    await client.disconnect()


async def test_who_has_no_listener_is_not_told():
    class Plain(Heard):
        note = note_out = None

    client, other = await come(Plain), await come(Heard)
    await client.call("everybody", "x")
    assert await client.call("log") == []
    assert ["out", "said", "x"] in await other.call("log")
    assert Plain._event is NamespaceConsumer._event is not Heard._event
    await client.disconnect(), await other.disconnect()


async def test_what_a_listener_raises_changes_nothing(caplog):
    class Broken(NamespaceConsumer):
        @on_any
        def fail(self, event, *args):
            raise RuntimeError("listener")

        @on_any_outgoing
        async def fail_too(self, event, *args):
            raise RuntimeError("outgoing listener")

        @on("known")
        async def known(self):
            await self.emit("x")
            return "fine"

    client = await come(Broken)
    assert [await client.call("known"), await client.call("known")] == ["fine", "fine"]
    await client.disconnect()
    assert sum("'known' failed" in text for text in caplog.messages) == 2
    assert sum("'x' failed" in text for text in caplog.messages) >= 1


async def test_listeners_are_inherited_and_both_hear():
    class Child(Heard):
        @on_any
        async def note_more(self, event, *args):
            self.log.append(("child", event))

    client = await come(Child)
    assert await client.call("log") == [["in", "log"], ["child", "log"]]
    await client.disconnect()


def test_a_listener_that_cannot_take_every_event_is_an_error_of_the_class():
    with pytest.raises(TypeError, match=r"test_listeners.py:\d+: .*narrow\(\) hears every event.*write \(self, event"):

        class Wrong(NamespaceConsumer):
            @on_any
            async def narrow(self, event):
                pass


class Greeted(NamespaceConsumer):
    @once("hello")
    async def hello(self, name):
        return f"welcome {name}"

    @once("thread")
    def thread(self):
        return "first"

    @on("*")
    async def rest(self, event, *args):
        return f"again: {event}"


async def test_once_is_once_for_each_socket():
    one, two = await come(Greeted), await come(Greeted)
    assert (await one.call("hello"))["error"]["code"] == "bad_arguments"  # that was not the first one yet
    assert [await one.call("hello", "ada"), await one.call("hello", "ada")] == ["welcome ada", "again: hello"]
    assert await two.call("hello", "bob") == "welcome bob"
    assert [await two.call("thread"), await two.call("thread")] == ["first", "again: thread"]
    await one.disconnect(), await two.disconnect()


class Quitting(Heard):
    @on("quit")
    async def leave_off(self, event=None):
        self.off(event)
        return self.event_names[-2:]

    @on("*")
    async def rest(self, event, *args):
        return "the rest"


async def test_a_socket_may_stop_handling_an_event_the_catch_all_or_everything():
    one, two = await come(Quitting), await come(Quitting)
    assert (await one.call("quit", "log")) == ["quit", "*"]
    assert await one.call("log") == "the rest"
    assert (await one.call("quit", "*"))[-1] == "quit"
    assert (await one.call("log"))["error"]["code"] == "not_found"
    assert await one.call("quit") == []
    assert (await one.call("quit"))["error"]["code"] == "not_found"
    assert await two.call("nothing") == "the rest"
    assert ["in", "nothing"] in [list(entry) for entry in await two.call("log")]
    await one.disconnect(), await two.disconnect()


@pytest.mark.parametrize("event", [3, "*"])
def test_once_takes_the_name_of_an_event(event):
    with pytest.raises(TypeError, match="once"):
        once(event)


@pytest.mark.parametrize("event", sorted(RESERVED_EVENTS))
async def test_reserved_names_are_sent_by_nobody(event):
    class Sends(NamespaceConsumer):
        @on("each way")
        async def each_way(self):
            refused = []
            ways = [self.emit, self.call, self.volatile.emit, self.broadcast.emit, self.server.emit, self.server.call]
            for way in ways:
                with pytest.raises(ValueError, match="reserved"):
                    await way(event)
                refused.append(way)
            return len(refused)

    client = await come(Sends)
    assert await client.call("each way") == 6
    with pytest.raises(ValueError, match="reserved"):
        await namespace("/chat").aemit(event)
    with pytest.raises(ValueError, match="reserved"):
        await asyncio.to_thread(namespace("/chat").emit, event)
    with pytest.raises(TypeError, match="reserved"):
        type("Takes", (NamespaceConsumer,), {"take": on(event)(lambda self: None)})
    await client.disconnect()


@pytest.mark.parametrize("event", ["connect", "connection", "new_namespace"])
async def test_servers_have_reserved_names_of_their_own(event):
    client = await come(Greeted)
    with pytest.raises(ValueError, match="reserved"):
        await client.scope["server_operator"].server_side_emit(event)
    with pytest.raises(ValueError, match="reserved"):
        await namespace("/chat").aserver_side_emit(event)
    await client.disconnect()
