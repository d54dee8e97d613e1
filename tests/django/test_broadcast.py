import asyncio
import contextlib
import datetime
import threading

import pytest
from asgiref.sync import sync_to_async
from django.core.exceptions import SynchronousOnlyOperation
from django.db import transaction
from django.test import TestCase

from realtime import NamespaceConsumer, namespace, on
from realtime.exceptions import EncodeError
from realtime.operators import RemoteHandshake
from realtime.testing import Emitted, NamespaceCommunicator, outbox

from .namespaces import Chat, Dynamic, Lobby, Room, Unused, router


@pytest.fixture(autouse=True)
def project(settings):
    settings.ASGI_APPLICATION = "tests.django.namespaces.application"
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}


def client(name="/chat", **more):
    return NamespaceCommunicator(router, name, user=object(), **more)


# -- what it says ---------------------------------------------------------------------------------------------


def test_an_emit_is_in_the_outbox_of_the_test():
    namespace("/chat").to("a", "b").to("c").except_("d").emit("news", 1, "two")
    assert outbox == [Emitted("/chat", ("a", "b", "c"), "news", [1, "two"], ("d",), {})]
    assert (outbox[0].event, outbox[0].args) == ("news", [1, "two"])


def test_the_outbox_is_empty_again_for_the_next_test():
    assert outbox == [] and len(outbox) == 0


def test_arguments_in_the_outbox_are_as_a_client_would_get_them():
    namespace().emit("x", (1, 2), datetime.date(2030, 1, 2), {3: b"\x00"})
    assert outbox[0].args == [[1, 2], "2030-01-02", {"3": b"\x00"}]


@pytest.mark.parametrize("name", ["chat", "/chat"])
def test_the_slash_of_a_name_is_optional(name):
    namespace(name).emit("x")
    assert outbox[0].namespace == "/chat"


def test_without_a_name_it_is_the_main_namespace():
    namespace().emit("x")
    assert outbox[0].namespace == "/"


def test_operators_change_nothing_in_what_they_are_asked_of():
    chat = namespace("/chat")
    chat.to("a"), chat.volatile, chat.compress(False)
    chat.emit("x")
    assert outbox[0].rooms == () and outbox[0].flags == {}
    chat.in_("a").volatile.local.compress(False).timeout(3).emit("x")
    assert outbox[1].flags == {"volatile": True, "local": True, "compress": False, "timeout": 3}


@pytest.mark.parametrize("event, error", [("connect", ValueError), ("disconnecting", ValueError), (3, TypeError)])
def test_a_name_that_no_event_may_have_is_an_error(event, error):
    with pytest.raises(error):
        namespace().emit(event)
    assert outbox == []


def test_what_cannot_be_encoded_is_an_error_at_the_call():
    for wrong in (float("nan"), object()):
        with pytest.raises(EncodeError):
            namespace().emit("x", wrong)


async def test_a_sync_name_on_a_running_loop_names_the_twin_to_await():
    for deed in (
        "emit",
        "call",
        "fetch_sockets",
        "sockets_join",
        "sockets_leave",
        "disconnect_sockets",
        "server_side_emit",
    ):
        with pytest.raises(SynchronousOnlyOperation, match=f"await a{deed}"):
            getattr(namespace("/chat"), deed)("x")


async def test_the_twin_goes_into_the_outbox_too():
    await namespace("/chat").to("a").aemit("x", 1)
    assert outbox == [Emitted("/chat", ("a",), "x", [1], (), {})]


def test_without_any_socket_there_is_nobody_to_fetch_or_to_ask():
    assert namespace("/chat").fetch_sockets() == []
    assert namespace("/chat").call("x") == []
    namespace("/chat").sockets_join("a")


# -- who hears it ---------------------------------------------------------------------------------------------


async def test_a_room_hears_an_emit_of_async_code():
    inside, outside = await client().connect({"rooms": ["blue"]}), await client().connect()
    await namespace("/chat").to("blue").aemit("news", 1)
    assert await inside.receive() == ("news", 1)
    assert await outside.receive_nothing(0.01)


async def test_a_room_hears_an_emit_of_another_thread():
    chat = await client().connect({"rooms": ["blue"]})
    await asyncio.to_thread(namespace("/chat").to("blue").emit, "news", 1)
    assert await chat.receive() == ("news", 1)
    await sync_to_async(namespace("/chat").emit)("news", 2)
    assert await chat.receive() == ("news", 2)


