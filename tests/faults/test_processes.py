"""A process is killed, or stopped as a deployment does it, under load: nobody loses what was acknowledged."""

import signal
import time

import pytest

from tests.faults.cluster import FULL, Cluster
from tests.faults.fleet import Fleet
from tests.faults.ledger import Ledger

pytestmark = [pytest.mark.redis, pytest.mark.nginx, pytest.mark.node]

CLIENTS = 200
RATE = 50  # acknowledged messages a second, of all together
AFTER = 20 if FULL else 4  # seconds of load after the last fault


def under_load(cluster, fault, **options):
    """The ledger of a fleet under load, and what ``fault()`` returned."""
    with Fleet(cluster.url, CLIENTS, **options) as fleet:
        fleet.ask("load", rate=RATE)
        time.sleep(2)
        told = fault()
        time.sleep(AFTER)
        assert fleet.ask("ready")["ready"] == CLIENTS
        fleet.ask("rest")
        time.sleep(1)
        return Ledger([fleet.ask("report")]), told


def test_kill_9_of_one_of_two_processes_loses_nothing(figure):
    with Cluster(2, connection_state_recovery=True) as cluster:

        def kill():
            at = time.time()
            cluster.servers[0].kill()
            return at

        ledger, at = under_load(cluster, kill, writers=10)
    figure(
        "kill -9 of one of two", clients=CLIENTS, acked=ledger.acked, deliveries=ledger.deliveries,
        lost_twice_disordered=ledger.faults, cut=ledger.closed.total(), recovered=ledger.recovered,
        slowest_s=ledger.slowest(at),
    )  # fmt: skip
    assert ledger.closed.total() >= CLIENTS * 0.3
    assert ledger.faults == (0, 0, 0)
    assert ledger.recovered == len(ledger.returned)
    assert ledger.slowest(at) <= 3


def test_a_rolling_restart_loses_nothing_and_leaves_no_acknowledgement_unanswered(figure):
    """What a client says into a connection that the server is closing is not handled; with ``retries``, which
    socket.io-client has for that, it says it again."""
    with Cluster(2, connection_state_recovery=True) as cluster:

        def restart():
            took = []
            for server in cluster.servers:
                began = time.time()
                server.popen.send_signal(signal.SIGTERM)
                server.popen.wait(35)
                took.append(time.time() - began)
                server.start()
                time.sleep(2)
            return took

        ledger, took = under_load(cluster, restart, writers=10, more={"retries": 5, "ackTimeout": 15000})
        statuses = cluster.nginx.statuses
    figure(
        "rolling restart", clients=CLIENTS, acked=ledger.acked, deliveries=ledger.deliveries,
        lost_twice_disordered=ledger.faults, unanswered=ledger.failed.total(), cut=ledger.closed.total(),
        recovered=ledger.recovered, stopped_within_s=max(took), errors_of_nginx=statuses[502] + statuses[503],
    )  # fmt: skip
    assert ledger.closed.total() >= CLIENTS
    assert ledger.faults == (0, 0, 0)
    assert ledger.failed == {}
    assert ledger.sent == ledger.acked
    assert ledger.recovered == len(ledger.returned)
    assert max(took) <= 30
