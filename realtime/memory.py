"""A client of an ``EngineIO`` application in memory: raw HTTP polling and websockets, and a clock that tests move."""

import asyncio
import json
from collections import deque
from collections.abc import Iterable
from typing import Any, NamedTuple
from urllib.parse import urlencode

from realtime.engineio.packet import REVISIONS
from realtime.engineio.payload import decode_payload, encode_payload
from realtime.exceptions import Disconnected

SETTLE = 20  # turns of the loop in which the engine does what has become due


class Response(NamedTuple):
    """An HTTP answer. ``headers`` has lower-case names; of a name that comes twice the last counts."""

    status: int
    headers: dict[str, str]
    body: bytes


class Clock:
    """The time of the running loop, which ``advance`` moves on. Real time goes on meanwhile."""

    def __init__(self) -> None:
        self._loop: Any = asyncio.get_running_loop()
        self._real, self._ahead = self._loop.time, 0.0
        self._tell(self._now)

    def _now(self) -> Any:
        return self._real() + self._ahead

    async def advance(self, seconds: float) -> None:
        """Lets ``seconds`` pass at once, and whatever is due happen. All timers of the loop notice."""
        self._ahead += seconds
        for _ in range(SETTLE):
            await asyncio.sleep(0)

    def restore(self) -> None:
        """Gives the loop its own time back."""
        self._tell(self._real)

    def _tell(self, time: Any) -> None:
        self._loop.time = time


class EngineCommunicator:
    """One Engine.IO client, in revision 4 or 3. Frames are as on a websocket: ``"4hello"``, or ``bytes`` of a message.

        client = EngineCommunicator(application)
        opening = await client.open()
        await client.post("40")
        assert await client.poll() == ['40{"sid":"..."}']
        socket = await client.upgrade()
        assert await socket.receive() == "2"

    Nothing here times out; give the test a limit of its own.
    """

    def __init__(
        self,
        application: Any,
        path: str = "/socket.io/",
        *,
        revision: int = 4,
        headers: Iterable[tuple[bytes, bytes]] = (),
        host: str = "testserver",
    ) -> None:
        self.application, self.path, self.revision = application, path, revision
        self.headers = [(b"host", host.encode()), *headers]
        self.sid = None

    async def open(self, **query: Any) -> dict[str, Any]:
        """Shakes hands by polling; returns the opening's data. ``AssertionError`` with the answer if it is refused."""
        frames = await self.poll(**query)
        return self._opened(frames[0])

    async def poll(self, **query: Any) -> list[str | bytes]:
        """One GET; the frames of its answer. Waits as long as the engine lets it."""
        answer = await self.request("GET", query)
        assert answer.status == 200, answer
        binary = answer.headers.get("content-type") == "application/octet-stream"
        return [_frame(packet) for packet in decode_payload(self.revision, answer.body, binary)]

    async def post(self, *frames: Any, **query: Any) -> None:
        """One POST with these frames; returns when the engine has taken it."""
        body = encode_payload(self.revision, frames)
        headers = [(b"content-type", b"text/plain;charset=UTF-8")]
        answer = await self.request("POST", query, body if isinstance(body, bytes) else body.encode(), headers)
        assert (answer.status, answer.body) == (200, b"ok"), answer

    async def websocket(self, **query: Any) -> "Websocket":
        """A websocket: of this session, or, without one, for a new one (its open packet has been read then)."""
        socket = Websocket(self, self._scope("websocket", {"transport": "websocket", **query}, ()))
        await socket.opened()
        if self.sid is None:
            self._opened(await socket.receive())
        return socket

    async def upgrade(self) -> "Websocket":
        """From polling to a websocket, with a probe, as clients do it. Ends the poll that hangs."""
        socket = await self.websocket()
        await socket.send("2probe")
        assert (answer := await socket.receive()) == "3probe", answer
        await socket.send("5")
        return socket

    async def request(
        self,
        method: str,
        query: dict[str, Any] | None = None,
        body: bytes = b"",
        headers: Iterable[tuple[bytes, bytes]] = (),
    ) -> Response:
        """Any HTTP request under the path, as a ``Response``."""
        scope = {**self._scope("http", {"transport": "polling", **(query or {})}, headers), "method": method}
        incoming = deque([{"type": "http.request", "body": body, "more_body": False}])
        sent = []

        async def receive() -> Any:
            return incoming.popleft() if incoming else await asyncio.Future()

        async def send(message: Any) -> None:
            sent.append(message)

        await self.application(scope, receive, send)
        start, *parts = sent
        names = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in start["headers"]}
        return Response(start["status"], names, b"".join(part.get("body", b"") for part in parts))

    def _opened(self, frame: Any) -> dict[str, Any]:
        assert frame[:1] == "0", f"expected an open packet, got {frame!r}"
        data: dict[str, Any] = json.loads(frame[1:])
        self.sid = data["sid"]
        return data

    def _scope(self, kind: Any, query: Any, headers: Any) -> Any:
        full = {"EIO": self.revision, **({"sid": self.sid} if self.sid else {}), **query}
        return {
            "type": kind, "asgi": {"version": "3.0", "spec_version": "2.3"}, "http_version": "1.1",
            "path": self.path, "root_path": "",
            "raw_path": self.path.encode(), "query_string": urlencode(full).encode(),
            "headers": [*self.headers, *headers], "scheme": "ws" if kind == "websocket" else "http",
            "client": ("127.0.0.1", 50000), "server": ("testserver", 80), "subprotocols": [],
        }  # fmt: skip


