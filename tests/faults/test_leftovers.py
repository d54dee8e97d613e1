"""Clients come and go: when they have gone nothing of them is left, in no process and not in Redis."""

import json
import time

import pytest

from tests.faults.cluster import FULL, Cluster, eventually
from tests.harness import node

pytestmark = [pytest.mark.redis, pytest.mark.nginx, pytest.mark.node]

CYCLES = 10_000 if FULL else 500
AWAY = 3  # seconds for which sessions are kept
HELD = ("tasks", "clients", "sockets", "rooms")
POOLS = 3  # connections that a pool of Redis may have opened meanwhile, however many clients came


def cycle(cluster, cycles):
    told = json.loads(
        node("tests/faults/js/cycles.js", json.dumps({"url": cluster.url, "cycles": cycles}), timeout=600)
    )
    assert told == {"cycles": cycles, "failures": {}}


def left(cluster):
    """What the processes hold, and in Redis the keys and who subscribes to what."""
    redis = cluster.client()
    channels = redis.pubsub_channels()
    numbers = sorted(redis.pubsub_numsub(*channels)) if channels else []
    processes = [tuple(each[name] for name in HELD) for each in cluster.vitals()]
    return {"processes": processes, "keys": sorted(redis.scan_iter(count=1000)), "subscribers": numbers}


def test_connect_and_disconnect_cycles_leave_nothing_behind(figure):
    recovery = {"MAX_DISCONNECTION_DURATION": AWAY}
    with Cluster(2, connection_state_recovery=recovery, ping_interval=2, ping_timeout=2) as cluster:
        cycle(cluster, 90)  # connections of pools, and whatever else is made on first use
        assert eventually(lambda: all(each["clients"] == 0 for each in cluster.vitals()), 20)
        time.sleep(AWAY + 2)  # nobody comes back any more
        before, vitals = left(cluster), cluster.vitals()
        cycle(cluster, CYCLES)
        eventually(lambda: left(cluster) == before, 30)
        after, growth = left(cluster), cluster.vitals()
    figure(
        "connect and disconnect over two", cycles=CYCLES, tasks_clients_sockets_rooms=after["processes"],
        files=[f"{then['files']} -> {now['files']}" for now, then in zip(growth, vitals, strict=True)],
        keys=f"{len(before['keys'])} -> {len(after['keys'])}",
        subscriptions=f"{len(before['subscribers'])} -> {len(after['subscribers'])}",
        memory=[f"{now['memory'] / then['memory'] - 1:+.1%}" for now, then in zip(growth, vitals, strict=True)],
    )  # fmt: skip
    assert after == before
    assert max(now["files"] - then["files"] for now, then in zip(growth, vitals, strict=True)) <= POOLS