async def test_a_room_hears_an_emit_of_another_loop():
    chat = await client().connect()
    await asyncio.to_thread(lambda: asyncio.run(namespace("/chat").aemit("news", 1)))
    assert await chat.receive() == ("news", 1)


async def test_an_acknowledgement_finds_its_way_to_another_loop():
    chat = await client().connect()
    asking = asyncio.create_task(asyncio.to_thread(lambda: asyncio.run(namespace("/chat").acall("ask", timeout=5))))
    await (await chat.receive()).ack("yes")
    assert await asking == ["yes"]


async def test_acknowledgements_are_collected():
    one, two = await client().connect(), await client().connect()

    async def answer(chat, value):
        await (await chat.receive()).ack(value)

    answers, *_ = await asyncio.gather(
        namespace("/chat").acall("ask", timeout=5), answer(one, "yes"), answer(two, "no")
    )
    assert sorted(answers) == ["no", "yes"]


async def test_the_handshake_of_a_fetched_socket_has_the_names_of_a_consumers_own():
    chat = await client().connect({"rooms": ["blue"]})
    (socket,) = await namespace("/chat").to("blue").afetch_sockets()
    handshake = socket.handshake
    assert (handshake.auth, handshake.transport, handshake.secure) == ({"rooms": ["blue"]}, "websocket", False)
    assert handshake.address == handshake["address"]
    assert RemoteHandshake({"url": "/socket.io/?EIO=4&token=a%20b"}).query["token"] == "a b"
    with pytest.raises(AttributeError, match="keep in self.data"):
        handshake.headers  # noqa: B018, the cookies stay where they are
    assert chat.sid == socket.id


async def test_sockets_are_fetched_and_can_be_spoken_to_one_by_one():
    chat, other = await client().connect({"rooms": ["blue"]}), await client().connect()
    (socket,) = await namespace("/chat").to("blue").afetch_sockets()
    assert (socket.id, socket.sid, socket.namespace) == (chat.sid, chat.sid, "/chat")
    assert socket.rooms == {chat.sid, "blue"} and socket.handshake["auth"] == {"rooms": ["blue"]}
    await socket.aemit("you", 1)
    assert await chat.receive() == ("you", 1)
    await asyncio.to_thread(socket.emit, "you", 2)
    assert await chat.receive() == ("you", 2)
    assert await other.receive_nothing(0.01)
    with pytest.raises(SynchronousOnlyOperation):
        socket.emit("you")


async def test_sockets_are_moved_and_disconnected():
    chat = await client().connect()
    await asyncio.to_thread(namespace("/chat").sockets_join, "red", "green")
    assert chat.scope["socket"].rooms == {chat.sid, "red", "green"}
    await namespace("/chat").asockets_leave("red")
    assert chat.scope["socket"].rooms == {chat.sid, "green"}
    await asyncio.to_thread(namespace("/chat").to("green").disconnect_sockets)
    assert not chat.scope["socket"].connected


async def test_an_exception_comes_back_to_the_thread():
    await client().connect()
    with pytest.raises(TypeError, match="room name"):
        await asyncio.to_thread(namespace("/chat").sockets_join, 3)


# -- a class --------------------------------------------------------------------------------------------------


async def test_a_consumer_class_is_every_namespace_that_it_serves():
    blue, red, lobby = (
        await client("/rooms/blue").connect(),
        await client("/rooms/red").connect(),
        await client("/").connect(),
    )
    await blue.receive(), await red.receive()
    await namespace(Room).aemit("news")
    assert await blue.receive() == ("news",) and await red.receive() == ("news",)
    assert await lobby.receive_nothing(0.01)
    found = await namespace(Room).afetch_sockets()
    assert {socket.namespace for socket in found} == {"/rooms/blue", "/rooms/red"}


@pytest.mark.parametrize(
    "consumer, names",
    [(Chat, {"/chat", "/more/chat"}), (Lobby, {"/"}), (Room, set()), (Dynamic, set()), (Unused, set())],
)
def test_a_consumer_class_without_parameters_is_known_by_its_routes(consumer, names):
    namespace(consumer).emit("x")
    assert {entry.namespace for entry in outbox} == names


async def test_a_dynamic_namespace_in_a_nested_router_belongs_to_its_class():
    await client("/more/dynamic-7").connect()
    await namespace(Dynamic).aemit("x")
    assert [entry.namespace for entry in outbox] == ["/more/dynamic-7"]


