"""Somebody writes into Redis: garbage, other people's messages, code. It is dropped and counted, and nobody notices."""

import os
import pickle
import time

import msgpack
import pytest

from tests.faults.cluster import Cluster, eventually
from tests.faults.fleet import Fleet
from tests.faults.ledger import Ledger

pytestmark = [pytest.mark.redis, pytest.mark.nginx, pytest.mark.node]

LAYERS = {
    "pubsub": "realtime.layers.RedisPubSubChannelLayer",
    "channels-redis": "channels_redis.pubsub.RedisPubSubChannelLayer",
    "lists": "channels_redis.core.RedisChannelLayer",
}


HUGE = 10_000_000  # bytes, over MAX_LAYER_MESSAGE_BYTES


class Trap:
    """Whoever unpickles it leaves a file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (self.path,)


def broadcast(namespace):
    """What a process of ours would send."""
    return {
        "type": "socketio.broadcast", "origin": "somebody", "version": 1, "number": 1, "parser": "json", "rooms": [],
        "except": [], "namespace": namespace, "body": ['42["said"]'], "volatile": False,
    }  # fmt: skip


def messages(trap):
    """What is no message of ours, as bytes."""
    right = broadcast("/")
    dicts = [
        {}, {"type": "socketio.broadcast"}, {"type": "deliver"}, {"type": "__class__"}, {"type": "websocket.close"},
        {"type": 7}, {"type": ["socketio.broadcast"]}, {**right, "body": []}, {**right, "body": [{"a": 1}]},
        {**right, "rooms": "everybody"}, {**right, "parser": "os"}, {**right, "parser": None},
        {**right, "namespace": ["/"]}, {**right, "version": 99}, {**right, "origin": None},
        {**right, "parser": "msgpack", "body": [b"\xff\xff"]},
        {**right, "type": "socketio.join", "body": [1]},
        {**right, "type": "socketio.disconnect", "body": "yes"},
        {**right, "type": "socketio.peer", "state": "hello", "node": "../" * 8, "name": "x\r\n" * 9},
        {**right, "type": "socketio.canary", "node": "x", "beat": 10**30 % 2**63},
    ]  # fmt: skip
    raw = [
        b"",
        b"\x00",
        b"\xc1" * 50,
        b"garbage",
        b"\x81",
        pickle.dumps(trap),
        *map(msgpack.packb, ([1, 2], "x", 7, None)),
    ]
    return [*(msgpack.packb(each) for each in dicts), *raw]


def huge():
    """A broadcast in the right form, of a size that nobody may say."""
    return msgpack.packb({**broadcast("/"), "body": ["4" + "x" * HUGE]})


def write_everywhere(cluster, garbage):
    """To each subscriber, and into each stream and hash that there is; how many were written."""
    redis = cluster.client()
    channels = redis.pubsub_channels()
    written = sum(redis.publish(channel, each) for channel in channels for each in garbage)
    if channels:  # once: Redis cuts off a subscriber who is 32 MB behind
        widest, _ = max(redis.pubsub_numsub(*channels), key=lambda pair: pair[1])
        written += redis.publish(widest, huge())
    for number, key in enumerate(list(redis.scan_iter())):
        kind = redis.type(key)
        for each in garbage if kind in (b"stream", b"hash") else ():
            if kind == b"stream":
                redis.xadd(key, {b"data": each, each[:20] or b"x": b"1"})
            else:
                redis.hset(key, b"garbage%d" % number, each)
            written += 1
    return written


def write_into_lists(cluster, garbage):
    """Into the queue of each channel that is a member of a group, as RedisChannelLayer keeps them."""
    redis, written = cluster.client(), 0
    groups = [key for key in redis.scan_iter() if b":group:" in key]
    channels = {member for group in groups for member in redis.zrange(group, 0, -1)}
    for channel in channels:
        for each in garbage:
            queue = b"asgi" + channel.partition(b"!")[0] + b"!"
            redis.zadd(queue, {os.urandom(12) + addressed(each, channel.decode()): time.time()})
            written += 1
    return written


def addressed(garbage, channel):
    """With the name of its channel, by which this layer gives messages to who waits; as it is where it is no dict."""
    try:
        return msgpack.packb({**msgpack.unpackb(garbage), "__asgi_channel__": channel})
    except (TypeError, ValueError, msgpack.UnpackException):
        return garbage


def refused(cluster):
    """What the processes have counted of all that."""
    return sum(
        value
        for each in cluster.vitals()
        for name, value in each["counters"].items()
        if name.startswith(("layer_", "tunnel_", "recovery_"))
    )


@pytest.mark.parametrize("layer", LAYERS)
def test_what_is_written_into_redis_by_others_is_dropped_and_counted(figure, layer, tmp_path):
    trap = Trap(str(tmp_path / "sprung"))
    with Cluster(2, layer=LAYERS[layer], connection_state_recovery=True) as cluster:
        with Fleet(cluster.url, 20, writers=4) as fleet:
            fleet.ask("load", rate=20)
            time.sleep(1)
            garbage = messages(trap)
            written = write_everywhere(cluster, garbage)
            if layer == "lists":
                written += write_into_lists(cluster, garbage)
            assert eventually(lambda: refused(cluster) >= written * 0.9, 10)
            time.sleep(1)
            fleet.ask("rest")
            time.sleep(1)
            ledger = Ledger([fleet.ask("report")])
            logs, counted = "\n".join(cluster.logs()), refused(cluster)
    figure(
        f"garbage in Redis ({layer})", written=written, counted=counted, closed=ledger.closed.total(),
        acked=ledger.acked, lost_twice_disordered=ledger.faults, tracebacks=logs.count("Traceback"),
    )  # fmt: skip
    assert not (tmp_path / "sprung").exists()
    assert ledger.faults == (0, 0, 0)
    assert (ledger.closed, ledger.failed) == ({}, {})
    assert "Traceback" not in logs
    assert "of another version" in logs
