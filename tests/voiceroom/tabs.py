"""Tabs of a room and of the lobby, as their clients see them."""

import pytest
from channels.routing import URLRouter
from django.urls import path

from realtime import ConnectionRefused, Disconnected
from realtime.testing import NamespaceCommunicator
from voiceroom.consumers import Lobby, RoomConsumer

PATIENCE = 60.0  # seconds
ROUTES = URLRouter([path("", Lobby.as_asgi()), path("rooms/<slug:room>", RoomConsumer.as_asgi())])
COMINGS = (
    "room:entered",
    "room:left",
    "lobby:people",
    "lobby:room",
    "lobby:news",
    "chat:typing",
    "room:changed",
    "media:peers",
)


class Tab(NamespaceCommunicator):
    """A tab that waits for as long as a busy machine may take."""

    async def call(self, event, *args, timeout=PATIENCE):
        return await super().call(event, *args, timeout=timeout)

    async def receive(self, timeout=PATIENCE):
        return await super().receive(timeout)

    async def connect(self, auth=None, user=None, timeout=PATIENCE):
        return await super().connect(auth, user, timeout)

    async def disconnect(self, reason="client namespace disconnect", timeout=PATIENCE):
        return await super().disconnect(reason, timeout)


async def enter(user, namespace="/rooms/tea", auth=None):
    return await Tab(ROUTES, namespace, user=user).connect(auth)


async def join(user, namespace="/rooms/tea", options=None, auth=None):
    """A tab that is inside, and what it was told when it went in."""
    tab = await enter(user, namespace, auth)
    return tab, await (tab.call("room:join", options) if options else tab.call("room:join"))


async def hear(tab, event, skip=COMINGS):
    """The arguments of the next event of this name; what else goes on in a room is passed over."""
    return (await hear_all(tab, event, skip))[0]


async def hear_all(tab, event, skip=COMINGS):
    while True:
        told = await tab.receive()
        if told.event == event:
            return told.args
        assert told.event in skip, told


async def heard(tab, wait=0.1):
    """All events that have come by now: [(event, *args), ...]."""
    found = []
    while not await tab.receive_nothing(wait):
        found.append(await tab.receive())
    return found


async def leave(*tabs):
    for tab in tabs:
        await tab.disconnect()


async def refusal(user, namespace="/rooms/tea", auth=None):
    """The code with which a connection is refused."""
    with pytest.raises(ConnectionRefused) as refused:
        await enter(user, namespace, auth)
    return refused.value.data["code"]


async def sent_out(tab):
    """The code with which the server lets a tab go."""
    code = (await hear(tab, "room:closed"))["code"]
    with pytest.raises(Disconnected):
        await hear(tab, "nothing")
    return code


def code(answer):
    """The code of a refused command; ``None`` for one that was done."""
    return answer["error"]["code"] if "error" in answer else None
