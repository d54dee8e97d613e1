"""The in-process client over both transports in both generations, what tests assert, and the log-ins of tests."""

import pytest
from django.contrib.auth import get_user_model

from realtime import EngineIO, NamespaceConsumer, namespace, on
from realtime.exceptions import ConnectionRefused, Disconnected
from realtime.testing import Clock, EngineCommunicator, NamespaceCommunicator, SocketIOTestClient, outbox
from tests.django.sessions import in_thread

from .namespaces import Chat, application, router

WAYS = [(transport, version) for transport in ("websocket", "polling") for version in (2, 3, 4)]


def client(**options):
    return SocketIOTestClient(application, **options)


@pytest.fixture(params=WAYS, ids=lambda way: f"{way[0]} {way[1]}.x")
def way(request):
    return dict(zip(("transport", "version"), request.param, strict=True))


async def test_it_connects_asks_hears_and_leaves(way):
    async with client(**way) as ada, client(**way) as bob:
        chat = await ada.connect("/chat", {"rooms": "a"})
        other = await bob.connect("/chat", {"rooms": "a"})
        assert await chat.call("add", 1, 2, 3) == 6
        assert await chat.call("two") == (1, 2)
        await chat.emit("say", "a", b"\x00\xff")
        assert await other.receive() == ("said", b"\x00\xff")
        await chat.emit("ask", "how are you?")
        await (await chat.assert_emitted("question", "how are you?")).ack("fine")
        assert await chat.receive() == ("answered", "fine")
        await chat.disconnect()
        with pytest.raises(Disconnected):
            await chat.receive(0.1)
    assert Chat.left == "transport close"


async def test_its_id_is_the_servers(way):
    async with client(**way) as ada:
        main, chat = await ada.connect(), await ada.connect("/chat")
        assert main.sid and chat.sid and main.sid != chat.sid
        for socket, name in ((main, "/"), (chat, "/chat")):
            await namespace(name).to(socket.sid).aemit("you")
            assert await socket.receive() == ("you",)


async def test_a_refusal_is_raised(way):
    async with client(**way) as ada:
        with pytest.raises(ConnectionRefused):
            await ada.connect("/chat", {"refuse": "yes"})
        with pytest.raises(ConnectionRefused, match="Invalid namespace"):
            await ada.connect("/nowhere")
        assert await (await ada.connect("/chat")).call("add", 1) == 1


async def test_the_servers_end_is_heard_of(way):
    async with client(**way) as ada:
        chat = await ada.connect("/chat")
        await chat.emit("leave")
        with pytest.raises(Disconnected):
            await chat.receive()


async def test_it_answers_pings_while_time_flies(way):
    clock = Clock()
    async with client(**way) as ada:
        chat = await ada.connect("/chat")
        for _ in range(6):
            await clock.advance(15)
            assert await chat.call("add", 1) == 1


async def test_the_engine_counts_its_clients_and_closes_them_all(way):
    engine = EngineIO(application.app)
    assert engine.clients_count == 0
    engine.close()
    async with SocketIOTestClient(engine, **way) as ada, SocketIOTestClient(engine) as bob:
        chat, lobby = await ada.connect("/chat"), await bob.connect()
        assert await ada.connect() and engine.clients_count == 2
        engine.close()
        for socket in (chat, lobby):
            with pytest.raises(Disconnected):
                await socket.receive()
    assert engine.clients_count == 0 and Chat.left == "server shutting down"


class Transport(NamespaceConsumer):
    @on("transport")
    async def which(self):
        return self.handshake.transport, self.transport


async def test_a_consumer_sees_the_transport_of_now(way):
    async with SocketIOTestClient(EngineIO(Transport.as_asgi()), **way) as ada:
        assert await (await ada.connect()).call("transport") == (way["transport"], way["transport"])


async def test_after_the_upgrade_the_transport_is_another():
    client = EngineCommunicator(EngineIO(Transport.as_asgi()))
    await client.open()
    await client.post("40")
    await client.poll()
    websocket = await client.upgrade()
    await websocket.send('421["transport"]')
    assert await websocket.receive() == '431["polling","websocket"]'


