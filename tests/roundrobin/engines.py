"""Engines of several processes, in one: each has its own connection to a real Redis."""

import asyncio
import itertools

from django.utils.module_loading import import_string

from realtime.engine import Engine
from realtime.options import Options
from tests.engine.asgi import Scripted, open_polling

SECRET = b"the deployment's"
UNKNOWN = (400, b'{"code":1,"message":"Session ID unknown"}')


def identify(scope, headers):
    return headers.get("cookie")


async def until(condition):
    """Waits until this is true."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


class Balancer:
    """An ASGI application that gives each request to the next engine; ``through`` names the one for the next."""

    def __init__(self, redis, count=3, layer="realtime.layers.RedisPubSubChannelLayer", **options):
        self.layers = [import_string(layer)(hosts=[redis.url], prefix="roundrobin") for _ in range(count)]
        options = Options(path="/engine.io/", identify=identify, **options)
        self.engines = [Engine(Scripted, options, SECRET, layer) for layer in self.layers]
        self._next = itertools.cycle(range(count))

    async def __call__(self, scope, receive, send):
        await self.engines[next(self._next)](scope, receive, send)

    def through(self, which):
        """Requests from here on come to this engine."""
        self._next = itertools.repeat(which)
        return self

    @property
    def clients(self):
        """Of all engines."""
        return {sid: client for engine in self.engines for sid, client in engine.clients.items()}

    async def close(self):
        for engine in self.engines:
            engine.close()
            if engine.exchange is not None and not engine.exchange.lines.closed:
                await engine.exchange.leave(within=0.2)
        for layer in self.layers:
            await (getattr(layer, "close_pools", None) or layer.flush)()


async def elsewhere(balanced, eio=4, **more):
    """A polling session of engine 0, all of whose later requests come to engine 1."""
    session = await open_polling(balanced.through(0), eio, **more)
    balanced.through(1)
    return session


async def upgraded(session):
    """The websocket that has taken over this session."""
    websocket = await session.probing()
    websocket.write("5")
    await until(lambda: session.client.session.transport == "websocket")
    return websocket
