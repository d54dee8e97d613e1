"""The Socket.IO application of the conformance servers: namespaces that do what their events say."""

import asyncio

from channels.routing import ProtocolTypeRouter, URLRouter
from django.urls import path, re_path

from realtime import AckTimeout, ConnectionRefused, Disconnected, EngineIO, NamespaceConsumer, on
from tests.conformance.reasons import REASONS


class Lobby(NamespaceConsumer):
    """Events are orders, and everything is told back."""

    name = None

    async def connect(self, auth):
        await self.emit("auth", auth)

    @on("message")
    async def message(self, *args):
        await self.emit("message-back", *args)

    @on("ack")
    async def ack(self, *args):
        return args

    @on("name")
    async def remember(self, name):
        self.name = name

    @on("handshake")
    async def tell_handshake(self):
        shake = self.handshake
        return {
            "query": {key: shake.query.getlist(key) for key in shake.query},
            "headers": dict(shake.headers),
            "auth": shake.auth,
            "address": shake.address,
            "time": shake.time,
            "secure": shake.secure,
            "xdomain": shake.xdomain,
            "url": shake.url,
            "transport": shake.transport,
            "sid": self.sid,
            "rooms": sorted(self.rooms),
        }

    @on("join")
    async def enter(self, *rooms):
        await self.join(*rooms)

    @on("leave")
    async def exit(self, *rooms):
        await self.leave(*rooms)

    @on("say")
    async def say(self, room, *args):
        await self.server.to(room).emit("said", *args)

    @on("shout")
    async def shout(self, *args):
        await self.broadcast.emit("said", *args)

    @on("ask")
    async def ask(self, *args):
        try:
            await self.emit("answered", await self.timeout(0.3).call("question", *args))
        except AckTimeout:
            await self.emit("unanswered")
        except Disconnected:
            REASONS.tell(self.name, "disconnected while asking")

    @on("ask-all")
    async def ask_all(self, room):
        try:
            await self.emit("answered", sorted(await self.server.to(room).timeout(0.3).call("question")))
        except AckTimeout as timeout:
            await self.emit("unanswered", timeout.responses)

    @on("write")
    async def write(self, size, compress):
        await self.compress(compress).emit("written", "x" * size)

    @on("mumble")
    async def mumble(self, count):
        for number in range(count):
            await self.volatile.emit("mumbled", number)
        await self.emit("done")

    @on("count")
    async def count(self, total):
        for number in range(total):
            await self.emit("counted", number)

    @on("empty")
    async def empty(self):
        await self.emit("emptied", b"", {"inner": [b"", b"\x01"]})

    @on("send-not-a-number")
    async def send_not_a_number(self):
        return float("nan")

    @on("kick")
    async def kick(self):
        await self.close()

    @on("kick-hard")
    async def kick_hard(self):
        await self.close(client=True)

    async def disconnect(self, reason):
        REASONS.tell(self.name, reason)


class Other(Lobby):
    """A second namespace, for clients with two."""


class Refusing(NamespaceConsumer):
    """Lets nobody in, and takes them into a room before."""

    async def connect(self, auth):
        await self.join("halfway")
        raise ConnectionRefused("not today", data={"code": "closed"} if auth else None)


class Halfway(NamespaceConsumer):
    """Lets in who says so, after joining a room, and tells how many are in that room."""

    async def connect(self, auth):
        await self.join("halfway")
        if not auth:
            raise ConnectionRefused("say something")

    @on("who")
    async def who(self):
        return [socket.id for socket in await self.server.to("halfway").fetch_sockets()]


class Broken(NamespaceConsumer):
    """Fails in connect, in a way that nobody foresaw."""

    async def connect(self, auth):
        raise LookupError("the secret inside")


class Slow(NamespaceConsumer):
    """Takes its time to connect (``seconds`` of the auth), and tells if it was called off or if it ran to its end."""

    async def connect(self, auth):
        try:
            await asyncio.sleep(auth.get("seconds", 0.3))
        except asyncio.CancelledError:
            REASONS.tell(auth["name"], "cancelled")
            raise
        REASONS.tell(auth["name"], "connected")

    async def disconnect(self, reason):
        REASONS.tell(self.handshake.auth["name"], "disconnect ran")


class Room(NamespaceConsumer):
    @on("where")
    async def where(self):
        return str(self.namespace), self.scope["url_route"]["kwargs"]


ROUTES = [
    path("", Lobby.as_asgi()),
    path("other", Other.as_asgi()),
    path("refusing", Refusing.as_asgi()),
    path("halfway", Halfway.as_asgi()),
    path("broken", Broken.as_asgi()),
    path("slow", Slow.as_asgi()),
    path("rooms/<slug:room>", Room.as_asgi()),
    re_path(r"^dynamic-\d+$", Room.as_asgi()),
]


def application(outside, **options):
    """EngineIO around ``outside``, with the namespaces above."""
    router = {"http": outside, "websocket": outside, "socketio": URLRouter(ROUTES)}
    return EngineIO(ProtocolTypeRouter(router), **options)
