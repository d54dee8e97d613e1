"""Namespaces that a function accepts, the operators for all children of a consumer class, and what is left of them."""

import asyncio
import threading

import pytest
from channels.routing import ProtocolTypeRouter, URLRouter
from django.contrib.auth.models import User
from django.urls import path, re_path

from realtime import ConnectionRefused, EngineIO, NamespaceConsumer, dynamic, namespace, on, signals, user
from realtime.adapter import hubs
from realtime.routes import namespaces_of, path_of
from realtime.testing import NamespaceCommunicator

asked = []


class Team(NamespaceConsumer):
    @on("enter")
    async def enter(self, room):
        await self.join(room)


class Guild(Team):
    pass


class Lobby(NamespaceConsumer):
    pass


async def is_team(name, auth, handshake):
    asked.append((name, auth, handshake.query.get("token")))
    return name.startswith("/team-") and (auth or {}).get("token") == "sesame"


def is_guild(name, auth, handshake):
    if name == "/broken":
        raise RuntimeError("between us")
    return name.startswith("/guild-") and threading.current_thread() is not threading.main_thread()


router = URLRouter(
    [
        path("", Lobby.as_asgi()),
        dynamic(is_team, Team.as_asgi()),
        dynamic(is_guild, URLRouter([re_path(r"^guild-(?P<number>\d+)$", Guild.as_asgi())])),
        path("team-lobby", Lobby.as_asgi()),
    ]
)
application = EngineIO(ProtocolTypeRouter({"socketio": router}))


@pytest.fixture(autouse=True)
def project(settings):
    settings.ASGI_APPLICATION = "tests.consumers.test_dynamic.application"
    asked.clear()


async def come(name, token="sesame", **more):
    return await NamespaceCommunicator(router, name, **more).connect(token and {"token": token})


async def test_a_coroutine_function_accepts_by_name_auth_and_handshake():
    client = await come("/team-1", query_string=b"token=url")
    assert client.scope["namespace"] == "/team-1"
    assert asked == [("/team-1", {"token": "sesame"}, "url")]
    await client.disconnect()


NOT_THERE = [("/team-1", None), ("/team-1", "wrong"), ("/nowhere", "sesame"), ("/guild-x", None)]


@pytest.mark.parametrize("name, token", NOT_THERE)
async def test_what_nobody_accepts_is_an_invalid_namespace(name, token):
    with pytest.raises(ConnectionRefused, match="Invalid namespace"):
        await come(name, token)


async def test_everybody_is_asked_about_also_where_the_namespace_exists_already():
    client = await come("/team-1")
    with pytest.raises(ConnectionRefused, match="Invalid namespace"):
        await come("/team-1", "wrong")
    await client.disconnect()


async def test_after_a_no_the_next_routes_are_tried():
    client = await come("/team-lobby", None)
    assert namespaces_of(path_of(Lobby)) == ["/", "/team-lobby"]
    await client.disconnect()


async def test_a_plain_function_is_asked_in_a_thread_and_may_lead_to_a_router():
    client = await come("/guild-7", None)
    await client.call("enter", "x")
    assert namespaces_of(path_of(Guild)) == ["/guild-7"]
    await client.disconnect()


async def test_what_a_plain_function_returns_is_awaited_if_it_can_be():
    router = URLRouter([dynamic(lambda *asked: is_team(*asked), Team.as_asgi())])
    client = await NamespaceCommunicator(router, "/team-1").connect({"token": "sesame"})
    await client.disconnect()
    with pytest.raises(ConnectionRefused, match="Invalid namespace"):
        await NamespaceCommunicator(router, "/team-1").connect({"token": "wrong"})


async def test_a_function_that_fails_is_an_internal_error(caplog):
    with pytest.raises(ConnectionRefused, match="Internal error"):
        await come("/broken", None)
    assert "between us" in caplog.text


async def heard(clients):
    await asyncio.sleep(0.01)
    return [[tuple(await client.receive()) for _ in range(client._packets.qsize())] for client in clients]


async def test_the_operator_of_a_class_reaches_every_child_and_no_other_namespace():
    clients = [await come(name) for name in ("/team-1", "/team-1", "/team-2", "/guild-1", "/")]
    await clients[0].call("enter", "red")
    await clients[2].call("enter", "red")
    await namespace(Team).aemit("all")
    await asyncio.to_thread(namespace(Team).to("red").except_(clients[2].sid).emit, "red")
    assert await heard(clients) == [[("all",), ("red",)], [("all",)], [("all",)], [], []]
    found = await namespace(Team).afetch_sockets()
    assert sorted(socket.namespace for socket in found) == ["/team-1", "/team-1", "/team-2"]
    asking = asyncio.ensure_future(namespace(Team).to("red").acall("ok?", timeout=5))
    for client in (clients[0], clients[2]):
        await (await client.receive()).ack(client.namespace)
    assert sorted(await asking) == ["/team-1", "/team-2"]
    await namespace(Team).adisconnect_sockets()
    await asyncio.sleep(0.01)
    assert [client.scope["socket"].connected for client in clients] == [False, False, False, True, True]
    for client in clients[3:]:
        await client.disconnect()


async def test_the_operator_of_a_class_reaches_a_user_in_every_child():
    ada = User(pk=1)
    coming = [("/team-1", ada), ("/team-2", ada), ("/team-2", User(pk=2))]
    clients = [await come(name, user=who) for name, who in coming]
    guild = await come("/guild-1", user=ada)
    await namespace(Team).user(ada).aemit("hi")
    assert await heard([*clients, guild]) == [[("hi",)], [("hi",)], [], []]
    for client in (*clients, guild):
        await client.disconnect()


async def test_nothing_is_kept_of_a_namespace_that_everybody_has_left():
    told = []

    async def created(sender, signal, **named):
        told.append(("created", sender))

    async def deleted(sender, signal, **named):
        told.append(("deleted", sender))

    signals.namespace_created.connect(created)
    signals.namespace_deleted.connect(deleted)
    try:
        one, two = await come("/team-9"), await come("/team-9")
        await one.call("enter", "red")
        await one.disconnect()
        assert namespaces_of(path_of(Team)) == ["/team-9"]
        await two.disconnect()
        await asyncio.sleep(0.01)
    finally:
        signals.namespace_created.disconnect(created)
        signals.namespace_deleted.disconnect(deleted)
    assert told == [("created", "/team-9"), ("deleted", "/team-9")]
    assert namespaces_of(path_of(Team)) == []
    assert not any(name == "/team-9" for hub in hubs() for name in [*hub.namespaces, *(ns for ns, _ in hub.rooms)])
    routes = [route.callback for route in router.routes if hasattr(route.callback, "serves")]
    assert not any(route._calls for route in routes)
    await user(1).aemit("nobody hears")  # nor does it look for it
