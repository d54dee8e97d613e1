"""A whole client of Socket.IO in memory: both generations, both transports, as many namespaces as it asks for."""

import asyncio
import contextlib
from collections.abc import Iterable
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode

from django.conf import settings
from django.utils.module_loading import import_string

from realtime import conf
from realtime.adapter import frames_of
from realtime.exceptions import ConnectionRefused, Disconnected
from realtime.memory import EngineCommunicator, Websocket
from realtime.memory_login import acookie_of, cookie_of
from realtime.memory_sockets import WAIT, MemorySocket
from realtime.parsers import project_parser
from realtime.socketio.packet import Packet, PacketType

TRANSPORTS = ("websocket", "polling")
REVISIONS = {2: 3, 3: 4, 4: 4}  # major version of the client -> revision of Engine.IO


class SocketIOTestClient:
    """One client of the project's ASGI application, or of another one.

        async with SocketIOTestClient(transport="polling", version=2) as client:
            await client.aforce_login(ada)
            chat = await client.connect("/chat")
            assert await chat.call("save", "text") == {"ok": True}

    ``version`` is that of the JavaScript client it stands for: 2, 3 or 4. Pings are answered. ``query`` goes into the
    handshake. Everything on the way is real: cookies, origins, middleware, the transport's rules.
    """

    def __init__(
        self,
        application: Any = None,
        *,
        transport: str = "websocket",
        version: int = 4,
        headers: Iterable[tuple[bytes, bytes]] = (),
        query: dict[str, Any] | None = None,
        host: str = "testserver",
    ) -> None:
        if transport not in TRANSPORTS or version not in REVISIONS:
            raise ValueError(f"transport is one of {TRANSPORTS}, version one of {tuple(REVISIONS)}")
        application = application or import_string(settings.ASGI_APPLICATION)
        path, revision = conf.options().path, REVISIONS[version]
        self.engine = EngineCommunicator(application, path, revision=revision, headers=headers, host=host)
        self.transport, self.query = transport, query or {}
        self.namespaces: dict[str, ClientSocket] = {}
        self._parser = project_parser()
        self._decoder = self._parser.decoder()
        self._websocket: Websocket | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._posting = asyncio.Lock()

    def force_login(self, user: Any) -> None:
        """Logs the user in, with a session of its own, for the first connect. Not on a running loop."""
        self.engine.headers.append(cookie_of(user))

    async def aforce_login(self, user: Any) -> None:
        """As ``force_login``, to await."""
        self.engine.headers.append(await acookie_of(user))

    async def connect(
        self, namespace: str = "/", auth: dict[str, Any] | None = None, timeout: float = WAIT
    ) -> "ClientSocket":
        """Joins a namespace, after the handshake if it is the first. Raises ``ConnectionRefused``.

        Clients of version 2 send ``auth`` as the query of the namespace, so there is none for ``"/"``: ``ValueError``.
        """
        if self.engine.revision == 3 and namespace == "/" and auth:
            raise ValueError("clients of version 2 have no auth for '/': give query= to the client")
        old = self.engine.revision == 3
        if not self._tasks:
            if old:  # the server lets old clients into "/" without being asked
                self.namespaces["/"] = ClientSocket(self, "/")
            await self._open()
        if old and namespace == "/":
            return await self.namespaces["/"]._joined(timeout)
        socket = self.namespaces[namespace] = ClientSocket(self, namespace)
        name = f"{namespace}?{urlencode(auth)}" if old and auth else namespace
        await self._send(Packet(PacketType.CONNECT, name, None if old else auth))
        return await socket._joined(timeout)

    async def close(self) -> None:
        """Ends the connection as a client does that goes away."""
        if self._websocket is None and self._tasks:
            with contextlib.suppress(AssertionError):  # it is closed already
                await self._write("1")
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        if self._websocket is not None and self._websocket.code is None:
            await self._websocket.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    # -- the wire -------------------------------------------------------------------------------------------

    async def _open(self) -> None:
        if self.transport == "websocket":
            self._websocket = await self.engine.websocket(**self.query)
            reading = self._read(self._websocket)
        else:
            await self.engine.open(**self.query)
            reading = self._poll()
        self._tasks = [asyncio.ensure_future(reading)]
        if self.engine.revision == 3:  # there the client pings
            self._tasks.append(asyncio.ensure_future(self._ping(conf.options().ping_interval)))

    async def _read(self, websocket: Websocket) -> None:
        with contextlib.suppress(Disconnected):
            while True:
                await self._frame(await websocket.receive())
        self._ended()

    async def _poll(self) -> None:
        with contextlib.suppress(AssertionError):  # the session is over
            while "1" not in (frames := await self.engine.poll()):
                for frame in frames:
                    await self._frame(frame)
        self._ended()

    async def _ping(self, seconds: float) -> None:
        while True:
            await asyncio.sleep(seconds)
            await self._write("2")

    async def _frame(self, frame: str | bytes) -> None:
        if isinstance(frame, str) and frame[0] == "2":
            await self._write("3" + frame[1:])
        elif isinstance(frame, bytes) or frame[0] == "4":
            packet = self._decoder.add(frame[1:] if isinstance(frame, str) else frame)
            socket = self.namespaces.get(packet.namespace) if packet else None
            if socket is not None:
                socket._arrived(packet)

    async def _send(self, packet: Packet) -> None:
        await self._write(*frames_of(self._parser, packet))

    async def _write(self, *frames: str | bytes) -> None:
        if self._websocket is not None:
            return await self._websocket.send(*frames)
        async with self._posting:  # two at a time are against the protocol
            await self.engine.post(*frames)

    def _ended(self) -> None:
        for socket in self.namespaces.values():
            socket._arrived(Packet(PacketType.DISCONNECT, socket.namespace))


class ClientSocket(MemorySocket):
    """A namespace of a ``SocketIOTestClient``: ``emit``, ``call``, ``receive``, ``assert_emitted``, ``disconnect``."""

    def __init__(self, client: SocketIOTestClient, namespace: str) -> None:
        super().__init__()
        self.client, self.namespace = client, namespace

    async def disconnect(self) -> None:
        """Leaves the namespace; the connection stays."""
        await self._say(PacketType.DISCONNECT)
        self._gone = "io client disconnect"

    async def __aenter__(self) -> Self:
        return self

    async def _joined(self, timeout: float) -> Self:
        answer = await self._next(timeout)
        if answer.type is PacketType.CONNECT_ERROR:
            data = answer.data if isinstance(answer.data, dict) else {"message": answer.data}
            raise ConnectionRefused(data.get("message"), data.get("data"))
        if answer.type is not PacketType.CONNECT:
            raise Disconnected("the connection was closed")
        session = self.client.engine.sid
        old = session if self.namespace == "/" else f"{self.namespace}#{session}"
        self.sid = answer.data["sid"] if answer.data else old
        return self

    async def _say(self, kind: PacketType, data: Any = None, id: int | None = None) -> None:
        await self.client._send(Packet(kind, self.namespace, data, id))
