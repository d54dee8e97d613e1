"""Tools for tests, all in memory: drive one namespace as a client would, and see what was emitted.

``NamespaceCommunicator`` runs a consumer (or a router, or a whole middleware stack) behind the engine's own socket and
codec; there is no server and no transport. ``EngineCommunicator`` talks raw Engine.IO to an ``EngineIO`` application,
``Clock`` lets its time pass. ``outbox`` holds what ``namespace(...).emit(...)`` was called with, and
empties itself with each test.
"""

import asyncio
import itertools
import time
from types import SimpleNamespace

from channels.layers import get_channel_layer

from realtime import conf
from realtime.adapter import frames_of, hub_for
from realtime.engine.namespaces import SocketIOClient
from realtime.exceptions import AckTimeout, ConnectionRefused, Disconnected
from realtime.memory import Clock, EngineCommunicator
from realtime.operators import one_or_many
from realtime.outbox import Emitted, outbox
from realtime.parsers import project_parser
from realtime.socketio.packet import Packet, PacketType

__all__ = ["Clock", "Emitted", "EngineCommunicator", "NamespaceCommunicator", "Received", "outbox"]

WAIT = 5.0  # seconds after which a test that waits for something has failed


class Received(tuple):
    """An event that came: equal to ``(event, *args)``. ``await ack(*args)`` where an answer is wanted."""

    def __new__(cls, packet, acknowledge):
        self = super().__new__(cls, packet.data)
        self.event, self.args, self.id = packet.data[0], packet.data[1:], packet.id
        self._acknowledge = acknowledge
        return self

    async def ack(self, *args):
        """Acknowledges the event with these arguments."""
        self._acknowledge(self.id, list(args))


class NamespaceCommunicator:
    """One client in one namespace.

        chat = NamespaceCommunicator(Chat.as_asgi(), "/chat", user=ada)
        await chat.connect({"token": "..."})
        await chat.emit("message", "lobby", "hi")
        assert await chat.receive() == ("message", "ada", "hi")
        assert await chat.call("save", "text") == {"ok": True}
        await chat.disconnect()

    Communicators of one test share rooms, and hear each other's broadcasts. ``headers`` are raw pairs of bytes,
    ``user`` and ``session`` go into the scope, further ``scope`` items too; ``options`` are the engine's.
    """

    def __init__(
        self,
        application,
        namespace="/",
        *,
        headers=(),
        query_string=b"",
        user=None,
        session=None,
        scope=None,
        **options,
    ):
        self.application, self.namespace = application, namespace
        self.given = {key: value for key, value in {"user": user, "session": session}.items() if value is not None}
        self.given.update(scope or {})
        self.scope = None  # as the application got it
        self.sid = None
        self._transport = _Transport(headers, query_string, conf.options(**options), self._written)
        self._packets, self._acks, self._ids = asyncio.Queue(), {}, itertools.count()
        self._client = self._decoder = self._gone = None

    # -- what a client does ---------------------------------------------------------------------------------

    async def connect(self, auth=None, user=None, timeout=WAIT):
        """Joins the namespace; returns this communicator. Raises ``ConnectionRefused`` with message and data."""
        if user is not None:
            self.given["user"] = user
        options = self._transport.options
        layer = get_channel_layer(options.channel_layer) if options.channel_layer else None
        hub = hub_for(project_parser(), layer)
        self._decoder = hub.parser.decoder()
        self._client = SocketIOClient(self._enter, self._transport, hub)
        self._say(PacketType.CONNECT, auth)
        answer = await self._next(timeout)
        if answer.type is PacketType.CONNECT_ERROR:
            self._client.closed("transport close")
            raise ConnectionRefused(answer.data.get("message"), answer.data.get("data"))
        self.sid = answer.data["sid"]
        return self

    async def emit(self, event, *args):
        """Sends an event. The application handles it in its own time: ``call`` and ``receive`` wait for that."""
        self._say(PacketType.EVENT, [event, *args])

    async def call(self, event, *args, timeout=WAIT):
        """Sends an event and returns the acknowledgement: None, one value, or a tuple. ``AckTimeout`` without one."""
        number = next(self._ids)
        self._acks[number] = asyncio.get_running_loop().create_future()
        self._say(PacketType.EVENT, [event, *args], number)
        try:
            return one_or_many(await asyncio.wait_for(self._acks[number], timeout))
        except TimeoutError:
            raise AckTimeout(f"{event!r} was not acknowledged") from None
        finally:
            del self._acks[number]

    async def receive(self, timeout=WAIT):
        """The next event, as ``Received``. Raises ``TimeoutError``, or ``Disconnected`` after the server's end."""
        packet = await self._next(timeout)
        if packet.type is PacketType.DISCONNECT:
            self._gone = "io server disconnect"
            raise Disconnected(self._gone)
        return Received(packet, lambda id, args: self._say(PacketType.ACK, args, id))

    async def receive_nothing(self, timeout=0.1):
        """Whether nothing comes within ``timeout`` seconds."""
        try:
            packet = await asyncio.wait_for(self._packets.get(), timeout)
        except TimeoutError:
            return True
        self._packets.put_nowait(packet)
        return False

    async def disconnect(self, reason="client namespace disconnect", timeout=WAIT):
        """Leaves the namespace, and waits until the application has ended."""
        (socket,) = self._client._connection.joined.values() or (None,)
        if reason == "client namespace disconnect":
            self._say(PacketType.DISCONNECT)
        self._client.closed(reason)
        if socket is not None:
            await asyncio.wait_for(asyncio.shield(socket.task), timeout)

    # -- the wire -------------------------------------------------------------------------------------------

    async def _enter(self, scope, receive, send):
        self.scope = {**scope, **self.given}
        await self.application(self.scope, receive, send)

    def _say(self, kind, data=None, id=None):
        if self._client is None:
            raise RuntimeError("connect() first")
        first, *attachments = frames_of(self._client.hub.parser, Packet(kind, self.namespace, data, id))
        for frame in (first[1:] if isinstance(first, str) else first, *attachments):
            self._client.message(frame)

    def _written(self, frames):
        for frame in frames:
            packet = self._decoder.add(frame[1:] if isinstance(frame, str) else frame)
        if packet.type is PacketType.ACK:
            if packet.id in self._acks and not self._acks[packet.id].done():
                self._acks[packet.id].set_result(packet.data)
        else:
            self._packets.put_nowait(packet)

    async def _next(self, timeout):
        if self._gone is not None:
            raise Disconnected(self._gone)
        return await asyncio.wait_for(self._packets.get(), timeout)


class _Transport:
    """A session without a transport: what is written arrives at once."""

    def __init__(self, headers, query_string, options, written):
        self.scope = {
            "type": "websocket", "path": options.path, "headers": list(headers), "query_string": query_string,
            "client": ("127.0.0.1", 0), "server": ("testserver", 80), "scheme": "ws",
        }  # fmt: skip
        self.session = SimpleNamespace(revision=4, transport="websocket")
        self.options, self.write = options, written
        self.sid, self.time = "memory", time.time()
        self.compress, self.writable, self.outbox = True, True, ()
        self.idle = False  # there is no websocket to write to directly: everything comes through write()
        self.closed = None  # the reason for which the server has ended the connection

    def close(self, reason="forced server close"):
        self.closed = self.closed or reason

    abort = close

    async def drain(self):
        pass
