"""The peer python-socketio, without any login."""

import os

import socketio

redis = os.environ.get("BENCH_REDIS")
server = socketio.AsyncServer(
    async_mode="asgi",
    ping_interval=3600,
    ping_timeout=3600,
    client_manager=socketio.AsyncRedisManager(redis) if redis else None,
)
application = socketio.ASGIApp(server)


@server.event
async def connect(sid, environ, auth=None):
    await server.enter_room(sid, "everyone")


@server.event
async def echo(sid, argument):
    return argument


@server.event
async def broadcast(sid, argument):
    await server.emit("news", argument, room="everyone")


@server.event
async def rooms(sid, names):
    for name in names:
        await server.enter_room(sid, name)
    return True


@server.event
async def room(sid, name, argument):
    await server.emit("news", argument, room=name)


async def further(sid, argument):
    return argument


for number in range(4):
    server.on("echo", further, namespace=f"/further{number}")
