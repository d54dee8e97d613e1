"""The peer Channels: a plain websocket consumer with groups, which answers the same wire by hand.

It is what a Django developer writes without Socket.IO.
"""

import json
import secrets

from benchmarks import project

project.setup("benchmarks.peer_channels")

from asgiref.sync import async_to_sync  # noqa: E402
from channels.auth import AuthMiddlewareStack  # noqa: E402
from channels.generic.websocket import AsyncWebsocketConsumer  # noqa: E402
from channels.layers import get_channel_layer  # noqa: E402
from channels.routing import ProtocolTypeRouter  # noqa: E402
from django.core.asgi import get_asgi_application  # noqa: E402
from django.http import HttpResponse  # noqa: E402
from django.urls import path  # noqa: E402

from benchmarks.floor import JOINED, OPEN  # noqa: E402


class Everyone(AsyncWebsocketConsumer):
    """Everybody is in one group, and in as many more as a client asks for."""

    groups = ["everyone"]

    async def connect(self):
        if "user" in self.scope:
            self.scope["user"].is_authenticated  # noqa: B018 - this is what loads it
        await self.accept()
        await self.send(OPEN % secrets.token_urlsafe(15))

    async def receive(self, text_data=None, bytes_data=None):
        kind, opening, rest = text_data.partition("[")
        if not opening:
            return await self.send(JOINED % secrets.token_urlsafe(15))
        event, *arguments = json.loads(opening + rest)
        if event == "echo":
            await self.answer(kind, arguments)
        elif event == "rooms":
            for name in arguments[0]:
                await self.channel_layer.group_add(name, self.channel_name)
            await self.answer(kind, [True])
        else:
            group = "everyone" if event == "broadcast" else arguments[0]
            await self.channel_layer.group_send(group, {"type": "news", "argument": arguments[-1]})

    async def answer(self, kind, arguments):
        await self.send(f"43{kind[2:]}{json.dumps(arguments, separators=(',', ':'))}")

    async def news(self, event):
        await self.send("42" + json.dumps(["news", event["argument"]], separators=(",", ":")))


def emit(request):
    """A view that sends to a group."""
    async_to_sync(get_channel_layer().group_send)("everyone", {"type": "news", "argument": request.GET["x"]})
    return HttpResponse("ok")


urlpatterns = [path("emit", emit)]
application = ProtocolTypeRouter({"http": get_asgi_application(), "websocket": Everyone.as_asgi()})
with_user = ProtocolTypeRouter({"websocket": AuthMiddlewareStack(Everyone.as_asgi())})