class Websocket:
    """The client's end of a websocket in memory."""

    def __init__(self, client: Any, scope: Any) -> None:
        self._revision: Any = REVISIONS[client.revision]
        self._in: asyncio.Queue[Any] = asyncio.Queue()
        self._out: asyncio.Queue[Any] = asyncio.Queue()
        self._in.put_nowait({"type": "websocket.connect"})
        self.code = None  # the close code, once the server has closed
        self._task = asyncio.ensure_future(client.application(scope, self._in.get, self._out.put))

    async def opened(self) -> None:
        """Waits for the handshake. Raises ``Disconnected`` if it is refused."""
        message = await self._next()
        if message["type"] != "websocket.accept":
            raise Disconnected(f"the websocket was refused: {message}")

    async def send(self, *frames: Any) -> None:
        """Sends frames, each in a message of its own."""
        for frame in frames:
            wire = frame if isinstance(frame, str) else self._revision.encode_binary(frame)
            self._in.put_nowait({"type": "websocket.receive", "text" if isinstance(wire, str) else "bytes": wire})
            await asyncio.sleep(0)

    async def receive(self) -> str | bytes:
        """The next frame. Raises ``Disconnected`` when the server has closed; ``code`` says how."""
        if self.code is not None:
            raise Disconnected(f"the websocket is closed: {self.code}")
        message = await self._next()
        if message["type"] == "websocket.close":
            self.code = message.get("code", 1000)
            self._in.put_nowait({"type": "websocket.disconnect", "code": self.code})
            raise Disconnected(f"the websocket is closed: {self.code}")
        wire = message.get("text") if message.get("text") is not None else message["bytes"]
        return _frame(self._revision.decode_frame(wire))

    async def close(self, code: Any = 1000) -> None:
        """Closes, and waits until the application has ended."""
        self.code = code
        self._in.put_nowait({"type": "websocket.disconnect", "code": code})
        await self._task

    async def _next(self) -> Any:
        """The application's next message, or its exception."""
        get = asyncio.ensure_future(self._out.get())
        try:
            await asyncio.wait([get, self._task], return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:  # a test that waited long enough: the next frame is for its next receive()
            get.cancel()
            raise
        if not get.done() and self._out.empty():
            get.cancel()
            self._task.result()
            raise Disconnected("the application has ended")
        return await get


def _frame(packet: Any) -> str | bytes:
    return bytes(packet.data) if isinstance(packet.data, bytes | bytearray) else f"{packet.type:d}{packet.data}"
