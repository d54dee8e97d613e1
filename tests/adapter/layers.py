"""Layers of a hub that fail or dawdle, and the messages of other processes on them."""

import asyncio

from channels.layers import InMemoryChannelLayer

from realtime.adapter import layer_message
from realtime.socketio.rooms import group_name

HI = ['42["hi"]']


class FlakyLayer(InMemoryChannelLayer):
    """A real layer whose deeds fail while ``broken``, and wait while ``gate`` is closed. Not a local one to a hub."""

    def __init__(self, **config):
        super().__init__(**config)
        self.broken, self.gate, self.adds = False, asyncio.Event(), []
        self.gate.set()

    async def _deed(self):
        await self.gate.wait()
        if self.broken:
            raise ConnectionError("the layer is away")

    async def group_add(self, group, channel):
        await self._deed()
        self.adds.append(group)
        await super().group_add(group, channel)

    async def group_discard(self, group, channel):
        await self._deed()
        await super().group_discard(group, channel)

    async def group_send(self, group, message):
        await self._deed()
        await super().group_send(group, message)

    async def receive(self, channel):
        receiving = asyncio.ensure_future(super().receive(channel))
        while not receiving.done():
            await asyncio.sleep(0)
            if self.broken:
                receiving.cancel()
                raise ConnectionError("the layer is away")
        return receiving.result()


async def turns(count=40):
    """Lets hubs and layers do what they can do at once."""
    for _ in range(count):
        await asyncio.sleep(0)


def foreign(namespace="/", body=('42["hi"]',), rooms=(), excepted=(), kind="socketio.broadcast", **more):
    """A message as another process sends it."""
    message = layer_message(
        namespace, list(body) if isinstance(body, tuple) else body, "json", rooms, excepted, {}, kind
    )
    return {**message, "origin": "another", **more}


async def send(layer, message, room=None):
    """Sends it to the group of its namespace, or of this room."""
    await layer.group_send(group_name(message.get("namespace", "/"), room), message)
    await turns()
