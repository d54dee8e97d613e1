"""A master that dies, or is replaced while it lives, behind a real Sentinel: the layer follows to the new one."""

import signal

import pytest
import redis

from realtime.layers import RedisPubSubChannelLayer
from tests.harness.sentinel import ReplicatedRedis
from tests.layers.conftest import strangers, until
from tests.layers.test_outages import mark, member

pytestmark = pytest.mark.redis


@pytest.fixture
async def servers():
    with ReplicatedRedis() as servers:
        await until(servers.is_in_step)
        yield servers


@pytest.fixture
async def told():
    """What the layers say of their connections."""
    return []


@pytest.fixture
async def pair(servers, told):
    """Two layers that know the Sentinel only, as two processes have them."""
    config = {"on_disconnect": lambda: told.append("gone"), "on_reconnect": lambda: told.append("back")}
    layers = [RedisPubSubChannelLayer(hosts=[servers.host], **config) for _ in range(2)]
    yield layers
    for layer in layers:
        await layer.flush()


async def hear_each_other(pair):
    """What each of the two layers says arrives at the other, once."""
    for number, (one, two) in enumerate((pair, reversed(pair))):
        group = f"after-{number}"
        messages = await member(two, group)
        await mark(one, messages, group)
        messages.clear()
        await one.group_send(group, {"type": "x"})
        await until(lambda messages=messages: {"type": "x"} in messages)
        assert messages.count({"type": "x"}) == 1


@pytest.mark.parametrize("deed", ["killed", "hangs"])
async def test_a_dead_masters_replica_is_found_and_heard(servers, pair, told, deed):
    before = await member(pair[1])
    await mark(pair[0], before)
    if deed == "killed":
        servers.master.kill()
    else:
        servers.master.popen.send_signal(signal.SIGSTOP)
    before.clear()
    await until(servers.has_promoted)
    await mark(pair[0], before)  # the group that was joined before
    await hear_each_other(pair)
    servers.master.kill()
    assert told.count("gone") == told.count("back") == 1  # of the one that listened


async def test_a_planned_failover_leaves_nobody_at_the_old_master(servers, pair):
    """Which lives on, as a replica of the new one."""
    before = await member(pair[1])
    await mark(pair[0], before)
    before.clear()
    await until(servers.has_agreed_to_change)
    await until(servers.has_promoted)
    await mark(pair[0], before)
    await hear_each_other(pair)
    await until(lambda: servers.replication_of(servers.master).get("role") == "slave")
    with redis.Redis.from_url(servers.master.url) as raw:
        await until(lambda: not [each for each in strangers(raw) if is_of_a_layer(each)])


def is_of_a_layer(connection):
    """Whether a connection that Redis lists is neither the Sentinel's nor the master's."""
    return connection["flags"] not in ("M", "S") and not connection["name"].startswith("sentinel-")
