"""Many messages to one room over several processes."""

import pytest

from tests.faults.cluster import FULL, Cluster, flood
from tests.faults.fleet import Fleet
from tests.faults.ledger import Ledger

pytestmark = [pytest.mark.redis, pytest.mark.nginx, pytest.mark.node]
RECOVERY = pytest.mark.parametrize("recovery", [None, True], ids=["plain", "with-recovery"])


@RECOVERY
def test_500_messages_a_second_to_a_room_of_100_over_two_processes(figure, recovery):
    count = 250 * (60 if FULL else 4)
    with Cluster(2, connection_state_recovery=recovery) as cluster:
        urls = [server.url for server in cluster.servers]
        with Fleet(urls[0], 50, name="a") as one, Fleet(urls[1], 50, name="b") as two:
            told = [each.result() for each in flood(cluster, count, 250)]
            for i in range(2):
                [fleet.ask("heard", writer=f"flood{i}", number=count) for fleet in (one, two)]
            ledger = Ledger([one.ask("report"), two.ask("report")], {"flood0": count, "flood1": count})
    figure(
        f"500 messages/s to 100 ({'with recovery' if recovery else 'plain'})", emitted=2 * count,
        seconds=max(each["seconds"] for each in told), deliveries=ledger.deliveries,
        lost_twice_disordered=ledger.faults, p50_ms=ledger.latency(0.5), p99_ms=ledger.latency(0.99),
    )  # fmt: skip
    assert [each["failed"] for each in told] == [0, 0]
    assert ledger.faults == (0, 0, 0)
    assert ledger.closed == {}
