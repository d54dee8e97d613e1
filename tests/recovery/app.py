"""The server of the recovery tests: ``daphne tests.recovery.app:application``, settings of tests/clients."""

import asyncio
import os

from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application
from django.urls import path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.clients.settings")
django_application = get_asgi_application()

from realtime import BroadcastError, ConnectionRefused, EngineIO, NamespaceConsumer, namespace, on, user  # noqa: E402
from realtime.auth import AuthMiddlewareStack  # noqa: E402
from realtime.metrics import counters  # noqa: E402

log = []  # what the consumers lived through, in order
doors = []


async def door(consumer, auth):
    doors.append(consumer.recovered)


class Room(NamespaceConsumer):
    """A room whose people keep what they say. ``auth``: what this client wants of its connect."""

    middleware = [door]

    async def connect(self, auth):
        auth = auth or {}
        log.append(["connect", self.sid, self.recovered, sorted(self.rooms - {self.sid}), dict(self.data)])
        if self.recovered and auth.get("refuse"):
            raise ConnectionRefused("not any more")
        if self.recovered and "unjoin" in auth:
            await self.leave(auth["unjoin"])
        if self.recovered and "slow" in auth:
            await asyncio.sleep(auth["slow"])
        if self.recovered and auth.get("greet"):
            await self.emit("welcome", "back")
        await self.join(*auth.get("rooms", []))

    async def disconnect(self, reason):
        log.append(["disconnect", self.sid, reason])

    @on("join")
    async def on_join(self, *rooms):
        await self.join(*rooms)

    @on("leave")
    async def on_leave(self, *rooms):
        await self.leave(*rooms)

    @on("remember")
    async def on_remember(self, key, value):
        self.data[key] = value

    @on("whoami")
    async def on_whoami(self):
        return {
            "sid": self.sid,
            "rooms": sorted(self.rooms - {self.sid}),
            "data": self.data,
            "auth": self.handshake.auth,
        }

    @on("self")
    async def on_self(self, *args):
        await self.emit("said", *args)

    @on("say")
    async def on_say(self, room, *args):
        await self.server.to(room).emit("said", *args)

    @on("try to say")
    async def on_try_to_say(self, room, *args):
        try:
            await self.server.to(room).emit("said", *args)
        except BroadcastError as error:
            return {"local": error.local}
        return {}

    @on("others")
    async def on_others(self, room, *args):
        await self.to(room).emit("said", *args)

    @on("everybody")
    async def on_everybody(self, *args):
        await self.server.emit("said", *args)

    @on("everywhere")
    async def on_everywhere(self, *args):
        await user(self.user).aemit("said", *args)

    @on("volatile")
    async def on_volatile(self, *args):
        await self.server.volatile.emit("said", *args)

    @on("local")
    async def on_local(self, *args):
        await self.server.local.emit("said", *args)

    @on("stream of")
    async def on_stream_of(self, room, first, count):
        for i in range(first, first + count):
            await self.server.to(room).emit("number", i)

    @on("out")
    async def on_out(self, sid):
        await namespace(str(self.namespace)).to(sid).adisconnect_sockets()

    @on("log")
    async def on_log(self, sid):
        return [each for each in log if each[1] == sid]

    @on("doors")
    async def on_doors(self):
        return doors

    @on("counters")
    async def on_counters(self):
        return dict(counters)

    @on("pid")
    async def on_pid(self):
        return os.getpid()


application = EngineIO(
    ProtocolTypeRouter(
        {
            "http": django_application,
            "socketio": AuthMiddlewareStack(URLRouter([path("", Room.as_asgi()), path("chat", Room.as_asgi())])),
        }
    )
)
