"""A client that goes away without a word: its process is killed, or stands still. The application learns why."""

import itertools
import signal
import subprocess
from urllib.request import urlopen

import pytest

from tests.clients.cells import TRANSPORTS, VERSIONS
from tests.clients.fixtures import client_server
from tests.harness.node import node_command, node_environment

pytestmark = pytest.mark.node
serial = itertools.count()
# A poll that is cut off is noticed at once as an error, as with Node; a websocket just closes.
REASONS = {"polling": "transport error", "websocket": "transport close", "upgrade": "transport close"}


@pytest.fixture(scope="module")
def impatient(client_database):
    """A server that misses a silent client soon."""
    with client_server(client_database, ping_interval=0.5, ping_timeout=2.0) as running:
        yield running


@pytest.fixture
def vanish():
    """Starts a client of this version and transport, sends the process a signal; the reason that the server saw."""
    started = []

    def vanish(server, version, transport, sign):
        tag = f"vanishing-{next(serial)}"
        command = node_command("tests/clients/js/vanishing.js", version, transport, server.url, tag)
        client = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=node_environment())
        started.append(client)
        assert client.stdout.readline() == "ready\n"
        client.send_signal(sign)
        with urlopen(f"{server.url}/departures/{tag}/", timeout=20) as answer:
            return answer.read().decode()

    yield vanish
    for client in started:
        client.kill()
        client.wait()
        client.stdout.close()


@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize("version", VERSIONS)
def test_the_server_sees_a_killed_client_go(vanish, server, version, transport):
    assert vanish(server, version, transport, signal.SIGKILL) == REASONS[transport]


@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize("version", ["2", "4"])
def test_the_server_misses_a_client_that_stands_still(vanish, impatient, version, transport):
    assert vanish(impatient, version, transport, signal.SIGSTOP) == "ping timeout"
