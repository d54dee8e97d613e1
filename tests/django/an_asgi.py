"""ASGI applications as projects write them, for the checks to look at."""

from channels.routing import ProtocolTypeRouter, URLRouter
from django.urls import path, re_path

from realtime import EngineIO, NamespaceConsumer, on, on_any


async def bare(scope, receive, send):
    pass


class AnObject:
    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        await self.app(scope, receive, send)


def a_closure(app):
    async def call(scope, receive, send):
        await app(scope, receive, send)

    return call


none = None
application = EngineIO(ProtocolTypeRouter({"http": bare, "socketio": bare}))
in_an_object = AnObject(application)
in_a_closure = a_closure(AnObject(application))
in_a_router = ProtocolTypeRouter({"http": application})
with_a_wrong_option = EngineIO(ProtocolTypeRouter({"http": bare, "socketio": bare}), ping_timeout="long")


class Chat(NamespaceConsumer):
    pass


def routed(*routes):
    return EngineIO(ProtocolTypeRouter({"http": bare, "socketio": a_closure(URLRouter([*routes]))}))


nowhere = EngineIO(ProtocolTypeRouter({"http": bare, "websocket": bare}))
sound = routed(
    path("", Chat.as_asgi()),
    path("chat", Chat.as_asgi()),
    path("rooms/", URLRouter([path("<slug:room>", Chat.as_asgi())])),
    re_path(r"^dynamic-\d+$", Chat.as_asgi()),
)
a_class = routed(path("rooms/", URLRouter([path("chat", Chat)])))
first_slash = routed(path("/chat", Chat.as_asgi()))
first_slash_of_an_expression = routed(re_path(r"^/chat$", Chat.as_asgi()))
last_slash = routed(path("rooms/", URLRouter([path("chat/", Chat.as_asgi())])))


class Base(NamespaceConsumer):
    permissions_required = "chat.enter"

    @on("message")
    async def on_message(self):
        pass


class Slips(Base):
    async def on_message(self):  # a handler all the same, as it overrides one
        pass

    async def on_connect(self, auth):
        pass

    def on_typing(self):
        pass

    async def dissconnect(self, reason):
        pass

    @on_any
    async def on_all(self, event, *args):
        pass


class NoSlips(NamespaceConsumer):
    disconnected, group, emit_news, on_call = 0, "red", None, ["ada"]

    async def online(self):
        pass


slips = routed(path("a", a_closure(Slips.as_asgi())), path("b", Slips.as_asgi()))
no_slips = routed(path("", NoSlips.as_asgi()))
