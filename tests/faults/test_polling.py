"""Round robin without sticky sessions: clients that change their transport amid messages or never leave polling."""

import time

import pytest

from tests.faults.cluster import FULL, Cluster, flood
from tests.faults.fleet import Fleet
from tests.faults.ledger import Ledger

pytestmark = [pytest.mark.redis, pytest.mark.nginx, pytest.mark.node]
RECOVERY = pytest.mark.parametrize("recovery", [None, True], ids=["plain", "with-recovery"])


@RECOVERY
def test_numbered_emits_while_clients_upgrade_from_polling_to_websocket(figure, recovery):
    count, clients = (5000, 30) if FULL else (2000, 20)
    rate = 500
    with Cluster(2, connection_state_recovery=recovery) as cluster:
        with Fleet(cluster.url, 1, name="first"):  # somebody is there: the room is known to both
            told = flood(cluster, count, rate)
            stagger = count / rate / clients * 1000 * 0.7
            with Fleet(
                cluster.url, clients, transports=["polling", "websocket"], stagger=stagger, upgradeAfter=300
            ) as fleet:
                told = [each.result() for each in told]
                for i in range(2):
                    fleet.ask("heard", writer=f"flood{i}", number=count)
                ledger = Ledger([fleet.ask("report")], {"flood0": count, "flood1": count}, since_first=True)
    amid = [client for client in ledger.clients if 0 < sum((client["upgraded"] or {}).values()) < 2 * count]
    figure(
        f"emits while clients upgrade ({'with recovery' if recovery else 'plain'})", emitted=2 * count,
        clients=clients, upgraded_amid=len(amid), deliveries=ledger.deliveries, lost_twice_disordered=ledger.faults,
    )  # fmt: skip
    assert [each["failed"] for each in told] == [0, 0]
    assert len(amid) >= clients * 0.25
    assert ledger.faults == (0, 0, 0)
    assert ledger.closed == {}


def test_polling_only_by_round_robin_over_three_processes(figure):
    with Cluster(3, connection_state_recovery=True) as cluster:
        with Fleet(cluster.url, 100, transports=["polling"], writers=10) as fleet:
            fleet.ask("load", rate=20)
            time.sleep(60 if FULL else 5)
            fleet.ask("rest")
            time.sleep(2)
            ledger = Ledger([fleet.ask("report")])
        statuses = cluster.nginx.statuses
    figure(
        "polling by round robin over three", clients=100, requests=statuses.total(), refused=statuses[400],
        acked=ledger.acked, deliveries=ledger.deliveries, lost_twice_disordered=ledger.faults,
        p50_ms=ledger.latency(0.5), p99_ms=ledger.latency(0.99),
    )  # fmt: skip
    assert {status for status in statuses if status >= 400 and status != 499} == set()
    assert ledger.faults == (0, 0, 0)
    assert (ledger.closed, ledger.failed) == ({}, {})
