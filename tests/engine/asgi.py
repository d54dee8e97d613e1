"""Both ends of an ASGI connection in memory: what a server would do, with nothing between."""

import asyncio
import json

from realtime.engine import Engine
from realtime.options import Options

TIMEOUT = 5  # seconds after which a test that waits has failed


class Scripted:
    """An engine's handler that keeps what it is told; the tests write through ``client``."""

    def __init__(self, client):
        self.client, self.messages, self.reasons = client, [], []

    def message(self, data):
        self.messages.append(data)

    def closed(self, reason):
        self.reasons.append(reason)


def engine(handler=Scripted, **options):
    """An ``Engine`` at /engine.io/ with short patience."""
    return Engine(handler, Options(path="/engine.io/", **options))


class Connection:
    """One HTTP request or websocket. ``sent`` is what the application sent; a closed ``gate`` makes its sends wait."""

    def __init__(self, app, query, kind, method="GET", headers=(), path="/engine.io/", **scope):
        self.scope = {
            "type": kind,
            "path": path,
            "query_string": query.encode(),
            "headers": [(name.encode(), value.encode()) for name, value in dict(headers).items()],
            "client": ["127.0.0.1", 1],
            "scheme": "ws" if kind == "websocket" else "http",
            **({"method": method} if kind == "http" else {}),
            **scope,
        }
        self.incoming, self.sent, self.taken = asyncio.Queue(), [], 0
        self.gate, self.news = asyncio.Event(), asyncio.Event()
        self.gate.set()
        self.fails = None
        self.task = asyncio.get_running_loop().create_task(app(self.scope, self.incoming.get, self.send))

    async def send(self, message):
        if not self.gate.is_set():
            await self.gate.wait()
        if self.fails is not None:
            raise self.fails
        self.sent.append(message)
        self.news.set()

    async def next(self):
        """The next message that the application sent."""
        async with asyncio.timeout(TIMEOUT):
            while self.taken >= len(self.sent):
                self.news.clear()
                await self.news.wait()
        self.taken += 1
        return self.sent[self.taken - 1]

    async def done(self):
        """Waits for the application; raises what it raised."""
        return await asyncio.wait_for(asyncio.shield(self.task), TIMEOUT)

    def cut(self):
        """The client goes away without a word."""
        kind = "websocket" if self.scope["type"] == "websocket" else "http"
        self.incoming.put_nowait({"type": f"{kind}.disconnect", "code": 1006})


class Request(Connection):
    """An HTTP request."""

    def __init__(self, app, query, body=None, method=None, **more):
        super().__init__(app, query, "http", method or ("GET" if body is None else "POST"), **more)
        if body is not None:
            self.incoming.put_nowait({"type": "http.request", "body": body})

    async def answer(self):
        """Status and body."""
        start, body = await self.next(), await self.next()
        return start["status"], body["body"]


class WebSocket(Connection):
    """A websocket, not yet accepted."""

    def __init__(self, app, query, **more):
        super().__init__(app, query, "websocket", **more)
        self.incoming.put_nowait({"type": "websocket.connect"})

    async def accepted(self):
        assert (await self.next())["type"] == "websocket.accept"
        return self

    def write(self, *frames):
        for frame in frames:
            key = "text" if isinstance(frame, str) else "bytes"
            self.incoming.put_nowait({"type": "websocket.receive", key: frame})

    async def read(self):
        """The next frame, or ``("closed", code)``."""
        message = await self.next()
        if message["type"] == "websocket.close":
            return "closed", message.get("code", 1000)
        assert message["type"] == "websocket.send"
        return message.get("text", message.get("bytes"))

    async def read_many(self, count):
        return [await self.read() for _ in range(count)]


class Polling:
    """A session over polling. ``client`` is the engine's own, ``handler`` what was called for it."""

    def __init__(self, app, engine, sid, eio, headers):
        self.app, self.sid, self.headers = app, sid, headers
        self.query = f"EIO={eio}&transport=polling&sid={sid}"
        self.client = engine.clients[sid]

    @property
    def handler(self):
        return self.client.handler

    def get(self, **more):
        return Request(self.app, self.query, headers=self.headers, **more)

    def post(self, body, **more):
        return Request(
            self.app, self.query, body.encode() if isinstance(body, str) else body, headers=self.headers, **more
        )

    async def poll(self):
        return await self.get().answer()

    async def say(self, body):
        return await self.post(body).answer()

    def upgrade(self, **more):
        return WebSocket(self.app, self.query.replace("polling", "websocket"), headers=self.headers, **more)

    async def probing(self):
        """A websocket that has got its 3probe."""
        websocket = await self.upgrade().accepted()
        websocket.write("2probe")
        assert await websocket.read() == "3probe"
        return websocket


async def open_polling(app, eio=4, query="", headers=(), engine=None):
    """Shakes hands over polling."""
    request = Request(app, f"EIO={eio}&transport=polling{query}", headers=headers)
    status, body = await request.answer()
    assert status == 200, body
    text = body.decode()
    opening = json.loads(text[text.index("{") : text.index("}") + 1])
    return Polling(app, engine or app, opening["sid"], eio, headers)


async def open_websocket(app, eio=4, query="", headers=(), engine=None, **more):
    """Shakes hands over a websocket; it has ``client`` and ``handler`` too."""
    websocket = await WebSocket(app, f"EIO={eio}&transport=websocket{query}", headers=headers, **more).accepted()
    opening = await websocket.read()
    websocket.sid = json.loads(opening[1:])["sid"]
    await turns()
    websocket.client = (engine or app).clients[websocket.sid]
    websocket.handler = websocket.client.handler
    return websocket


async def turns(count=10):
    """Lets everything that is ready run."""
    for _ in range(count):
        await asyncio.sleep(0)
