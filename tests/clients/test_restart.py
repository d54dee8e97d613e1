"""The server is stopped and started again on its port: every client comes back by itself, and sends what waited."""

import asyncio
import json
import subprocess
import threading

import pytest
import socketio

from tests.clients.cells import TRANSPORTS, VERSIONS
from tests.clients.fixtures import client_server
from tests.harness.node import node_command, node_environment


@pytest.fixture(scope="module")
def returned(client_database):
    """What each JavaScript client said after the restart, by (version, transport)."""
    with client_server(client_database) as server:
        command = node_command("tests/clients/js/returning.js", server.url)
        clients = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=node_environment())
        watchdog = threading.Timer(60, clients.kill)
        watchdog.start()
        try:
            assert json.loads(clients.stdout.readline()) == {"ready": 12}
            server.restart()
            said = [json.loads(line) for line in clients.stdout]
        finally:
            watchdog.cancel()
            clients.kill()
            clients.wait()
            clients.stdout.close()
    return {(each["version"], each["transport"]): each for each in said}


@pytest.mark.node
@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize("version", VERSIONS)
def test_a_javascript_client_comes_back_after_a_restart(returned, version, transport):
    said = returned[version, transport]
    assert said["reason"] in ("transport close", "transport error")
    assert (said["answer"], said["fresh"]) == ("waited", True)


async def test_a_python_client_comes_back_after_a_restart_over_each_transport(client_database):
    with client_server(client_database) as server:
        clients = [await connected(server.url, transports) for transports in (["polling"], ["websocket"], None)]
        before = [client.get_sid() for client in clients]
        await asyncio.to_thread(server.restart)
        async with asyncio.timeout(20):
            await asyncio.gather(*(client.returned.wait() for client in clients))
        assert [await client.call("ack", "back") for client in clients] == ["back"] * 3
        assert not set(before) & {client.get_sid() for client in clients}
        for client in clients:
            await client.shutdown()


async def connected(url, transports):
    client = socketio.AsyncClient(reconnection_delay=0.1, reconnection_delay_max=0.3)
    await client.connect(url, transports=transports, wait_timeout=10)
    client.returned = asyncio.Event()

    @client.event
    async def connect():
        client.returned.set()

    return client
