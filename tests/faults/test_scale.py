"""What Redis and a process have to do with each client and each broadcast: the numbers of docs/topics/scale.md."""

import pytest

from benchmarks.meters import processor_time
from tests.faults.cluster import FULL, Cluster, ask
from tests.faults.fleet import Fleet

pytestmark = [pytest.mark.redis, pytest.mark.nginx, pytest.mark.node]

CLIENTS = 1000 if FULL else 100
BROADCASTS = 500 if FULL else 200
RECOVERY = pytest.mark.parametrize("recovery", [None, True], ids=["plain", "with-recovery"])


def look(cluster):
    """Commands, bytes in, bytes out, and the memory that Redis uses; then that of the processes."""
    told = cluster.client().info()
    fields = ("total_commands_processed", "total_net_input_bytes", "total_net_output_bytes", "used_memory_dataset")
    return [*(told[field] for field in fields), sum(each["memory"] for each in cluster.vitals())]


def grown(before, after, number):
    return [(now - then) / number for then, now in zip(before, after, strict=True)]


@RECOVERY
def test_a_broadcast_is_one_message_however_many_hear_it(figure, recovery):
    with Cluster(2, connection_state_recovery=recovery) as cluster:
        one, two = (server.url for server in cluster.servers)
        with Fleet(one, 5, name="warm", stagger=1), Fleet(two, 5, name="up", stagger=1):
            before = look(cluster)
            half = CLIENTS // 2
            with Fleet(one, half, name="near", stagger=1) as near, Fleet(two, half, name="far", stagger=1) as far:
                client = grown(before, look(cluster), CLIENTS)
                before = look(cluster)
                ask(cluster.servers[0], "flood", writer="w", count=BROADCASTS, rate=200)
                heard = [fleet.ask("heard", writer="w", number=BROADCASTS)["heard"] for fleet in (near, far)]
                broadcast = grown(before, look(cluster), BROADCASTS)
    figure(
        f"scale, {CLIENTS} clients in one room of two processes ({'with recovery' if recovery else 'plain'})",
        commands_a_connect=client[0], redis_bytes_a_client=round(client[3]), memory_a_client=round(client[4]),
        commands_a_broadcast=broadcast[0], in_=round(broadcast[1]), out=round(broadcast[2]),
        redis_bytes_a_broadcast=round(broadcast[3]),
    )  # fmt: skip
    assert heard == [half, half]
    assert broadcast[0] <= CLIENTS / 5  # with what the processes say to each other all the time


@RECOVERY
def test_what_a_broadcast_costs_a_process_where_nobody_hears_it(figure, recovery):
    with Cluster(2, connection_state_recovery=recovery) as cluster, Fleet(cluster.servers[0].url, 1) as fleet:
        pids = [server.pid for server in cluster.servers]
        before = [processor_time(pid) for pid in [*pids, cluster.redis.pid]]
        ask(cluster.servers[0], "flood", writer="w", count=BROADCASTS, rate=200)
        assert fleet.ask("heard", writer="w", number=BROADCASTS) == {"heard": 1}
        after = [processor_time(pid) for pid in [*pids, cluster.redis.pid]]
    sender, other, redis = (each * 1e6 for each in grown(before, after, BROADCASTS))
    figure(
        f"scale, a broadcast to one client here ({'with recovery' if recovery else 'plain'})",
        us_of_its_process=sender, us_of_the_other=other, us_of_redis=redis,
    )  # fmt: skip
    assert other < sender