@pytest.mark.django_db(transaction=True)
async def test_who_logs_in_is_that_user(way):
    async with client(**way) as ada:
        await ada.aforce_login(await get_user_model().objects.acreate(username="ada"))
        assert await (await ada.connect("/chat")).call("who") == "ada"


@pytest.mark.django_db(transaction=True)
async def test_who_logs_in_on_a_communicator_is_that_user_with_and_without_the_stack():
    ada = await get_user_model().objects.acreate(username="ada")
    for stack in (router, application.app):
        chat = NamespaceCommunicator(stack, "/chat")
        await chat.aforce_login(ada)
        async with chat:
            assert await chat.call("who") == "ada"


@pytest.mark.django_db(transaction=True)
async def test_a_log_in_may_happen_where_no_loop_runs():
    ada, chat = client(), NamespaceCommunicator(application.app, "/chat")

    def log_in():
        user = get_user_model().objects.create(username="ada")
        ada.force_login(user), chat.force_login(user)

    await in_thread(log_in)
    async with ada, chat:
        assert [await chat.call("who"), await (await ada.connect("/chat")).call("who")] == ["ada", "ada"]


async def test_auth_of_an_old_client_for_the_main_namespace_is_a_mistake_of_the_test():
    async with client(version=2) as ada:
        with pytest.raises(ValueError, match="query="):
            await ada.connect("/", {"token": 1})


@pytest.mark.parametrize("wrong", [{"transport": "pigeon"}, {"version": 1}])
def test_a_client_that_there_is_not_is_a_mistake_of_the_test(wrong):
    with pytest.raises(ValueError, match="one of"):
        client(**wrong)


# -- asserting ------------------------------------------------------------------------------------------------


async def test_what_came_before_is_left_and_in_order():
    async with NamespaceCommunicator(Chat.as_asgi(), "/chat") as chat:
        for number in (1, 2, 3):
            await namespace("/chat").aemit("news", number)
        assert await chat.assert_emitted("news", 2) == ("news", 2)
        assert [await chat.receive(), await chat.receive()] == [("news", 1), ("news", 3)]
        assert await chat.receive_nothing(0.01)


async def test_what_does_not_come_is_told_with_what_came_instead():
    async with NamespaceCommunicator(Chat.as_asgi(), "/chat") as chat:
        await namespace("/chat").aemit("news", 1)
        with pytest.raises(AssertionError, match=r"\('news', 2\) was not emitted.*\('news', 1\)"):
            await chat.assert_emitted("news", 2, timeout=0.01)
        assert not await chat.receive_nothing(0.01)
        assert await chat.receive() == ("news", 1)


async def test_an_end_instead_of_the_event_is_told_at_once():
    chat = await NamespaceCommunicator(Chat.as_asgi(), "/chat").connect()
    await chat.emit("leave")
    with pytest.raises(AssertionError):
        await chat.assert_emitted("news")
    with pytest.raises(Disconnected):
        await chat.receive()


async def test_an_event_that_wants_no_answer_gets_none():
    async with NamespaceCommunicator(Chat.as_asgi(), "/chat") as chat:
        await namespace("/chat").aemit("news")
        with pytest.raises(RuntimeError, match="news"):
            await (await chat.receive()).ack()


def test_the_outbox_finds_an_emit_by_name_arguments_namespace_and_rooms():
    namespace("/chat").to("a", "b").emit("news", 1)
    namespace("/chat").emit("news", 2)
    assert outbox.assert_emitted("news").args == [1]
    assert outbox.assert_emitted("news", 2).rooms == ()
    assert outbox.assert_emitted("news", namespace="/chat", to=["b", "a"]).args == [1]
    outbox.assert_not_emitted("news", 3)
    outbox.assert_not_emitted("news", to="a")
    outbox.assert_not_emitted("news", namespace="/")
    with pytest.raises(AssertionError, match="emitted"):
        outbox.assert_not_emitted("news", 2)
    with pytest.raises(AssertionError, match="no emit of"):
        outbox.assert_emitted("olds")
