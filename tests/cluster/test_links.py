"""One link to a real Redis: what others stop to listen to takes nothing away, and nothing is left behind."""

import asyncio
import signal
import time

import pytest
import redis
from channels_redis.core import RedisChannelLayer
from channels_redis.pubsub import RedisPubSubChannelLayer as StockLayer

from realtime.layer import Link
from realtime.layers import RedisPubSubChannelLayer
from realtime.messages import envelope
from tests.harness import RedisServer

pytestmark = pytest.mark.redis

LAYERS = {
    "pubsub": lambda url, name: RedisPubSubChannelLayer(hosts=[url], prefix=name),
    "channels-redis": lambda url, name: StockLayer(hosts=[url], prefix=name),
    "lists": lambda url, name: RedisChannelLayer(hosts=[url], prefix=name, capacity=10_000),
}


@pytest.fixture(params=LAYERS)
def layer(request, redis_server):
    return LAYERS[request.param](redis_server.url, f"links-{request.param}")


@pytest.fixture
def raw(redis_server):
    with redis.Redis.from_url(redis_server.url) as client:
        yield client


async def until(check):
    async with asyncio.timeout(20):
        while not check():
            await pause()


async def pause():
    await asyncio.sleep(0.01)


def kept_here(layer):
    """What a layer still has of channels and groups in this process."""
    if isinstance(layer, RedisChannelLayer):
        return [name for name, queue in layer.receive_buffer.items() if not queue.empty()]
    inner = layer._get_layer()
    return [*inner.channels, *inner.groups]


async def test_who_listens_and_stops_takes_no_message_away_and_leaves_nothing(layer, raw):
    heard, orders = [], []
    link = Link(layer, lambda message: heard.append(message["number"]))
    await link.want("stable")
    sent = []

    async def send_all():
        for _ in range(400):
            message = envelope("x")
            await link.send("stable", message)
            sent.append(message["number"])
            await asyncio.sleep(0.002)

    sending = asyncio.ensure_future(send_all())
    rounds = 0
    while not sending.done():
        listeners = [(f"orders.{n}", await link.listen(f"orders.{n}", orders.append)) for n in range(5)]
        await layer.group_send("orders.0", {"type": "paid"})
        for group, listener in listeners:
            await link.unlisten(group, listener)
        rounds += 1
    await sending
    await until(lambda: len(heard) >= 400)
    assert heard == sent and rounds > 5
    await link.close()
    await until(lambda: kept_here(layer) == [] and not link._tasks)
    prefix = layer.prefix if isinstance(layer, RedisChannelLayer) else "links-pubsub"
    # A channel of lists may keep its last messages for a minute.
    await until(lambda: [key for key in raw.keys(f"{prefix}*") if b"group" in key] == [])
    await until(lambda: raw.pubsub_channels(f"{prefix}*") == [])


async def test_a_redis_that_hangs_holds_up_an_emit_for_less_than_a_second():
    with RedisServer() as server:
        layer = RedisPubSubChannelLayer(hosts=[server.url])
        link = Link(layer, lambda message: None)
        await link.want("x")
        server.popen.send_signal(signal.SIGSTOP)
        try:
            started = time.monotonic()
            with pytest.raises(TimeoutError):
                await link.send("x", envelope("x"))
            await link.want("y")
            assert time.monotonic() - started < 3
        finally:
            server.popen.send_signal(signal.SIGCONT)
        await link.close()
