"""Ours: an EngineIO application whose namespaces know the Django user of their client."""

from benchmarks import project

project.setup()

from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.urls import path  # noqa: E402

from realtime import EngineIO, NamespaceConsumer, on  # noqa: E402
from realtime.auth import AuthMiddlewareStack  # noqa: E402

FURTHER = 4  # namespaces besides "/"; the load generator joins them by these names


class Everyone(NamespaceConsumer):
    """The namespace ``/``: one room that everybody with an account is in."""

    async def connect(self, auth):
        assert self.user.is_authenticated
        await self.join("everyone")

    @on("echo")
    async def echo(self, argument):
        return argument

    @on("broadcast")
    async def broadcast_news(self, argument):
        await self.server.to("everyone").emit("news", argument)


class Further(NamespaceConsumer):
    """A namespace that a client joins besides ``/``."""

    @on("echo")
    async def echo(self, argument):
        return argument


namespaces = [path("", Everyone.as_asgi()), *(path(f"further{n}", Further.as_asgi()) for n in range(FURTHER))]
application = EngineIO(ProtocolTypeRouter({"socketio": AuthMiddlewareStack(URLRouter(namespaces))}))
