import asyncio

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from realtime import NamespaceConsumer, on
from realtime.exceptions import AckTimeout, ConnectionRefused, Disconnected
from realtime.testing import NamespaceCommunicator
from tests.django.sessions import in_thread

from .namespaces import Chat, router


def client(application=None, namespace="/chat", **more):
    return NamespaceCommunicator(application or Chat.as_asgi(), namespace, **more)


async def test_a_client_connects_talks_and_leaves():
    chat = await client().connect()
    assert chat.sid and chat.scope["path"] == "/chat"
    assert await chat.call("add", 1, 2, 3) == 6
    assert await chat.call("two") == (1, 2)
    assert await chat.call("nothing") is None
    await chat.disconnect()
    assert Chat.left == "client namespace disconnect"


async def test_the_reason_of_a_lost_connection_is_the_tests_to_choose():
    chat = await client().connect()
    await chat.disconnect("ping timeout")
    assert Chat.left == "ping timeout"


async def test_a_refusal_is_raised_with_its_data():
    with pytest.raises(ConnectionRefused) as refusal:
        await client().connect({"refuse": True})
    assert (refusal.value.message, refusal.value.data) == ("not you", {"code": "no"})


async def test_a_namespace_that_no_route_knows_is_refused():
    with pytest.raises(ConnectionRefused, match="Invalid namespace"):
        await client(router, "/nowhere").connect()


async def test_a_router_gives_the_parameters_of_its_route():
    room = await client(router, "/rooms/blue").connect()
    assert await room.receive() == ("room", "blue")


async def test_clients_of_one_test_share_rooms():
    ada = await client().connect({"rooms": ["blue"]})
    bob = await client().connect({"rooms": ["blue"]})
    await ada.emit("say", "blue", "hi")
    said = await bob.receive()
    assert said == ("said", "hi") and (said.event, said.args) == ("said", ["hi"])
    assert await ada.receive_nothing(0.01) and await bob.receive_nothing(0.01)


async def test_receive_nothing_leaves_what_is_there():
    room = await client(router, "/rooms/blue").connect()
    assert not await room.receive_nothing(1)
    assert await room.receive() == ("room", "blue")


async def test_a_question_of_the_server_is_answered_by_the_test():
    chat = await client().connect()
    await chat.emit("ask", "why?")
    question = await chat.receive()
    assert question == ("question", "why?")
    await question.ack("because")
    assert await chat.receive() == ("answered", "because")


async def test_what_is_sent_goes_through_the_real_codec():
    chat = await client().connect({"rooms": ["r"]})
    other = await client().connect({"rooms": ["r"]})
    await other.emit("say", "r", {"tuple": (1, 2), "bytes": b"\x00\x01"})
    assert await chat.receive() == ("said", {"tuple": [1, 2], "bytes": b"\x00\x01"})


async def test_a_server_that_ends_it_is_heard_of():
    chat = await client().connect()
    await chat.emit("leave")
    with pytest.raises(Disconnected):
        await chat.receive()
    with pytest.raises(Disconnected):
        await chat.receive()


async def test_waiting_in_vain_ends():
    chat = await client().connect()
    with pytest.raises(AckTimeout):
        await chat.call("slow", timeout=0.01)
    with pytest.raises(TimeoutError, match="nothing came within"):
        await chat.receive(timeout=0.01)


async def test_a_user_is_given_at_hand():
    chat = await client().connect(user=get_user_model()(username="ada"))
    assert await chat.call("who") == "ada"
    assert await (await client(user=get_user_model()(username="bob")).connect()).call("who") == "bob"


@pytest.mark.django_db(transaction=True)
async def test_a_whole_stack_reads_the_cookie():
    from realtime.auth import AuthMiddlewareStack

    def log_in():
        browser = Client()
        browser.force_login(get_user_model().objects.create_user("ada"))
        return browser.cookies["sessionid"].value

    headers = [(b"cookie", b"sessionid=" + (await in_thread(log_in)).encode())]
    chat = await client(AuthMiddlewareStack(router), headers=headers).connect()
    assert await chat.call("who") == "ada"


async def test_using_it_before_connect_is_an_error():
    with pytest.raises(RuntimeError, match="connect"):
        await client().emit("x")


class Endless(NamespaceConsumer):
    @on("wait")
    async def wait(self):
        await self.emit("waiting")
        await asyncio.Event().wait()


async def test_a_consumer_that_does_not_end_is_named():
    endless = await client(Endless.as_asgi(), "/endless").connect()
    await endless.emit("wait")
    await endless.receive()
    with pytest.raises(TimeoutError, match="/endless has not ended within 0.01 seconds: a handler still runs"):
        await endless.disconnect(timeout=0.01)
