"""Engine.IO sessions over raw.py, and the server that they talk to, as the tests see them."""

import asyncio
import contextlib
import json
import re
import urllib.parse
from pathlib import Path

from tests.conformance.raw import Closed, Connection, Refused, WebSocket

HANGING = 0.05  # seconds after which a request that was written has surely reached the engine
SEPARATOR = "\x1e"


def query(**values):
    return urllib.parse.urlencode(values)


class Server:
    """One running server: opens connections and sessions, and cuts what a test left open."""

    def __init__(self, process):
        self.process = process
        self.kind, self.host, self.port = process.server, "127.0.0.1", process.port
        self.origin = f"http://{self.host}:{self.port}"
        self.connections = []
        self.forgives = False  # tracebacks in the log: the application failed on purpose

    async def connection(self, cls=Connection):
        connection = await cls.open(self.host, self.port)
        self.connections.append(connection)
        return connection

    async def request(self, method, target, headers=(), body=None):
        """One request on a connection of its own."""
        connection = await self.connection()
        try:
            connection.ask(method, target, headers, body)
            return await connection.answer(method)
        finally:
            connection.cut()

    async def get(self, target, headers=()):
        return await self.request("GET", target, headers)

    async def websocket(self, target, headers=(), key=None):
        """A websocket, before its first frame; raises Refused."""
        return await (await self.connection(WebSocket)).shake(target, headers, key)

    async def polling(self, path="/engine.io/", eio=4, headers=(), **more):
        """An open polling session."""
        session = Polling(self, path, eio, more)
        await session.open(headers)
        return session

    async def direct(self, path="/engine.io/", eio=4, headers=(), **more):
        """An open websocket session; ``handshake`` is its first frame."""
        websocket = await self.websocket(f"{path}?{query(EIO=eio, transport='websocket', **more)}", headers)
        first = await websocket.receive()
        assert isinstance(first, str) and first[0] == "0", first
        websocket.handshake = json.loads(first[1:])
        return websocket

    async def refused(self, target, headers=()):
        """A websocket that must not come to anything; returns the HTTP answer, or Closed after a 101."""
        try:
            websocket = await self.websocket(target, headers)
        except Refused as refusal:
            return refusal.answer
        got = await websocket.until_closed()
        assert len(got) == 1, got
        return got[0]

    async def reason(self, name):
        """Why the session that called itself ``name`` was closed, as its handler was told; waits for it."""
        return (await self.get(f"/-/reason/{name}")).text

    async def serves(self, path="/engine.io/"):
        """The server is well: a new session echoes."""
        session = await self.polling(path)
        assert (await session.post("4well")).text == "ok"
        assert (await session.poll()).text == "4well"

    def memory(self):
        """Resident memory of the server, in bytes."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) * 1024

    def close(self):
        for connection in self.connections:
            connection.cut()


class Polling:
    """One long-polling session."""

    def __init__(self, server, path, eio, more):
        self.server, self.path, self.eio, self.more = server, path, eio, more

    async def open(self, headers=()):
        fields = query(EIO=self.eio, transport="polling", **self.more)
        self.opened = await self.server.get(f"{self.path}?{fields}", headers)
        assert self.opened.status == 200, self.opened
        text = self.opened.text.split(SEPARATOR)[0]
        length, _, rest = text.partition(":") if self.eio == 3 else (None, None, text)
        self.packet = rest[: int(length)] if self.eio == 3 else rest
        assert self.packet[0] == "0", self.opened
        self.handshake = json.loads(self.packet[1:])
        self.sid = self.handshake["sid"]

    @property
    def target(self):
        return f"{self.path}?{query(EIO=self.eio, transport='polling', sid=self.sid, **self.more)}"

    @property
    def upgrade(self):
        return f"{self.path}?{query(EIO=self.eio, transport='websocket', sid=self.sid, **self.more)}"

    async def poll(self, headers=()):
        return await self.server.get(self.target, headers)

    async def post(self, body, headers=(("Content-Type", "text/plain;charset=UTF-8"),)):
        body = body.encode() if isinstance(body, str) else body
        return await self.server.request("POST", self.target, headers, body)

    @contextlib.asynccontextmanager
    async def hanging(self):
        """A poll that is waiting in the engine; awaiting the value gives its answer."""
        poll = asyncio.create_task(self.poll())
        await asyncio.sleep(HANGING)
        assert not poll.done(), poll.result()
        try:
            yield poll
        finally:
            poll.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await poll

    async def packets(self, count):
        """Poll until ``count`` packets (revision 4) have come, leaving out noops; returns them."""
        got = []
        while len(got) < count:
            answer = await self.poll()
            assert answer.status == 200, (answer, got)
            got += [packet for packet in answer.text.split(SEPARATOR) if packet != "6"]
        return got

    async def alive(self):
        """The session goes on: a message comes back."""
        assert (await self.post("4alive" if self.eio == 4 else "6:4alive")).text == "ok"
        answer = await self.poll()
        assert "4alive" in answer.text, answer

    async def gone(self):
        """The session is over: its sid is unknown."""
        answer = await self.poll()
        assert_error(answer, 1)

    async def probe(self):
        """A websocket on this session whose probe was answered."""
        websocket = await self.server.websocket(self.upgrade)
        websocket.send("2probe")
        assert await websocket.receive() == "3probe"
        return websocket

    async def upgraded(self):
        """A websocket that has taken this session over."""
        websocket = await self.probe()
        assert (await self.poll()).text == ("6" if self.eio == 4 else "1:6")
        websocket.send("5")
        return websocket


MESSAGES = (
    "Transport unknown",
    "Session ID unknown",
    "Bad handshake method",
    "Bad request",
    "Forbidden",
    "Unsupported protocol version",
)


def assert_error(answer, code, message=None, status=400):
    """The answer is the engine's JSON error ``code``."""
    assert answer.status == status, answer
    assert answer.header("content-type").startswith("application/json"), answer
    assert json.loads(answer.text) == {"code": code, "message": message or MESSAGES[code]}


def is_closing(answer):
    """A poll's answer that ends the session: the close packet, alone or behind the noop of the poll it replaces."""
    return answer.status == 200 and answer.text in ("1", "6\x1e1")


def is_dead(ended):
    """What became of a refused websocket: an HTTP error, or a close after 101."""
    return isinstance(ended, Closed) or 400 <= ended.status < 500
