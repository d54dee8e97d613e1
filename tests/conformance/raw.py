"""A client that does exactly what it is told: HTTP/1.1 and websocket bytes on a socket, nothing repaired or retried."""

import asyncio
import base64
import os
import struct
from typing import NamedTuple

PATIENCE = 5  # seconds for any one answer
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


class Answer(NamedTuple):
    """One HTTP answer; header names are in lower case."""

    status: int
    headers: list
    body: bytes

    @property
    def text(self):
        return self.body.decode()

    def header(self, name):
        """The value of a header, several joined by commas, or None."""
        found = [value for key, value in self.headers if key == name]
        return ", ".join(found) if found else None


class Closed(NamedTuple):
    """How a websocket ended. ``code`` is None for a close frame without one, 1006 for no close frame at all."""

    code: int | None


class Refused(Exception):
    """A websocket handshake that was answered with something else than 101."""

    def __init__(self, answer):
        self.answer = answer
        super().__init__(f"{answer.status} {answer.body[:80]!r}")


class Connection:
    """One TCP connection that speaks HTTP."""

    def __init__(self, host, port, reader, writer):
        self.host = f"{host}:{port}"
        self.reader, self.writer = reader, writer

    @classmethod
    async def open(cls, host, port):
        return cls(host, port, *await asyncio.open_connection(host, port, limit=2**24))

    def write(self, data):
        self.writer.write(data)

    def ask(self, method, target, headers=(), body=None):
        """Write a request; ``body`` None sends no body and no Content-Length."""
        lines = [f"{method} {target} HTTP/1.1", f"Host: {self.host}", *(f"{k}: {v}" for k, v in headers)]
        if body is not None:
            lines.append(f"Content-Length: {len(body)}")
        self.write("\r\n".join([*lines, "", ""]).encode("latin-1") + (body or b""))

    async def answer(self, method="GET"):
        """Read one answer whole."""
        async with asyncio.timeout(PATIENCE):
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            status = int(head[0].split()[1])
            pairs = (line.partition(":") for line in head[1:] if line)
            headers = [(name.lower(), value.strip()) for name, _, value in pairs]
            return Answer(status, headers, await self._body(method, status, dict(headers)))

    async def _body(self, method, status, headers):
        if method == "HEAD" or status in (101, 204, 304):
            return b""
        if headers.get("transfer-encoding") == "chunked":
            return await self._chunks()
        if "content-length" in headers:
            return await self.reader.readexactly(int(headers["content-length"]))
        return await self.reader.read()

    async def _chunks(self):
        body = b""
        while size := int(await self.reader.readline(), 16):
            body += (await self.reader.readexactly(size + 2))[:-2]
        await self.reader.readline()
        return body

    def cut(self):
        """End the TCP connection without a word."""
        self.writer.transport.abort()


class WebSocket(Connection):
    """A websocket over raw frames."""

    async def shake(self, target, headers=(), key=None):
        """Ask for the websocket; raises Refused with the answer when it is not 101."""
        key = key or base64.b64encode(os.urandom(16)).decode()
        asked = [("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Version", "13")]
        self.ask("GET", target, [*asked, ("Sec-WebSocket-Key", key), *headers])
        self.accepted = await self.answer()
        if self.accepted.status != 101:
            raise Refused(self.accepted)
        return self

    def frame(self, opcode, payload=b"", *, fin=True, masked=True, rsv=0):
        """Write one frame as told, legal or not."""
        size = len(payload)
        short = size if size < 126 else 126 if size < 65536 else 127
        extended = {126: ">H", 127: ">Q"}.get(short)
        head = bytes([fin << 7 | rsv << 4 | opcode, masked << 7 | short])
        head += struct.pack(extended, size) if extended else b""
        self.write(head + (self._mask(payload) if masked else payload))

    @staticmethod
    def _mask(payload):
        mask = os.urandom(4)
        size = len(payload)
        number = int.from_bytes(payload, "big") ^ int.from_bytes((mask * (size // 4 + 1))[:size], "big")
        return mask + number.to_bytes(size, "big")

    def send(self, data):
        """Write one message: str as a text frame, bytes as a binary one."""
        self.frame(TEXT, data.encode()) if isinstance(data, str) else self.frame(BINARY, data)

    async def receive(self, patience=PATIENCE):
        """The next message, or Closed; pings of the server are answered on the way."""
        async with asyncio.timeout(patience):
            try:
                return await self._message()
            except (asyncio.IncompleteReadError, ConnectionError):
                return Closed(1006)

    async def _message(self):
        kind, whole = None, b""
        while True:
            fin, opcode, payload = await self._read()
            if opcode == CLOSE:
                return Closed(struct.unpack(">H", payload[:2])[0] if payload else None)
            if opcode == PING:
                self.frame(PONG, payload)
            elif opcode != PONG:
                kind, whole = opcode or kind, whole + payload
                if fin:
                    return whole.decode() if kind == TEXT else whole

    async def _read(self):
        first, size = await self.reader.readexactly(2)
        if size >= 126:
            count = 2 if size == 126 else 8
            size = int.from_bytes(await self.reader.readexactly(count), "big")
        return bool(first & 128), first & 15, await self.reader.readexactly(size)

    async def until_closed(self, patience=PATIENCE):
        """Every message up to the end, then Closed, as a list."""
        got = [await self.receive(patience)]
        while not isinstance(got[-1], Closed):
            got.append(await self.receive(patience))
        return got

    def close(self, code=1000):
        self.frame(CLOSE, struct.pack(">H", code))
