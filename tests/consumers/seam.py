"""The engine's side of docs/spec/socketio.md in memory: what a consumer sends is a list, what it gets is a queue."""

import asyncio
from contextlib import asynccontextmanager

WAIT = 5.0  # seconds after which a test has failed


class Seam:
    """One socket. ``sent`` are the messages of the consumer, less the accept.

    ``answers`` is what its calls are answered: lists, or futures.
    """

    def __init__(self, consumer, namespace="/chat", **scope):
        self.app = consumer.as_asgi()
        self.connected, self.rooms, self.data = False, frozenset({"sid1"}), {}
        self.transport_name = "polling"
        self.sent, self.answers = [], []
        self._inbox, self._news, self.task = asyncio.Queue(), asyncio.Event(), None
        handshake = {"auth": None, "address": "127.0.0.1", "time": 1.5, "secure": True, "xdomain": False}
        self.scope = {
            "type": "socketio", "asgi": {"version": "3.0", "spec_version": "1.0"},
            "path": namespace, "path_remaining": namespace, "namespace": namespace, "sid": "sid1",
            "headers": [(b"host", b"example.com"), (b"cookie", b"a=1"), (b"cookie", b"b=2"), *[(b"x-two", b"1")] * 2],
            "query_string": b"token=1&token=2&EIO=4", "client": ("127.0.0.1", 1), "server": None, "scheme": "https",
            "handshake": {**handshake, "url": "/socket.io/?EIO=4", "transport": "polling", "protocol": 4},
            "socket": self, "server_operator": None, **scope,
        }  # fmt: skip

    # -- the engine -----------------------------------------------------------------------------------------

    async def send(self, message):
        kind = message["type"]
        if kind == "socketio.accept":
            self.connected = True
        elif kind == "socketio.close":
            self.leave("server namespace disconnect")
        elif kind == "socketio.join":
            self.rooms |= set(message["rooms"])
        elif kind == "socketio.leave":
            self.rooms -= set(message["rooms"])
        if kind != "socketio.accept":
            self.sent.append(message)
        self._news.set()
        if kind == "socketio.call":
            answer = self.answers.pop(0)
            if isinstance(answer, asyncio.Future):
                return await answer
            return answer

    def put(self, kind, **keys):
        self._inbox.put_nowait({"type": f"socketio.{kind}", **keys})

    def leave(self, reason):
        if self.connected:
            self.connected = False
            self.put("disconnect", reason=reason)

    # -- the client -----------------------------------------------------------------------------------------

    def ask(self, auth=None, recovered=False):
        self.put("connect", auth=auth, recovered=recovered)
        self.task = asyncio.get_running_loop().create_task(self.app(self.scope, self._inbox.get, self.send))
        self.task.add_done_callback(lambda task: self._news.set())

    async def until(self, condition):
        async with asyncio.timeout(WAIT):
            while not condition():
                self._news.clear()
                await self._news.wait()

    async def connect(self, auth=None):
        self.ask(auth)
        await self.until(lambda: self.connected or self.task.done())

    def emit(self, event, *args, id=None):
        self.put("event", event=event, args=list(args), id=id)

    async def call(self, event, *args):
        """The arguments of the ack."""
        seen = len(self.sent)
        self.emit(event, *args, id=seen)
        await self.until(lambda: self.acks(seen))
        return self.acks(seen)[0]

    def acks(self, id):
        return [each["args"] for each in self.sent if each["type"] == "socketio.ack" and each["id"] == id]

    async def disconnect(self, reason="client namespace disconnect"):
        self.leave(reason)
        await self.ended()

    async def ended(self):
        async with asyncio.timeout(WAIT):
            await self.task


@asynccontextmanager
async def joined(consumer, **scope):
    """A seam whose client has joined; it leaves at the end."""
    seam = Seam(consumer, **scope)
    await seam.connect()
    try:
        yield seam
    finally:
        if not seam.task.done():
            await seam.disconnect()


def error(code, message=None):
    """Equals the arguments of an ack that says this error."""

    class Expected:
        def __eq__(self, args):
            (argument,) = args
            found = argument["error"]
            return found["code"] == code and message in (None, found["message"])

        def __repr__(self):
            return f"<{code}: {message}>"

    return Expected()
