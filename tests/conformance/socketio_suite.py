"""What the official Socket.IO protocol 5 suite is run against.

``daphne tests.conformance.socketio_suite:application``, or the same with uvicorn.
"""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.conformance.settings")
django.setup()

from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.core.asgi import get_asgi_application  # noqa: E402
from django.urls import path  # noqa: E402

from realtime import EngineIO, NamespaceConsumer, on  # noqa: E402


class Mirror(NamespaceConsumer):
    """Says what it was told: the auth payload at connect, the arguments of each message afterwards."""

    async def connect(self, auth):
        await self.emit("auth", auth or {})

    @on("message")
    async def message(self, *args):
        await self.emit("message-back", *args)

    @on("message-with-ack")
    async def message_with_ack(self, *args):
        return args


application = EngineIO(
    ProtocolTypeRouter(
        {
            "http": get_asgi_application(),
            "socketio": URLRouter([path("", Mirror.as_asgi()), path("custom", Mirror.as_asgi())]),
        }
    ),
    ping_interval=0.3,
    ping_timeout=0.2,
    connect_timeout=1,
)
