"""Ordinary Channels consumers on the layer, in this process and under daphne, beside channels-redis' own."""

import asyncio
import contextlib
import json

import pytest
import websockets
from channels.layers import channel_layers, get_channel_layer
from channels.testing import ApplicationCommunicator, WebsocketCommunicator
from channels_redis.pubsub import RedisPubSubChannelLayer as StockLayer
from django.test import override_settings

from tests.harness import ServerProcess
from tests.layers.conftest import until
from tests.layers.consumers import Worker, layers, routes

pytestmark = pytest.mark.redis
ROUTES = {"async": "/", "sync": "/sync/"}


@pytest.fixture(params=["ours", "stock"])
async def layer(request, redis_server, raw):
    with override_settings(CHANNEL_LAYERS=layers(request.param, redis_server.url)):
        channel_layers.backends = {}
        yield get_channel_layer()
        await get_channel_layer().flush()
    channel_layers.backends = {}


@pytest.mark.parametrize("route", ROUTES.values(), ids=ROUTES)
async def test_a_room_of_websocket_consumers(layer, raw, route):
    here = [WebsocketCommunicator(routes, f"{route}room") for _ in range(3)]
    elsewhere = WebsocketCommunicator(routes, f"{route}elsewhere")
    channels = []
    for each in (*here, elsewhere):
        assert (await each.connect(timeout=60))[0]
        channels.append((await each.receive_json_from(60))["channel"])
    for number in range(5):
        await here[0].send_json_to({"text": number})
    for each in here:
        assert [await each.receive_json_from(60) for _ in range(5)] == [{"text": number} for number in range(5)]
    if route == "/":
        await here[0].send_json_to({"text": "to one", "to": channels[3]})
        await here[0].send_json_to({"text": "to all", "group": "everybody"})
        assert [await elsewhere.receive_json_from(60) for _ in range(2)] == [{"text": "to one"}, {"text": "to all"}]
    assert await elsewhere.receive_nothing(0.05)
    for each in (*here, elsewhere):
        await each.disconnect(timeout=60)
    await until(lambda: raw.pubsub_channels("*specific*") == [])


async def test_a_consumer_of_a_named_channel(layer):
    worker = ApplicationCommunicator(Worker.as_asgi(), {"type": "channel", "channel": "jobs"})
    receiving = asyncio.ensure_future(layer.receive("jobs"))
    await until(lambda: "jobs" in layer._get_layer().channels)
    async with asyncio.timeout(60):
        while not receiving.done():
            await layer.send("jobs", {"type": "job", "number": 7})
            await asyncio.sleep(0.01)
    await worker.send_input(receiving.result())
    assert await worker.receive_output(60) == {"type": "done", "number": 7}
    await worker.send_input({"type": "job", "number": 8})
    assert await worker.receive_output(60) == {"type": "done", "number": 8}


async def test_a_server_and_a_layer_of_the_other_kind_are_one_room(redis_server, raw):
    server = ServerProcess("tests.layers.consumers:application", env={"LAYER": "ours", "REDIS": redis_server.url})
    stock = StockLayer(**layers("stock", redis_server.url)["default"]["CONFIG"])
    with server:
        channel = await stock.new_channel()
        await stock.group_add("room", channel)
        async with contextlib.AsyncExitStack() as sockets, asyncio.timeout(60):
            people = [
                await sockets.enter_async_context(websockets.connect(f"{server.ws_url}{route}room"))
                for route in ROUTES.values()
            ]
            for each in people:
                assert "channel" in json.loads(await each.recv())
            for number, each in enumerate(people):
                await each.send(json.dumps({"text": number}))
                assert (await stock.receive(channel))["text"] == number
                assert [json.loads(await other.recv()) for other in people] == [{"text": number}] * 2
            await stock.group_send("room", {"type": "chat.message", "text": "here"})
            assert [json.loads(await other.recv()) for other in people] == [{"text": "here"}] * 2
        await stock.flush()
        await until(lambda: raw.pubsub_channels("*specific*") == [])
        assert "Traceback" not in server.log()
