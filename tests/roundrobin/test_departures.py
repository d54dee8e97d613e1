"""What becomes of forwarded requests when an engine, a process or Redis is gone."""

import asyncio

import pytest

from realtime.engine.forwarding.lines import MESSAGE, engines_group
from realtime.engine.forwarding.wire import Envelope, seal
from realtime.metrics import counters
from realtime.sids import new_sid
from realtime.signals import cluster_interrupted
from tests.engine.asgi import Request, open_polling
from tests.roundrobin.engines import SECRET, UNKNOWN, Balancer, elsewhere, until, upgraded

pytestmark = [pytest.mark.redis, pytest.mark.usefixtures("unraised")]


async def test_a_session_whose_engine_is_gone_is_unknown_in_time_and_then_at_once(balancer):
    balanced = balancer(forward_timeout=2.0).through(1)
    dead = new_sid(SECRET, b"nobody")
    loop, query = asyncio.get_running_loop(), f"EIO=4&transport=polling&sid={dead}"
    started = loop.time()
    assert await Request(balanced, query).answer() == UNKNOWN
    assert 0.4 < loop.time() - started < 3
    before, started = counters["requests_forwarded"], loop.time()
    assert await Request(balanced, query).answer() == UNKNOWN
    assert loop.time() - started < 1 and counters["requests_forwarded"] == before


async def test_polls_and_websockets_end_when_their_engine_says_goodbye(balancer):
    balanced = balancer().through(0)
    polling, over = await open_polling(balanced), await open_polling(balanced)
    balanced.through(1)
    poll, websocket = polling.get(), await upgraded(over)
    await until(lambda: polling.client.polled)
    balanced.engines[0].close()
    await balanced.engines[0].leave(within=1)
    assert await poll.answer() == (200, b"1")
    assert await websocket.read() == ("closed", 1000)
    started = asyncio.get_running_loop().time()
    assert await polling.poll() == UNKNOWN
    assert asyncio.get_running_loop().time() - started < 2


async def test_a_late_word_of_an_engine_that_said_goodbye_does_not_bring_it_back(balancer):
    """Or its clients' polls would wait for FORWARD_TIMEOUT again."""
    balanced = balancer().through(0)
    session = await open_polling(balanced)
    gone, here = (balanced.engines[i].exchange for i in (0, 1))
    balanced.through(1)
    assert await session.say("4hello") == (200, b"ok")
    balanced.engines[0].close()
    await balanced.engines[0].leave(within=1)
    await until(lambda: here.lines.silent(gone.tag))
    late = Envelope(here.tag, gone.tag, 1, 0, 0, 0, ())
    for each in (late, late._replace(sender=b"others")):
        message = {"type": MESSAGE, "body": seal(each, SECRET)}
        await balanced.layers[2].group_send(engines_group(here.tag), message)
    await until(lambda: b"others" in here.lines.by_tag)
    assert here.lines.silent(gone.tag) and gone.tag not in here.lines.by_tag


async def test_a_process_that_stops_lets_the_requests_of_others_go(balancer):
    balanced = balancer().through(0)
    polling, over = await open_polling(balanced), await open_polling(balanced)
    balanced.through(1)
    poll, websocket = polling.get(), await upgraded(over)
    await until(lambda: polling.client.polled)
    await balanced.engines[1].leave(within=10)
    assert await poll.answer() == (200, b"6")
    assert await websocket.read() == ("closed", 1001)
    assert (await polling.poll())[0] == 503
    balanced.through(2)
    assert await polling.say("4hello") == (200, b"ok")
    polling.client.send("world")
    assert await polling.poll() == (200, b"4world")
    await until(lambda: over.handler.reasons == ["transport close"])


async def test_polls_and_websockets_end_when_their_engine_falls_silent(balancer):
    balanced = balancer(forward_timeout=1.0).through(0)
    polling, over = await open_polling(balanced), await open_polling(balanced)
    balanced.through(1)
    poll, websocket = polling.get(), await upgraded(over)
    await until(lambda: polling.client.polled)
    await balanced.layers[0].flush()  # it hears nothing any more
    assert await poll.answer() == UNKNOWN
    assert await websocket.read() == ("closed", 1001)


async def test_sessions_elsewhere_survive_a_redis_that_restarts(balancer, redis_server):
    balanced = balancer()
    session = await elsewhere(balanced)
    websocket = await upgraded(session)
    redis_server.kill()
    session.client.send("while it is away")
    websocket.write("4there")
    await asyncio.sleep(1)
    redis_server.start()
    assert await websocket.read() == "4while it is away"
    await until(lambda: session.handler.messages == ["there"])


async def test_sessions_elsewhere_survive_a_redis_that_forgets_everything(redis_server):
    layers = "channels_redis.core.RedisChannelLayer"
    balanced = Balancer(redis_server, layer=layers)
    session = await elsewhere(balanced)
    assert await session.say("4before") == (200, b"ok")
    await flush(redis_server)
    cluster_interrupted.send(None)  # what the hub of a process says that hears itself no more
    assert await session.say("4after") == (200, b"ok")
    assert session.handler.messages == ["before", "after"]
    await balanced.close()


async def flush(redis_server):
    from redis.asyncio import Redis

    async with Redis.from_url(redis_server.url) as redis:
        await redis.flushall()
