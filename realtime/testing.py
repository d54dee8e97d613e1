"""Tools for tests, in memory: drive namespaces as a client would, and see what was emitted.

``NamespaceCommunicator`` runs a consumer (or a router, or a whole middleware stack) behind the engine's own socket and
codec; there is no server and no transport. ``SocketIOTestClient`` is a whole client, of either generation and over
either transport, of the project's ASGI application. ``EngineCommunicator`` talks raw Engine.IO to an ``EngineIO``
application, ``Clock`` lets its time pass. ``outbox`` holds what ``namespace(...).emit(...)`` was called with, and
empties itself with each test. ``LiveServer`` alone is not in memory: a real daphne, for real clients.
``realtime.pytest_plugin`` has them as fixtures. docs/how-to/test-your-namespaces.md
"""

import asyncio
import time
from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any, Self

from channels.layers import get_channel_layer

from realtime import conf
from realtime.adapter import frames_of, hub_for
from realtime.engine.namespaces import SocketIOClient
from realtime.exceptions import ConnectionRefused, Disconnected
from realtime.live_server.server import LiveServer, SocketIOLiveServerTestCase
from realtime.memory import Clock, EngineCommunicator
from realtime.memory_client import ClientSocket, SocketIOTestClient
from realtime.memory_login import acookie_of, cookie_of
from realtime.memory_sockets import WAIT, MemorySocket, Received
from realtime.outbox import Emitted, outbox
from realtime.parsers import project_parser
from realtime.socketio.packet import Packet, PacketType

__all__ = [
    "ClientSocket",
    "Clock",
    "Emitted",
    "EngineCommunicator",
    "LiveServer",
    "NamespaceCommunicator",
    "Received",
    "SocketIOLiveServerTestCase",
    "SocketIOTestClient",
    "outbox",
]


class NamespaceCommunicator(MemorySocket):
    """One client in one namespace.

        chat = NamespaceCommunicator(Chat.as_asgi(), "/chat", user=ada)
        await chat.connect({"token": "..."})
        await chat.emit("message", "lobby", "hi")
        assert await chat.receive() == ("message", "ada", "hi")
        assert await chat.call("save", "text") == {"ok": True}
        await chat.disconnect()

    ``async with NamespaceCommunicator(...) as chat:`` connects and disconnects. Communicators of one test share rooms,
    and hear each other's broadcasts. ``headers`` are raw pairs of bytes, ``user`` and ``session`` go into the scope,
    further ``scope`` items too; ``options`` are the engine's.
    """

    def __init__(
        self,
        application: Any,
        namespace: str = "/",
        *,
        headers: Iterable[tuple[bytes, bytes]] = (),
        query_string: bytes = b"",
        user: Any = None,
        session: Any = None,
        scope: dict[str, Any] | None = None,
        **options: Any,
    ) -> None:
        super().__init__()
        self.application, self.namespace = application, namespace
        self.given = {key: value for key, value in {"user": user, "session": session}.items() if value is not None}
        self.given.update(scope or {})
        self.scope: dict[str, Any] | None = None  # as the application got it
        self._transport = _Transport(headers, query_string, conf.options(**options), self._written)
        self._client: Any = None
        self._decoder: Any = None

    def force_login(self, user: Any) -> None:
        """Logs the user in for ``connect``: in the scope, and by a session cookie. Not on a running loop."""
        self._logged_in(user, cookie_of(user))

    async def aforce_login(self, user: Any) -> None:
        """As ``force_login``, to await."""
        self._logged_in(user, await acookie_of(user))

    def _logged_in(self, user: Any, cookie: tuple[bytes, bytes]) -> None:
        self.given["user"] = user
        self._transport.scope["headers"].append(cookie)

    # -- what a client does ---------------------------------------------------------------------------------

    async def connect(self, auth: Any = None, user: Any = None, timeout: float = WAIT) -> Self:
        """Joins the namespace; returns this communicator. Raises ``ConnectionRefused`` with message and data."""
        if user is not None:
            self.given["user"] = user
        options = self._transport.options
        layer = get_channel_layer(options.channel_layer) if options.channel_layer else None
        hub = hub_for(project_parser(), layer)
        self._decoder = hub.parser.decoder()
        self._client = SocketIOClient(self._enter, self._transport, hub)
        self._transport.told = self._closed
        await self._say(PacketType.CONNECT, auth)
        answer = await self._next(timeout)
        if answer.type is PacketType.CONNECT_ERROR:
            self._client.closed("transport close")
            raise ConnectionRefused(answer.data.get("message"), answer.data.get("data"))
        if answer.type is PacketType.DISCONNECT:
            raise Disconnected(f"the server has ended the connection: {self._transport.closed}")
        self.sid = answer.data["sid"]
        return self

    async def __aenter__(self) -> Self:
        return self if self._client is not None else await self.connect()

    async def disconnect(self, reason: str = "client namespace disconnect", timeout: float = WAIT) -> None:
        """Leaves the namespace, and waits until the application has ended."""
        (socket,) = self._client._connection.joined.values() or (None,)
        if reason == "client namespace disconnect":
            await self._say(PacketType.DISCONNECT)
        self._client.closed(reason)
        if socket is not None:
            _, running = await asyncio.wait([socket.task], timeout=timeout)
            if running:
                raise TimeoutError(f"{socket.namespace} has not ended within {timeout:g} seconds: a handler still runs")

    # -- the wire -------------------------------------------------------------------------------------------

    def _closed(self, reason: str) -> None:
        """The server has ended the connection, whatever it said before."""
        self._client.closed(reason)
        self._packets.put_nowait(Packet(PacketType.DISCONNECT, self.namespace))

    async def _enter(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        self.scope = {**scope, **self.given}
        await self.application(self.scope, receive, send)

    async def _say(self, kind: PacketType, data: Any = None, id: int | None = None) -> None:
        if self._client is None:
            raise RuntimeError("connect() first")
        first, *attachments = frames_of(self._client.hub.parser, Packet(kind, self.namespace, data, id))
        for frame in (first[1:] if isinstance(first, str) else first, *attachments):
            self._client.message(frame)

    def _written(self, frames: Iterable[str | bytes]) -> None:
        for frame in frames:
            packet = self._decoder.add(frame[1:] if isinstance(frame, str) else frame)
        self._arrived(packet)


class _Transport:
    """A session without a transport: what is written arrives at once."""

    def __init__(self, headers: Any, query_string: Any, options: Any, written: Any) -> None:
        self.scope = {
            "type": "websocket", "path": options.path, "headers": list(headers), "query_string": query_string,
            "client": ("127.0.0.1", 0), "server": ("testserver", 80), "scheme": "ws",
        }  # fmt: skip
        self.session = SimpleNamespace(revision=4, transport="websocket")
        self.options, self.write = options, written
        self.sid, self.time = "memory", time.time()
        self.compress, self.writable, self.outbox = True, True, ()
        self.details = None
        self.idle = False  # there is no websocket to write to directly: everything comes through write()
        self.closed: Any = None  # the reason for which the server has ended the connection
        self.told: Any = None  # hears of it

    def close(self, reason: Any = "forced server close") -> None:
        if self.closed is None:
            self.closed = reason
            self.told(reason)

    abort = close

    async def drain(self) -> None:
        pass
