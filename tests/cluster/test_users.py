"""Users and model rooms across two daphne processes on one Redis, and from a process without any sockets."""

import asyncio
import contextlib
import itertools
import os
import subprocess
import sys

import pytest
import socketio

from tests.clients.fixtures import environment_of
from tests.clients.jar import Jar
from tests.harness import ServerProcess
from tests.harness.processes import ROOT

pytestmark = pytest.mark.redis

LAYER = "realtime.layers.RedisPubSubChannelLayer"
SHELL = """
import django; django.setup()
from realtime import namespace, user
{deed}
"""
serial = itertools.count(1000)


@pytest.fixture(scope="module")
def environment(client_database, redis_server):
    layer = {"BACKEND": LAYER, "CONFIG": {"hosts": [redis_server.url], "prefix": "users"}}
    settings = "tests.clients.listening_settings"
    return {**environment_of(client_database, layer=layer), "DJANGO_SETTINGS_MODULE": settings}


@pytest.fixture(scope="module")
def pair(environment):
    with contextlib.ExitStack() as stack:
        application = "tests.clients.listening:application"
        yield [stack.enter_context(ServerProcess(application, server="daphne", env=environment)) for _ in range(2)]


@pytest.fixture(scope="module")
def cookies(pair):
    jars = {name: Jar(pair[0].url) for name in ("ada", "bob")}
    for name, jar in jars.items():
        jar.login(name)
    return {name: jar.cookie for name, jar in jars.items()}


class Device:
    def __init__(self):
        self.heard, self.fences, self.told = [], asyncio.Queue(), asyncio.Event()
        self.client = socketio.AsyncClient(reconnection=False)
        self.client.on("told", self.hear)

    async def hear(self, text):
        if isinstance(text, int):
            await self.fences.put(text)
        else:
            self.heard.append(text)
            self.told.set()

    async def call(self, event, *args):
        return await self.client.call(event, args, timeout=20)


@pytest.fixture
async def devices(pair, cookies):
    """Ada at both servers, Bob at the second, and somebody who is not logged in at the second."""
    devices = []
    for which, name in ((0, "ada"), (1, "ada"), (1, "bob"), (1, None)):
        devices.append(Device())
        headers = {"Cookie": cookies[name]} if name else {}
        await devices[-1].client.connect(pair[which].url, headers=headers, transports=["websocket"], wait_timeout=10)
        await devices[-1].call("enter group", 0)
    yield devices
    for device in devices:
        await device.client.disconnect()


async def heard(devices):
    """What all have heard, when they have heard a fence."""
    fence = next(serial)
    await devices[0].call("tell group", 0, fence)
    for device in devices:
        async with asyncio.timeout(20):
            while await device.fences.get() != fence:
                pass
    return [device.heard for device in devices]


async def test_a_user_hears_at_both_servers_and_nobody_else_does(devices):
    pk = await devices[0].call("pk")
    await devices[0].call("tell user", pk, "there")
    await devices[0].call("tell user everywhere", pk, "everywhere")
    assert await heard(devices) == [["everywhere"], ["there", "everywhere"], [], []]


async def test_a_model_room_is_the_same_at_both_servers(devices):
    number = next(serial)
    await devices[3].call("enter group", number)
    await devices[0].call("tell group", number, "hi")
    assert await heard(devices) == [[], [], [], ["hi"]]


@pytest.mark.parametrize(
    "deed",
    [
        "namespace('/').user({pk}).emit('told', 'hi')",
        "user({pk}).emit('told', 'hi')",
        "user({pk}).except_('nobody').emit('told', 'hi')",
    ],
)
async def test_a_process_without_sockets_reaches_a_user(devices, environment, deed):
    script = SHELL.format(deed=deed.format(pk=await devices[0].call("pk")))
    run = asyncio.to_thread(subprocess.run, [sys.executable, "-c", script], cwd=ROOT, env={**os.environ, **environment})
    assert (await run).returncode == 0
    async with asyncio.timeout(10):
        await devices[0].told.wait()  # its own server says the fence to it before it has read the layer
    assert await heard(devices) == [["hi"], ["hi"], [], []]
