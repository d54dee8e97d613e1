"""Consumers behind the engine's own sockets: rooms, operators, layers, routes."""

import asyncio
import logging
import re
from pathlib import Path

import pytest
from channels.layers import get_channel_layer
from channels.routing import URLRouter
from django.urls import path, re_path

from realtime import AckTimeout, ConnectionRefused, Disconnected, NamespaceConsumer, on, on_layer
from realtime.testing import NamespaceCommunicator


class Chat(NamespaceConsumer):
    async def connect(self, auth):
        if auth == {"token": "wrong"}:
            await self.join("lobby")
            raise ConnectionRefused("wrong token", data={"code": "token"})
        await self.emit("welcome", auth)
        await self.join("lobby")
        await self.server.to("lobby").emit("somebody came")

    @on("others")
    async def others(self, text):
        await self.to("lobby").emit("said", text)

    @on("broadcast")
    async def everybody_else(self, text):
        await self.broadcast.emit("said", text)

    @on("everybody")
    async def everybody(self, text):
        await self.server.emit("said", text)

    @on("except")
    async def without(self, room, text):
        await self.except_(room).emit("said", text)

    @on("thread")
    def thread(self, text):
        self.sync.to("lobby").emit("said", text)
        return len(self.sync.server.fetch_sockets())

    @on("whisper")
    async def whisper(self, sid, text):
        await self.server.to(sid).emit("said", text)

    @on("ask")
    async def ask(self, text):
        return await self.call("question", text, timeout=5)

    @on("ask in vain")
    async def in_vain(self):
        try:
            await self.timeout(0.01).call("question")
        except AckTimeout:
            return "in vain"

    @on("binary")
    async def binary(self, data):
        return {"twice": [data, data]}

    @on("go")
    async def go(self):
        await self.close()


class Joining(NamespaceConsumer):
    @on("tell")
    async def tell(self, room, text):
        await self.to(room).emit("told", text)

    @on("tell user")
    def tell_user(self, user):
        self.sync.to_user(user).emit("told")

    @on("enter")
    async def enter(self, *rooms):
        await self.join(*rooms)
        return sorted(self.rooms - {self.sid})

    @on("exit")
    async def exit(self, *rooms):
        await self.leave(*rooms)
        return sorted(self.rooms - {self.sid})


async def come(consumer=Chat, namespace="/chat", **options):
    return await NamespaceCommunicator(consumer.as_asgi(), namespace, **options).connect()


@pytest.fixture
async def three():
    clients = []
    for _ in range(3):
        clients.append(await come())
    for number, client in enumerate(clients):
        assert await client.receive() == ("welcome", None)
        for _ in range(3 - number):
            assert await client.receive() == ("somebody came",)
    yield clients
    for client in clients:
        await client.disconnect()


async def test_emits_of_connect_come_behind_the_connect():
    client = await come()
    assert await client.receive() == ("welcome", None)
    assert await client.receive() == ("somebody came",)
    await client.disconnect()


async def test_a_refused_client_leaves_no_trace():
    with pytest.raises(ConnectionRefused, match="wrong token") as refusal:
        await NamespaceCommunicator(Chat.as_asgi(), "/chat").connect({"token": "wrong"})
    assert refusal.value.data == {"code": "token"}
    client = await come()
    assert await client.call("thread", "alone") == 1
    await client.disconnect()


@pytest.mark.parametrize("event", ["others", "broadcast"])
async def test_the_others_hear_it_and_the_sender_does_not(three, event):
    one, two, last = three
    await one.call(event, "hi")
    assert await two.receive() == ("said", "hi") and await last.receive() == ("said", "hi")
    await one.call("everybody", "all")
    assert await one.receive() == ("said", "all")


async def test_those_in_the_excepted_room_do_not_hear_it(three):
    one, two, last = three
    await one.call("except", two.sid, "not two")
    assert await last.receive() == ("said", "not two")
    await two.call("whisper", two.sid, "two")
    assert await two.receive() == ("said", "two")


