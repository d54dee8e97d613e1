"""Several hubs of one test that take each other for other processes: each has its seat at one layer in memory."""

import asyncio

from channels.layers import InMemoryChannelLayer

from realtime.adapter import Hub
from realtime.layer import process_token
from realtime.socketio.parser import JSONParser
from tests.adapter.sockets import SECRET


class Seat:
    """The layer as one process sees it. ``away``: it does not answer. ``sent``: what this process has sent."""

    def __init__(self, shared, name):
        self.shared, self.name, self.away, self.sent = shared, name, False, []

    def __getattr__(self, name):
        return getattr(self.shared, name)

    async def group_send(self, group, message):
        if self.away:
            raise ConnectionError("the layer is away")
        self.sent.append((group, message))
        await self.shared.group_send(group, {**message, "seat": self.name})

    async def receive(self, channel):
        message = await self.shared.receive(channel)
        seat = message.pop("seat", None) if isinstance(message, dict) else None
        if seat is not None and seat != self.name:
            message["origin"] = f"process {seat}"
        return message


class Table:
    """``table.seat()``: a hub of another process; they enter unless told not to."""

    def __init__(self):
        self.layer, self.hubs = InMemoryChannelLayer(capacity=100_000), []

    async def hub(self, parser=None, options=None, enter=True):
        name = chr(ord("A") + len(self.hubs))
        hub = Hub(asyncio.get_running_loop(), parser or JSONParser(), Seat(self.layer, name), SECRET, options)
        self.hubs.append(hub)
        if enter:
            hub.presence.name = name
            hub.enter()
            await turns()
        return hub

    async def close(self):
        for hub in self.hubs:
            hub.link.layer.away = False
            await hub.close()


async def turns(count=60):
    for _ in range(count):
        await asyncio.sleep(0)


def foreign(message, origin="somebody"):
    """A message as another process sends it."""
    assert message["origin"] == process_token()
    return {**message, "origin": origin}


async def introduced(clock, *hubs):
    """The hubs, when they know each other."""
    await clock.advance(0.3)
    await turns()
    return hubs


async def pass_time(clock, seconds):
    """Lets the time go by in steps in which all hubs say and hear what is due."""
    for _ in range(round(seconds * 2)):
        await clock.advance(0.5)
        await turns(10)


async def answer(one, *arguments):
    """The client acknowledges what it was asked."""
    while not one.answers:
        await turns(1)
    number, waiting = one.answers.popitem()
    waiting.set_result(list(arguments))
