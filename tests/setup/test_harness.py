"""The harness itself: servers start, answer, restart on their port and leave nobody behind."""

import socket
from urllib.request import urlopen

import psutil
import pytest

from tests.harness import ServerProcess, capability, free_port, node

HELLO = "tests.harness.hello:application"


@pytest.mark.parametrize("server", ["daphne", "uvicorn", "hypercorn", "granian"])
def test_a_server_answers_and_restarts_on_the_same_port(server):
    with ServerProcess(HELLO, server=server) as running:
        first = running.pid
        assert urlopen(running.url).read() == b"ok"
        running.restart()
        assert running.pid != first
        assert urlopen(running.url).read() == b"ok"
        members = [psutil.Process(running.pid), *psutil.Process(running.pid).children(recursive=True)]
    gone, alive = psutil.wait_procs(members, timeout=5)
    assert not [each for each in alive if each.status() != psutil.STATUS_ZOMBIE]


def test_a_server_that_cannot_start_shows_its_output():
    with pytest.raises(RuntimeError, match="no_such_module"):
        ServerProcess("tests.harness.no_such_module:application", server="uvicorn").start()


def test_a_free_port_is_free():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", free_port()))


@pytest.mark.redis
def test_a_private_redis_answers(redis_server):
    with socket.create_connection(("127.0.0.1", redis_server.port)) as client:
        client.sendall(b"PING\r\n")
        assert client.recv(100) == b"+PONG\r\n"


@pytest.mark.node
def test_a_script_runs_in_node(tmp_path):
    script = tmp_path / "version.js"
    script.write_text("console.log(process.versions.node)")
    assert node(script).strip() == capability("node")