async def test_a_plain_def_reaches_the_others_from_its_thread(three):
    one, two, last = three
    assert await one.call("thread", "hi") == 3
    assert await two.receive() == ("said", "hi") and await last.receive() == ("said", "hi")


async def test_both_sides_ask_and_answer(three):
    one = three[0]
    asking = asyncio.ensure_future(one.call("ask", "name"))
    question = await one.receive()
    assert question == ("question", "name")
    await question.ack("ada", 36)
    assert await asking == ("ada", 36)
    assert await one.call("ask in vain") == "in vain"


async def test_binary_goes_both_ways(three):
    assert await three[0].call("binary", b"\0\xff") == {"twice": [b"\0\xff", b"\0\xff"]}


async def test_close_is_seen_by_the_client():
    client = await come()
    await client.receive(), await client.receive()
    await client.emit("go")
    with pytest.raises(Disconnected):
        await client.receive()


async def test_rooms_have_any_name():
    client = await come(Joining)
    names = ["team/a", "team:a", "x" * 300, "房间", "", "\n"]
    assert await client.call("enter", *names) == sorted(names)
    assert await client.call("exit", "team/a", "unknown") == sorted(set(names) - {"team/a"})
    await client.disconnect()


async def test_messages_of_ordinary_groups_reach_on_layer():
    class Orders(NamespaceConsumer):
        groups = ["orders"]

        @on_layer("order.paid")
        async def paid(self, message):
            await self.emit("paid", message["number"])

    client = await come(Orders, "/orders")
    await get_channel_layer().group_send("orders", {"type": "order.paid", "number": 7})
    assert await client.receive() == ("paid", 7)
    await client.disconnect()


async def test_dynamic_namespaces_are_routes():
    class Where(NamespaceConsumer):
        @on("where")
        async def where(self):
            route = self.scope["url_route"]
            return self.namespace, route["kwargs"] or list(route["args"])

    router = URLRouter([path("rooms/<slug:room>", Where.as_asgi()), re_path(r"^dynamic-(\d+)$", Where.as_asgi())])
    for namespace, found in (("/rooms/blue", {"room": "blue"}), ("/dynamic-42", ["42"])):
        client = await NamespaceCommunicator(router, namespace).connect()
        assert await client.call("where") == (namespace, found)
        await client.disconnect()
    with pytest.raises(ConnectionRefused, match="Invalid namespace"):
        await NamespaceCommunicator(router, "/elsewhere").connect()


async def test_the_example_of_the_message_specification_works():
    text = Path(__file__).parents[2].joinpath("docs/spec/socketio.md").read_text()
    names = {}
    exec(re.search(r"```python\n(.*?)```", text, re.DOTALL)[1], names)
    client = await NamespaceCommunicator(names["echo"], "/echo").connect()
    assert await client.call("hello", 1) is None
    assert await client.receive() == ("hello", 1)
    await client.disconnect()


@pytest.mark.parametrize("room", [5, None, {"a": 1}, ["a", ["b"]], b"x", 1.5])
async def test_a_client_that_names_no_room_is_answered_and_leaves_no_traceback(caplog, room):
    caplog.set_level(logging.INFO, "realtime.consumers")
    client = await come(Joining)
    for event, args in (("tell", [room, "hi"]), ("enter", [room]), ("exit", [room])):
        answer = await client.call(event, *args)
        assert answer["error"]["code"] == "bad_arguments" and "expected a room name" in answer["error"]["message"]
    told = [record for record in caplog.records if record.name == "realtime.consumers"]
    assert [(record.levelno, record.exc_info) for record in told] == [(logging.INFO, None)] * 3
    await client.disconnect()


@pytest.mark.parametrize("user", [None, {"a": 1}, 1.5, True])
async def test_a_client_that_names_no_user_is_answered_too(user):
    client = await come(Joining)
    assert (await client.call("tell user", user))["error"]["code"] == "bad_arguments"
    await client.disconnect()
