"""Two processes over Redis, whose clients speak JSON here and MessagePack there, hear each other."""

import asyncio

import pytest
import socketio

from tests.clients.fixtures import client_server
from tests.clients.test_python import Heard, name

pytestmark = pytest.mark.redis
ARGS = ({"a": [1, None, "日本 🎉"], "b": b"\x00\xff"}, b"", 2.5)


@pytest.fixture(scope="module")
def servers(client_database, redis_server):
    layer = {"BACKEND": "realtime.layers.RedisPubSubChannelLayer", "CONFIG": {"hosts": [redis_server.url]}}
    with (
        client_server(client_database, layer=layer) as json_server,
        client_server(client_database, layer=layer, parser="msgpack") as msgpack_server,
    ):
        yield {"default": json_server, "msgpack": msgpack_server}


async def test_a_broadcast_reaches_the_clients_of_the_other_parser(servers):
    news, room, heard, clients = name("news"), name("room"), {}, {}
    for serializer, server in servers.items():
        clients[serializer] = client = socketio.AsyncClient(reconnection=False, serializer=serializer)
        heard[serializer] = Heard()
        client.on(news, heard[serializer].hear)
        await client.connect(server.url, transports=["websocket"], wait_timeout=10)
        await client.call("join", room)
    try:
        for sender, listener in (("default", "msgpack"), ("msgpack", "default")):
            await clients[sender].call("to", ([room], news, *ARGS))
            assert await heard[listener].next() == ARGS
            await clients[sender].call("broadcast", (news, "to all"))
            assert await heard[listener].next() == ("to all",)
        assert all(each.queue.empty() for each in heard.values())
    finally:
        await asyncio.gather(*(client.disconnect() for client in clients.values()))
