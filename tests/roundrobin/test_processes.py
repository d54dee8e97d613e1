"""A process behind the round robin is killed or stopped: whoever had requests there goes on, or recovers."""

import signal
import time

import pytest

from tests.faults.cluster import Cluster
from tests.faults.fleet import Fleet
from tests.faults.ledger import Ledger

pytestmark = [pytest.mark.redis, pytest.mark.nginx, pytest.mark.node]
CLIENTS = 30


def kill(server):
    server.kill()


def stop(server):
    server.popen.send_signal(signal.SIGTERM)
    server.popen.wait(35)


@pytest.mark.parametrize("end", [kill, stop])
def test_clients_that_only_poll_come_back_to_what_they_had(end):
    with Cluster(3, connection_state_recovery=True) as cluster:
        with Fleet(cluster.url, CLIENTS, transports=["polling"], writers=10) as fleet:
            fleet.ask("load", rate=20)
            time.sleep(2)
            began = time.time()
            end(cluster.servers[0])
            time.sleep(1)
            fleet.ask("ready")
            time.sleep(6)  # who polls a process that was killed learns it after FORWARD_TIMEOUT
            assert fleet.ask("ready")["ready"] == CLIENTS
            fleet.ask("rest")
            time.sleep(1)
            ledger = Ledger([fleet.ask("report")])
    assert 0 < ledger.closed.total() < CLIENTS
    assert ledger.faults == (0, 0, 0)
    assert ledger.recovered == len(ledger.returned)
    assert ledger.slowest(began) < 15
