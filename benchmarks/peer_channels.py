"""The peer Channels: a plain websocket consumer with a group, which answers the same wire by hand.

It is what a Django developer writes without Socket.IO, and has no login here.
"""

import json
import os
import secrets

os.environ.setdefault("BENCH_DATABASE", ":memory:")

from benchmarks import project  # noqa: E402

project.setup()

from channels.generic.websocket import AsyncWebsocketConsumer  # noqa: E402

from benchmarks.floor import JOINED, OPEN  # noqa: E402


class Everyone(AsyncWebsocketConsumer):
    """Everybody is in one group of the in-memory channel layer."""

    groups = ["everyone"]

    async def connect(self):
        await self.accept()
        await self.send(OPEN % secrets.token_urlsafe(15))

    async def receive(self, text_data=None, bytes_data=None):
        kind, opening, rest = text_data.partition("[")
        if not opening:
            return await self.send(JOINED % secrets.token_urlsafe(15))
        event, argument = json.loads(opening + rest)
        if event == "echo":
            await self.send(f"43{kind[2:]}{json.dumps([argument], separators=(',', ':'))}")
        else:
            await self.channel_layer.group_send("everyone", {"type": "news", "argument": argument})

    async def news(self, event):
        await self.send("42" + json.dumps(["news", event["argument"]], separators=(",", ":")))


application = Everyone.as_asgi()
