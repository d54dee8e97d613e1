"""Ours: an EngineIO application whose namespaces know the Django user of their client."""

import os

from benchmarks import project

project.setup("benchmarks.ours")

from channels.auth import AuthMiddlewareStack as StockStack  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.core.asgi import get_asgi_application  # noqa: E402
from django.http import HttpResponse  # noqa: E402
from django.urls import path  # noqa: E402

from realtime import EngineIO, NamespaceConsumer, namespace, on  # noqa: E402
from realtime.auth import AuthMiddlewareStack  # noqa: E402

FURTHER = 4  # namespaces besides "/"; the load generator joins them by these names


class Everyone(NamespaceConsumer):
    """The namespace ``/``: one room that everybody is in, and as many more as a client asks for."""

    async def connect(self, auth):
        self.user.is_authenticated  # noqa: B018 - with Channels' own stack this is what loads it
        await self.join("everyone")

    @on("echo")
    async def echo(self, argument):
        return argument

    @on("broadcast")
    async def broadcast_news(self, argument):
        await self.server.to("everyone").emit("news", argument)

    @on("rooms")
    async def join_rooms(self, names):
        await self.join(*names)
        return True

    @on("room")
    async def tell_room(self, name, argument):
        await self.server.to(name).emit("news", argument)


class Further(NamespaceConsumer):
    """A namespace that a client joins besides ``/``."""

    @on("echo")
    async def echo(self, argument):
        return argument


def emit(request):
    """A view as everybody writes them."""
    namespace("/").to("everyone").emit("news", request.GET["x"])
    return HttpResponse("ok")


OPTIONS = {"ping_interval": 3600, "ping_timeout": 3600, "max_rooms": 100_000}
if "BENCH_RECOVERY" in os.environ:
    OPTIONS["connection_state_recovery"] = True
urlpatterns = [path("emit", emit)]
namespaces = [path("", Everyone.as_asgi()), *(path(f"further{n}", Further.as_asgi()) for n in range(FURTHER))]
routes = {"http": get_asgi_application(), "socketio": AuthMiddlewareStack(URLRouter(namespaces))}
application = EngineIO(ProtocolTypeRouter(routes), **OPTIONS)
with_stock_stack = EngineIO(ProtocolTypeRouter({**routes, "socketio": StockStack(URLRouter(namespaces))}), **OPTIONS)