async def test_a_class_is_told_to_join_leave_and_go():
    blue, lobby = await client("/rooms/blue").connect(), await client("/").connect()
    await blue.receive()
    await namespace(Room).asockets_join("x")
    assert "x" in blue.scope["socket"].rooms and "x" not in lobby.scope["socket"].rooms
    await namespace(Room).to("x").adisconnect_sockets()
    assert not blue.scope["socket"].connected and lobby.scope["socket"].connected


@pytest.mark.parametrize("target", [5, None, b"/chat", threading.Thread])
def test_what_is_neither_a_name_nor_a_consumer_class_is_no_namespace(target):
    with pytest.raises(TypeError, match="takes a name such as"):
        namespace(target)


def test_an_emit_without_an_event_says_what_it_takes():
    with pytest.raises(TypeError, match="takes the name of an event"):
        namespace("/chat").emit()


# -- transactions ---------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
class TestInATransaction:
    def test_an_emit_waits_for_the_commit(self):
        with transaction.atomic():
            namespace("/chat").emit("saved")
            assert outbox == []
        assert [entry.event for entry in outbox] == ["saved"]

    def test_an_emit_is_forgotten_with_a_rollback(self):
        with pytest.raises(LookupError), transaction.atomic():
            namespace("/chat").emit("saved")
            raise LookupError
        assert outbox == []

    def test_an_emit_may_refuse_to_wait(self):
        with transaction.atomic():
            namespace("/chat").emit("saved", immediately=True)
            assert [entry.event for entry in outbox] == ["saved"]

    def test_the_database_to_wait_for_can_be_named(self):
        with transaction.atomic():
            namespace("/chat").emit("saved", using="default")
            assert outbox == []
        assert len(outbox) == 1

    def test_arguments_are_encoded_when_emit_is_called(self):
        value = {"list": [1]}
        with transaction.atomic():
            namespace("/chat").emit("saved", value)
            value["list"].append(2)
            with pytest.raises(EncodeError):
                namespace("/chat").emit("saved", object())
        assert [entry.args for entry in outbox] == [[{"list": [1]}]]

    def test_a_failure_after_the_commit_is_logged_and_stops_nobody(self, settings, caplog):
        after = []
        with transaction.atomic():
            namespace(Chat).emit("saved")
            transaction.on_commit(lambda: after.append(1))
            settings.ASGI_APPLICATION = "tests.nowhere.application"
        assert after == [1] and "tests.nowhere" in caplog.text

    def test_deeds_keep_their_order(self):
        heard = []

        def serve(ready, done):
            async def main():
                chat = await client().connect()
                ready.set()
                heard.append(await chat.receive())
                await asyncio.to_thread(done.wait, 5)
                heard.append(chat.scope["socket"].connected)

            asyncio.run(main())

        ready, done = threading.Event(), threading.Event()
        thread = threading.Thread(target=serve, args=(ready, done))
        thread.start()
        assert ready.wait(5)
        with transaction.atomic():
            namespace("/chat").emit("closing")
            namespace("/chat").disconnect_sockets()
        done.set()
        thread.join(5)
        assert heard == [("closing",), False]


class Saving(NamespaceConsumer):
    @on("save")
    def save(self, fails):
        with contextlib.suppress(LookupError), transaction.atomic():
            value = [1]
            self.sync.server.emit("to all", value)
            self.sync.volatile.emit("to me", value)
            value.append(2)
            with pytest.raises(EncodeError):
                self.sync.emit("to me", object())
            self.sync.emit("saving", value, immediately=True)
            self.sync.join("lobby")
            if fails:
                raise LookupError
        self.sync.emit("done", sorted(self.rooms - {self.sid}))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("fails", [False, True])
async def test_what_a_plain_def_says_in_a_transaction_waits_for_the_commit_too(fails):
    async with NamespaceCommunicator(Saving.as_asgi(), "/saving") as chat:
        await chat.emit("save", fails)
        assert await chat.receive() == ("saving", [1, 2])
        if not fails:
            assert await chat.receive() == ("to all", [1])
            assert await chat.receive() == ("to me", [1])
        assert await chat.receive() == ("done", ["lobby"])


class InATestCase(TestCase):
    def test_the_transaction_of_the_test_itself_is_not_waited_for(self):
        namespace("/chat").emit("x")
        self.assertEqual(len(outbox), 1)

    def test_the_transactions_in_it_are_committed_by_capture(self):
        with self.captureOnCommitCallbacks(execute=True):
            with transaction.atomic():
                namespace("/chat").emit("x")
            self.assertEqual(outbox, [])
        self.assertEqual(len(outbox), 1)
