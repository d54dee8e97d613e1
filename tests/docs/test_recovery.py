"""The examples of docs/how-to/recovery.md, as they stand, and the metrics that it names."""

import re
from pathlib import Path

import pytest
from django.contrib.auth.models import User

import realtime
from realtime import EngineIO
from realtime.testing import EngineCommunicator
from tests.docs.test_how_to_address_and_listen import PAGES, examples

USER = User(pk=7, username="ada")


async def may_enter(user, room):
    return room != "secret"


@pytest.mark.parametrize("room", ["lobby", "secret"])
async def test_connect_looks_again_who_may_be_where(room):
    page = examples("recovery.md", may_enter=may_enter)

    async def logged_in(scope, receive, send):
        await page.Chat.as_asgi()(scope | {"user": USER}, receive, send)

    application = EngineIO(
        logged_in, identify=None, channel_layer=None, **{k.lower(): v for k, v in page.SOCKETIO.items()}
    )
    client = EngineCommunicator(application)
    await client.open()
    await client.post("40")
    (connected,) = await client.poll()
    pid = re.search('"pid":"([^"]+)"', connected)[1]
    (hub,) = [socket.hub for socket in _sockets(application)]
    (socket,) = _sockets(application)
    assert (socket.joined, socket.data) == ({"lobby"}, {"theme": "dark"})
    await hub.join(socket, [room])
    socket.transport.close("transport close")
    again = EngineCommunicator(application)
    await again.open()
    await again.post(f'40{{"pid":"{pid}"}}')
    assert pid in (await again.poll())[0]
    (socket,) = _sockets(application)
    assert (socket.joined, socket.data) == ({"lobby"}, {"theme": "dark"})


def _sockets(application):
    clients = application.engine.clients.values()
    return [socket for client in clients for socket in client.handler._connection.joined.values()]


def test_the_page_names_every_counter_of_recovery():
    root = Path(realtime.__file__).parent
    files = [*root.glob("recovery/*.py"), root / "engine/recoverable.py"]
    counted = set(re.findall(r'count\(\s*"(recover\w+)"', "".join(file.read_text() for file in files)))
    named = set(re.findall(r"`(recover(?:y|ies)_\w+)`", (PAGES / "recovery.md").read_text()))
    assert counted == named
