"""Redis dies and comes back with nothing, or loses all that it knew: nobody is closed, deaf, or robbed unawares."""

import time
from typing import NamedTuple

import pytest

from tests.faults.cluster import FULL, Cluster, eventually
from tests.faults.fleet import Fleet
from tests.faults.ledger import Ledger
from tests.harness.sentinel import ReplicatedRedis

pytestmark = [pytest.mark.redis, pytest.mark.nginx, pytest.mark.node]

LISTS = "channels_redis.core.RedisChannelLayer"
CLIENTS = 100 if FULL else 40
RATE = 50
DOWN = (0, 2, 6)  # seconds
OUTAGES = [(down, True) for down in DOWN] + [(down, None) for down in (DOWN if FULL else DOWN[:2])]


def hearing(fleet, at, within=15.0):
    """Seconds after ``at`` until everybody had heard of both processes what was said since; None: somebody did not."""

    def first():
        heard = fleet.ask("since", at=at * 1000, processes=["p0", "p1"])
        return [when for each in heard.values() for when in each]

    if not eventually(lambda: None not in first(), within):
        return None
    return max(first()) / 1000 - at


class Outage(NamedTuple):
    """What came of a load during which Redis was away. ``took``: seconds until everybody heard everybody again."""

    ledger: Ledger
    took: float | None
    interrupted: list[int]  # how often each process has noticed

    def is_told_as(self, figure, what, **more):
        ledger = self.ledger
        figure(
            what, clients=CLIENTS, acked=ledger.acked, refused=ledger.failed.total(), closed=ledger.closed.total(),
            **more, hearing_again_s=self.took, lost_twice_disordered=ledger.faults,
            unsignalled=len(ledger.unsignalled), interrupted=self.interrupted,
        )  # fmt: skip

    def robs_nobody(self):
        assert self.ledger.closed == {}
        assert self.ledger.unsignalled == []
        assert all(self.interrupted)
        assert self.ledger.faults[1:] == (0, 0)


def outage(cluster, fault):
    """``fault`` takes Redis away under load, and returns when there is one again."""
    with Fleet(cluster.url, CLIENTS, writers=10, timings=True) as fleet:
        fleet.ask("load", rate=RATE)
        time.sleep(2)
        fault()
        took = hearing(fleet, time.time())
        time.sleep(1)
        fleet.ask("rest")
        time.sleep(2)
        ledger = Ledger([fleet.ask("report")])
        return Outage(ledger, took, [each["counters"].get("cluster_interrupted", 0) for each in cluster.vitals()])


@pytest.mark.parametrize("down,recovery", OUTAGES)
def test_redis_killed_and_back_with_nothing(figure, down, recovery):
    with Cluster(2, connection_state_recovery=recovery) as cluster:

        def fault():
            cluster.redis.kill()
            time.sleep(down)
            cluster.redis.start()

        came = outage(cluster, fault)
    came.is_told_as(figure, f"Redis killed, down {down} s ({'with recovery' if recovery else 'plain'})")
    assert came.took is not None and came.took <= 2
    came.robs_nobody()


@pytest.mark.parametrize("recovery", [True, None])
def test_a_sentinel_makes_the_replica_the_master(figure, recovery):
    with ReplicatedRedis() as redis, Cluster(2, redis=redis, connection_state_recovery=recovery) as cluster:
        assert eventually(redis.is_in_step, 60)
        promoted = []

        def fault():
            killed = time.time()
            redis.master.kill()
            assert eventually(redis.has_promoted, 60)
            promoted.append(time.time() - killed)

        came = outage(cluster, fault)
    said = f"Redis master killed, replica promoted ({'with recovery' if recovery else 'plain'})"
    came.is_told_as(figure, said, promoted_s=promoted[0])
    assert came.took is not None and came.took <= 5
    came.robs_nobody()


def test_flushall_under_a_layer_that_keeps_its_groups_in_redis(figure):
    config = {"capacity": 20_000}
    with Cluster(2, layer=LISTS, config=config, connection_state_recovery=True) as cluster:
        with Fleet(cluster.url, CLIENTS, writers=10, timings=True) as fleet:
            fleet.ask("load", rate=RATE)
            time.sleep(2)
            fleet.ask("leave", first=CLIENTS - 10, last=CLIENTS)
            time.sleep(0.5)
            cluster.client().flushall()
            flushed = time.time()
            time.sleep(1)
            fleet.ask("come", first=CLIENTS - 10, last=CLIENTS)
            took = hearing(fleet, flushed)
            fleet.ask("rest")
            time.sleep(2)
            ledger = Ledger([fleet.ask("report")])
    figure(
        "FLUSHALL", clients=CLIENTS, membership_back_s=took, closed=ledger.closed.total(), were_away=10,
        recovered=ledger.recovered, lost=len(ledger.lost), unsignalled=len(ledger.unsignalled),
    )  # fmt: skip
    assert ledger.closed.total() == 10  # those that were cut off
    assert took is not None and took <= 5
    assert ledger.recovered == 0
    assert ledger.unsignalled == []
    assert ledger.faults[1:] == (0, 0)
