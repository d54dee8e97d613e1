import asyncio
import json
import time

import pytest
from channels.db import database_sync_to_async
from channels.routing import ProtocolTypeRouter
from django.contrib.auth import get_user_model
from django.test import Client

from realtime import EngineIO
from realtime.auth import AuthMiddlewareStack
from realtime.exceptions import Disconnected
from realtime.testing import EngineCommunicator

from .namespaces import router


@pytest.fixture
def application():
    return EngineIO(ProtocolTypeRouter({"socketio": AuthMiddlewareStack(router)}), ping_interval=25, ping_timeout=20)


pytestmark = pytest.mark.django_db(transaction=True)


async def test_a_client_of_protocol_5_polls(application):
    client = EngineCommunicator(application)
    opening = await client.open()
    assert opening["pingInterval"] == 25000 and opening["sid"] == client.sid
    await client.post("40/chat,")
    (connected,) = await client.poll()
    assert connected.startswith('40/chat,{"sid":')
    await client.post('42/chat,7["add",1,2]')
    assert await client.poll() == ["43/chat,7[3]"]


async def test_a_client_of_protocol_4_polls(application):
    client = EngineCommunicator(application, revision=3)
    opening = await client.open()
    assert opening["sid"] == client.sid
    assert await client.poll() == ["40"]
    await client.post("40/chat,")
    assert await client.poll() == ["40/chat,"]
    await client.post('42/chat,7["add",1,2]')
    assert await client.poll() == ["43/chat,7[3]"]


@pytest.mark.parametrize("revision", [3, 4])
async def test_a_client_upgrades_and_talks_on(application, revision):
    client = EngineCommunicator(application, revision=revision)
    await client.open()
    await client.post("40")
    await client.poll()
    hanging = asyncio.ensure_future(client.poll())
    socket = await client.upgrade()
    assert await hanging == ["6"]
    await socket.send('420["nobody"]')
    assert json.loads((await socket.receive())[3:])[0]["error"]["code"] == "not_found"
    await socket.close()


async def test_a_frame_that_came_too_late_for_one_receive_is_for_the_next(application):
    socket = await EngineCommunicator(application).websocket()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await socket.receive()
    await socket.send("40")
    async with asyncio.timeout(5):
        assert (await socket.receive()).startswith("40{")


async def test_a_client_may_begin_with_a_websocket(application):
    client = EngineCommunicator(application)
    socket = await client.websocket()
    await socket.send("40")
    assert (await socket.receive()).startswith("40{")
    await socket.send("nonsense")
    with pytest.raises(Disconnected):
        await socket.receive()
    assert socket.code is not None
    with pytest.raises(Disconnected):
        await socket.receive()


async def test_a_refusal_can_be_looked_at(application):
    client = EngineCommunicator(application)
    answer = await client.request("GET", {"transport": "pigeon"})
    assert (answer.status, json.loads(answer.body)["code"]) == (400, 0)
    client.sid = "unknown"
    with pytest.raises(Disconnected):
        await client.websocket()


async def test_the_clock_brings_the_ping_and_the_end_of_a_silent_client(application, clock):
    began = time.monotonic()
    client = EngineCommunicator(application)
    socket = await client.websocket()
    await socket.send("40")
    await socket.receive()
    await clock.advance(25)
    assert await socket.receive() == "2"
    await clock.advance(20)
    with pytest.raises(Disconnected):
        await socket.receive()
    assert time.monotonic() - began < 20


async def test_a_session_belongs_to_the_one_who_opened_it(application):
    """T39: a stolen sid is worth nothing without the cookie."""

    def log_in(name):
        browser = Client()
        browser.force_login(get_user_model().objects.create_user(name))
        return [(b"cookie", b"sessionid=" + browser.cookies["sessionid"].value.encode())]

    ada = EngineCommunicator(application, headers=await database_sync_to_async(log_in)("ada"))
    await ada.open()
    await ada.post("40/chat,")
    for headers in ((), await database_sync_to_async(log_in)("bob")):
        thief = EngineCommunicator(application, headers=headers)
        thief.sid = ada.sid
        for method in ("GET", "POST"):
            answer = await thief.request(method, body=b"41")
            assert (answer.status, json.loads(answer.body)["code"]) == (400, 1)
        with pytest.raises(Disconnected):
            await thief.websocket()
    (connected,) = await ada.poll()
    assert connected.startswith("40/chat,")
    await ada.post('42/chat,1["who"]')
    assert await ada.poll() == ['43/chat,1["ada"]']


@pytest.mark.parametrize("transport", ["polling", "websocket"])
async def test_a_page_of_another_origin_is_refused(application, transport):
    client = EngineCommunicator(application, headers=[(b"origin", b"https://evil.com")])
    if transport == "polling":
        assert (await client.request("GET")).status == 403
    else:
        with pytest.raises(Disconnected):
            await client.websocket()


async def test_logging_out_closes_the_session_so_that_the_client_comes_back_as_somebody_else(application):
    browser = Client()

    def log_in():
        browser.force_login(get_user_model().objects.create_user("ada"))
        return [(b"cookie", b"sessionid=" + browser.cookies["sessionid"].value.encode())]

    client = EngineCommunicator(application, headers=await database_sync_to_async(log_in)())
    await client.open()
    await client.post("40/chat,")
    await client.poll()
    hanging = asyncio.ensure_future(client.request("GET"))
    await asyncio.sleep(0)
    await database_sync_to_async(browser.logout)()
    client.headers = [(b"host", b"testserver")]
    assert (await client.request("POST", body=b"41")).status == 400
    assert (await asyncio.wait_for(hanging, 5)).status in (200, 400)
    client.sid = None
    await client.open()
    await client.post("40/chat,")
    await client.poll()
    await client.post('42/chat,1["who"]')
    assert await client.poll() == ['43/chat,1[""]']
