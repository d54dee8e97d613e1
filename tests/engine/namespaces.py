"""Applications behind the seam (scope type ``socketio``), and clients that join their namespaces."""

import asyncio
import json

from realtime.adapter import Hub
from realtime.engine.namespaces import SocketIOClient
from realtime.socketio.parser import JSONParser
from tests.engine.asgi import engine, open_websocket

SECRET = b"secret of the tests"


class Apps:
    """An ASGI application that keeps its calls. ``connect(call)`` runs for each; by default it accepts."""

    def __init__(self):
        self.calls = []

    async def __call__(self, scope, receive, send):
        call = Call(scope, receive, send)
        self.calls.append(call)
        try:
            await self.run(call)
        except asyncio.CancelledError:
            call.cancelled += 1
            raise
        finally:
            call.over.set()

    async def run(self, call):
        assert (await call.receive())["type"] == "socketio.connect"
        await self.connect(call)
        while call.messages[-1]["type"] != "socketio.disconnect":
            await call.receive()
            await self.handle(call, call.messages[-1])

    async def connect(self, call):
        await call.accept()

    async def handle(self, call, message):
        pass

    async def call(self, number=0):
        """The call of that number, as soon as there is one."""
        async with asyncio.timeout(5):
            while len(self.calls) <= number:  # noqa: ASYNC110
                await asyncio.sleep(0)
        return self.calls[number]


class Pending(Apps):
    """Does not answer until ``answer`` is set."""

    def __init__(self, *rooms):
        super().__init__()
        self.rooms, self.answer = rooms, asyncio.Event()

    async def connect(self, call):
        await call.join(*self.rooms)
        await call.emit("own", 1)
        await self.answer.wait()
        await call.accept()


class Call:
    """One call of the application."""

    def __init__(self, scope, receive, send):
        self.scope, self.send, self._receive = scope, send, receive
        self.messages, self.cancelled, self.over = [], 0, asyncio.Event()
        self.socket = scope["socket"]

    async def receive(self):
        self.messages.append(await self._receive())
        return self.messages[-1]

    def events(self):
        return [
            (message["event"], *message["args"]) for message in self.messages if message["type"] == "socketio.event"
        ]

    def reasons(self):
        return [message["reason"] for message in self.messages if message["type"] == "socketio.disconnect"]

    async def done(self):
        await asyncio.wait_for(self.over.wait(), 5)

    async def accept(self):
        await self.send({"type": "socketio.accept"})

    async def emit(self, event, *args, **flags):
        await self.send({"type": "socketio.emit", "event": event, "args": list(args), "flags": flags})

    async def join(self, *rooms):
        await self.send({"type": "socketio.join", "rooms": list(rooms)})

    def calling(self, event, *args, timeout=5):
        message = {"type": "socketio.call", "event": event, "args": list(args), "timeout": timeout}
        return asyncio.ensure_future(self.send(message))


def server(app, layer=None, **options):
    """An engine with Socket.IO on top, and its hub in ``engine.hub``."""
    hub = Hub(asyncio.get_running_loop(), JSONParser(), layer, SECRET)
    made = engine(lambda client: SocketIOClient(app, client, hub), **options)
    made.hub = hub
    return made


async def joined(app, namespace="/", **more):
    """A websocket client that is in the namespace; ``websocket.public`` is its id there."""
    websocket = await open_websocket(app, **more)
    await join(websocket, namespace)
    return websocket


async def join(websocket, namespace="/", auth=""):
    head = "" if namespace == "/" else f"{namespace},"
    websocket.write(f"40{head}{auth}")
    answer = await websocket.read()
    assert answer.startswith("40" + head), answer
    websocket.public = json.loads(answer[2 + len(head) :])["sid"]


async def until(condition):
    """Waits until it holds."""
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0)
