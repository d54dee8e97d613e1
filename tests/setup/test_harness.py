"""The harness itself: servers start, answer, restart on their port and leave nobody behind."""

import socket
from urllib.error import HTTPError
from urllib.request import urlopen

import psutil
import pytest

from tests.harness import NginxServer, ServerProcess, capability, free_port, node
from tests.harness.processes import SERVERS

HELLO = "tests.harness.hello:application"


@pytest.mark.parametrize("server", SERVERS)
def test_a_server_answers_and_restarts_on_the_same_port(server):
    with ServerProcess(HELLO, server=server) as running:
        first = running.pid
        assert urlopen(running.url).read() == b"ok"
        running.restart()
        assert running.pid != first
        assert urlopen(running.url).read() == b"ok"
        members = [psutil.Process(running.pid), *psutil.Process(running.pid).children(recursive=True)]
    gone, alive = psutil.wait_procs(members, timeout=30)
    assert not [each for each in alive if each.status() != psutil.STATUS_ZOMBIE]


@pytest.mark.nginx
def test_nginx_asks_each_server_in_turn_and_the_next_one_where_one_is_gone():
    with ServerProcess(HELLO) as one, ServerProcess(HELLO) as two, NginxServer([one.port, two.port]) as nginx:
        assert [urlopen(nginx.url).read() for _ in range(4)] == [b"ok"] * 4
        assert len({address for _, _, address, _, _ in nginx.answers}) == 2
        one.kill()
        assert [urlopen(nginx.url).read() for _ in range(4)] == [b"ok"] * 4
        two.kill()
        with pytest.raises(HTTPError, match="502"):
            urlopen(nginx.url)
        one.start()
        assert urlopen(nginx.url).read() == b"ok"
        nginx.stop()
        assert nginx.statuses == {200: 9, 502: 1}


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
