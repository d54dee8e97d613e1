"""A master that dies, or is replaced while it lives, behind a real Sentinel: the layer follows to the new one."""

import signal

import pytest
import redis
from redis.exceptions import ResponseError

from realtime.layers import RedisPubSubChannelLayer
from tests.harness import RedisServer
from tests.layers.conftest import strangers, until
from tests.layers.sentinel import Sentinel
from tests.layers.test_outages import mark, member

pytestmark = pytest.mark.redis


class Servers:
    """A master, its replica and their Sentinel; two layers that know the Sentinel only, as two processes have them."""

    def __init__(self, master, replica, sentinel):
        self.master, self.replica = master, replica
        self.raw = redis.Redis(port=sentinel.port)
        self.told = []
        config = {"on_disconnect": lambda: self.told.append("gone"), "on_reconnect": lambda: self.told.append("back")}
        hosts = [{"sentinels": [("127.0.0.1", sentinel.port)], "master_name": "tests"}]
        self.one, self.two = (RedisPubSubChannelLayer(hosts=hosts, **config) for _ in range(2))

    def port(self):
        """Of the master, as the Sentinel knows it."""
        return int(self.raw.sentinel_get_master_addr_by_name("tests")[1])

    def are_in_step(self):
        """Whether the Sentinel knows the replica, and the replica has what the master has."""
        known = self.raw.sentinel_master("tests")["num-slaves"] == 1
        return known and self.of(self.replica).get("master_link_status") == "up"

    def are_asked_to_change(self):
        try:
            return self.raw.sentinel_failover("tests")
        except ResponseError:  # NOGOODSLAVE: the Sentinel has not looked at the replica yet
            return False

    def of(self, server):
        """What a server says of its part in the replication."""
        with redis.Redis.from_url(server.url) as raw:
            return raw.info("replication")


@pytest.fixture
async def servers(tmp_path):
    quickly = ["--repl-diskless-sync-delay", "0"]
    with RedisServer(args=quickly) as master:
        with RedisServer(args=[*quickly, "--replicaof", "127.0.0.1", str(master.port)]) as replica:
            with Sentinel(master, tmp_path) as sentinel:
                servers = Servers(master, replica, sentinel)
                await until(servers.are_in_step)
                yield servers
                for layer in (servers.one, servers.two):
                    await layer.flush()
                servers.raw.close()


async def heard_by_each_other(servers, name):
    """What each of the two layers says arrives at the other, once."""
    for one, two in ((servers.one, servers.two), (servers.two, servers.one)):
        group = f"{name}-{one is servers.one}"
        messages = await member(two, group)
        await mark(one, messages, group)
        messages.clear()
        await one.group_send(group, {"type": "x"})
        await until(lambda messages=messages: {"type": "x"} in messages)
        assert messages.count({"type": "x"}) == 1


@pytest.mark.parametrize("deed", ["killed", "hangs"])
async def test_a_dead_masters_replica_is_found_and_heard(servers, deed):
    before = await member(servers.two)
    await mark(servers.one, before)
    if deed == "killed":
        servers.master.kill()
    else:
        servers.master.popen.send_signal(signal.SIGSTOP)
    before.clear()
    await until(lambda: servers.port() == servers.replica.port)
    await mark(servers.one, before)  # the group that was joined before
    await heard_by_each_other(servers, "after")
    servers.master.kill()
    assert servers.told.count("gone") == servers.told.count("back") == 1  # of the one that listened


async def test_a_planned_failover_leaves_nobody_at_the_old_master(servers):
    """Which lives on, as a replica of the new one."""
    before = await member(servers.two)
    await mark(servers.one, before)
    before.clear()
    await until(servers.are_asked_to_change)
    await until(lambda: servers.port() == servers.replica.port)
    await mark(servers.one, before)
    await heard_by_each_other(servers, "after")
    await until(lambda: servers.of(servers.master)["role"] == "slave")
    with redis.Redis.from_url(servers.master.url) as raw:
        await until(lambda: not [each for each in strangers(raw) if is_of_a_layer(each)])


def is_of_a_layer(connection):
    """Whether a connection that Redis lists is neither the Sentinel's nor the master's."""
    return connection["flags"] not in ("M", "S") and not connection["name"].startswith("sentinel-")
