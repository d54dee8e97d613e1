"""Three servers for the whole folder: daphne, uvicorn, and uvicorn with our protocol class. A test that takes
``server`` runs against each.

``CONFORMANCE_URL=http://127.0.0.1:3000 pytest tests/conformance`` asks a server that runs already, such as a Node one.
"""

import asyncio
import contextlib
import os
import time
import types
import urllib.parse

import pytest

from tests.conformance.clients import OverPolling, OverWebsocket, joined
from tests.conformance.sessions import Server
from tests.harness import ServerProcess

OUTSIDE = os.environ.get("CONFORMANCE_URL")
SETTINGS = {"DJANGO_SETTINGS_MODULE": "tests.conformance.settings"}


def start(kind, application="tests.conformance.servers:application"):
    """A running server of this kind."""
    return ServerProcess(application, server=kind, env=SETTINGS).start()


def somebody_elses(url):
    """The server at ``url``, which others started and whose log nobody sees."""
    return types.SimpleNamespace(
        port=urllib.parse.urlsplit(url).port, server="outside", log=lambda: "", stop=lambda: None
    )


@pytest.fixture(scope="session")
def processes():
    """Servers by kind, started when first asked for."""
    running = {}

    def process(kind):
        if kind not in running:
            running[kind] = somebody_elses(OUTSIDE) if OUTSIDE else start(kind)
        return running[kind]

    yield process
    for each in running.values():
        each.stop()


@contextlib.asynccontextmanager
async def watched(process):
    """A Server for one test, which must leave no traceback in its log unless it forgives them."""
    seen = len(process.log())
    server = Server(process)
    yield server
    server.close()
    await asyncio.sleep(0)
    said = process.log()[seen:]
    assert server.forgives or "Traceback" not in said, said


@pytest.fixture(params=["outside"] if OUTSIDE else ["daphne", "uvicorn", "uvicorn-ready"])
async def server(request, processes):
    async with watched(processes(request.param)) as server:
        yield server


@pytest.fixture
async def daphne(processes):
    async with watched(processes("daphne")) as server:
        yield server


@pytest.fixture
async def uvicorn(processes):
    async with watched(processes("uvicorn")) as server:
        yield server


@pytest.fixture
async def bystander(server):
    """Another client of the same server, which hears nothing of all this and is served as ever."""
    websocket = await joined(server)
    yield websocket
    started = time.monotonic()
    websocket.send('420["ack","undisturbed"]')
    assert await websocket.receive() == '430["undisturbed"]'
    assert time.monotonic() - started < 5


@pytest.fixture(params=[OverPolling, OverWebsocket], ids=["polling", "websocket"])
def client(request, server):
    """A client in "/" that has not entered yet, over each transport."""
    return request.param(server)
