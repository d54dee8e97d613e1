"""The server of the tests of graceful stops: handlers that take their time, and a trail of what was done."""

import asyncio
import json
import os

from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application
from django.urls import path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django_application = get_asgi_application()

from realtime import EngineIO, NamespaceConsumer, on  # noqa: E402
from realtime.signals import server_stopping  # noqa: E402

TRAIL = os.environ.get("TRAIL")  # a file


def leave(line):
    """Adds to the trail."""
    if TRAIL:
        with open(TRAIL, "a") as trail:
            trail.write(line + "\n")


async def stopping(sender, clients, **kwargs):
    leave(f"stopping {clients}")


server_stopping.connect(stopping)


class Main(NamespaceConsumer):
    async def connect(self, auth):
        await self.join("all")

    @on("slow")
    async def slow(self, seconds, number):
        await asyncio.sleep(seconds)
        leave(f"slow {number}")
        return number

    @on("beside", concurrent=True)
    async def beside(self, seconds, number):
        await asyncio.sleep(seconds)
        return number

    @on("ask")
    async def ask(self, number):
        return await self.call("question", number)

    async def disconnect(self, reason):
        leave(f"disconnect {reason} {'listed' if self.connected else 'gone'}")


application = EngineIO(
    ProtocolTypeRouter({"http": django_application, "socketio": URLRouter([path("", Main.as_asgi())])}),
    **json.loads(os.environ.get("OPTIONS", "{}")),
)
