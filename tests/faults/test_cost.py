"""What a broadcast costs: one process, and two with Redis between them, in processor time for each delivery."""

import os
import statistics
from typing import NamedTuple

import pytest

from benchmarks.meters import processor_time
from tests.faults.cluster import FULL, Cluster
from tests.faults.fleet import Fleet

pytestmark = [pytest.mark.redis, pytest.mark.nginx, pytest.mark.node]

CLIENTS = 200
BROADCASTS, SPEAKERS = 200, 5  # of a round; and who say them, each one after the other
ROUNDS = 7 if FULL else 3
# daphne puts several messages for one client into one write, where they are there in time: more often in one process.
MOST = {"uvicorn": 1.25, "daphne": 2.0}
SERVERS = list(MOST) if FULL else ["uvicorn"]
RECOVERIES = (None, True) if FULL else (None,)


class Cost(NamedTuple):
    """Of one broadcast to all: seconds of processor time, and what Redis has done for it."""

    servers: float
    redis: float = 0.0
    commands: float = 0.0
    bytes_in: float = 0.0
    bytes_out: float = 0.0


def look(cluster):
    """All that has been spent so far."""
    servers = sum(processor_time(server.pid) for server in cluster.servers)
    if not cluster.redis:
        return Cost(servers)
    told = cluster.client().info("stats")
    fields = ("total_commands_processed", "total_net_input_bytes", "total_net_output_bytes")
    return Cost(servers, processor_time(cluster.redis.pid), *(told[field] for field in fields))


def spent(cluster, fleets):
    """What a broadcast to everybody costs, over one round of them."""
    before = look(cluster)
    said = fleets[0].ask("burst", count=BROADCASTS // SPEAKERS, speakers=SPEAKERS)["writers"]
    for writer, number in said.items():
        assert sum(fleet.ask("heard", writer=writer, number=number)["heard"] for fleet in fleets) == CLIENTS
    return Cost(*((now - then) / BROADCASTS for now, then in zip(look(cluster), before, strict=True)))


def apart(cluster, fleets):
    """Servers on one processor, what they talk to on another, so that who is written to does not take its place."""
    cores = sorted(os.sched_getaffinity(0))
    others = [fleet.popen.pid for fleet in fleets] + ([cluster.redis.pid] if cluster.redis else [])
    for core, pids in ((cores[0], [server.pid for server in cluster.servers]), (cores[-1], others)):
        for pid in pids:
            os.sched_setaffinity(pid, {core})


@pytest.mark.parametrize("recovery", RECOVERIES, ids=["plain", "with-recovery"][: len(RECOVERIES)])
@pytest.mark.parametrize("server", SERVERS)
def test_a_delivery_over_two_processes_costs_at_most_a_quarter_more(figure, server, recovery):
    half = CLIENTS // 2
    options = {"server": server, "connection_state_recovery": recovery}
    with Cluster(1, layer=None, **options) as alone, Cluster(2, **options) as pair:
        one, two = (server.url for server in pair.servers)
        with (
            Fleet(alone.servers[0].url, CLIENTS, name="all") as everybody,
            Fleet(one, half, name="near") as near, Fleet(two, half, name="far") as far,
        ):  # fmt: skip
            apart(alone, [everybody])
            apart(pair, [near, far])
            rounds = [(spent(alone, [everybody]), spent(pair, [near, far])) for _ in range(ROUNDS)]
    ratios = [both.servers / single.servers for single, both in rounds]
    single, both = (Cost(*map(statistics.median, zip(*each, strict=True))) for each in zip(*rounds, strict=True))
    figure(
        f"a broadcast to {CLIENTS} under {server} ({'with recovery' if recovery else 'plain'})",
        us_a_delivery_in_one=single.servers / CLIENTS * 1e6, in_two=both.servers / CLIENTS * 1e6,
        ratio=statistics.median(ratios), best=min(ratios), redis_us=both.redis / CLIENTS * 1e6,
        redis_commands_a_broadcast=both.commands, bytes_in=round(both.bytes_in), bytes_out=round(both.bytes_out),
    )  # fmt: skip
    assert min(ratios) <= MOST[server]
