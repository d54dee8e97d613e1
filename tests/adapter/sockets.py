"""A member of rooms as a hub sees one: the engine's socket behind a client that keeps what it is sent."""

import asyncio
import contextlib
import threading

from realtime.adapter import Hub, hub_for
from realtime.socketio.parser import JSONParser

SECRET = b"secret of the tests"


class Member:
    """A socket that only listens: what a hub needs of one."""

    def __init__(self, hub, sid, namespace="/", user=None):
        self.hub, self.sid, self.namespace, self.user = hub, sid, namespace, user
        self.joined, self.heard, self.flags, self.closed = set(), [], [], None
        self.connected, self.data, self.handshake, self.state = True, {}, {}, None
        self.answers = {}

    @property
    def rooms(self):
        return frozenset((self.sid, *self.joined))

    def deliver(self, frames, flags=None):
        self.heard.append(list(frames))
        self.flags.append(flags)

    @staticmethod
    def fan_out(members, frames):
        for one in members:
            one.deliver(frames)

    def disconnect(self, close=False):
        self.closed = close
        self.hub.remove(self)

    def expect_ack(self, number):
        self.answers[number] = asyncio.get_running_loop().create_future()
        return self.answers[number]

    def forget_ack(self, number):
        self.answers.pop(number, None)


def new_hub(layer=None):
    return Hub(asyncio.get_running_loop(), JSONParser(), layer, SECRET)


async def member(hub, sid, *rooms, namespace="/", user=None):
    """A member that has joined."""
    new = Member(hub, sid, namespace, user)
    await hub.add(new)
    await hub.join(new, rooms)
    return new


@contextlib.asynccontextmanager
async def member_in_another_thread(*rooms):
    """The member "other" of a hub whose loop runs in a thread of its own until the block ends."""
    ready, found = threading.Event(), {}

    async def other():
        found["member"] = await member(hub_for(JSONParser(), None, SECRET), "other", *rooms)
        found["end"] = asyncio.Event()
        ready.set()
        await found["end"].wait()

    thread = threading.Thread(target=lambda: asyncio.run(other()))
    thread.start()
    try:
        assert await asyncio.to_thread(ready.wait, 5)
        yield found["member"]
    finally:
        found["member"].hub.loop.call_soon_threadsafe(found["end"].set)
        await asyncio.to_thread(thread.join)
