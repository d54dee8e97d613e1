"""The peer python-socketio, without any login."""

import socketio

server = socketio.AsyncServer(async_mode="asgi")
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


async def further(sid, argument):
    return argument


for number in range(4):
    server.on("echo", further, namespace=f"/further{number}")
