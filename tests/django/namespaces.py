"""Namespaces as a project has them, for the tests of this folder."""

import asyncio

from channels.routing import ProtocolTypeRouter, URLRouter
from django.urls import path, re_path

from realtime import ConnectionRefused, EngineIO, NamespaceConsumer, on
from realtime.auth import AuthMiddlewareStack


class Lobby(NamespaceConsumer):
    async def connect(self, auth):
        await self.join("lobby")


class Chat(NamespaceConsumer):
    async def connect(self, auth):
        if auth and auth.get("refuse"):
            raise ConnectionRefused("not you", data={"code": "no"})
        for room in (auth or {}).get("rooms", ()):
            await self.join(room)

    @on("who")
    async def who(self):
        return self.user.get_username()

    @on("add")
    async def add(self, *numbers):
        return sum(numbers)

    @on("two")
    async def two(self):
        return 1, 2

    @on("nothing")
    async def nothing(self):
        pass

    @on("slow")
    async def slow(self):
        await asyncio.Event().wait()

    @on("say")
    async def say(self, room, text):
        await self.to(room).emit("said", text)

    @on("ask")
    async def ask(self, question):
        asyncio.get_running_loop().create_task(self.asked(question))

    async def asked(self, question):
        await self.emit("answered", await self.call("question", question))

    @on("leave")
    async def go(self):
        await self.close()

    async def disconnect(self, reason):
        type(self).left = reason


class Room(NamespaceConsumer):
    async def connect(self, auth):
        await self.emit("room", self.scope["url_route"]["kwargs"]["room"])


class Dynamic(NamespaceConsumer):
    pass


class Unused(NamespaceConsumer):
    pass


router = URLRouter(
    [
        path("", Lobby.as_asgi()),
        path("chat", Chat.as_asgi()),
        path("rooms/<slug:room>", Room.as_asgi()),
        path("more/", URLRouter([path("chat", Chat.as_asgi()), re_path(r"^dynamic-\d+$", Dynamic.as_asgi())])),
    ]
)
application = EngineIO(ProtocolTypeRouter({"socketio": AuthMiddlewareStack(router)}))
