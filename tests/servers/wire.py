"""Websocket frames by hand, as a client sends and reads them."""

import asyncio
import contextlib
import socket
import struct

import uvicorn
from websockets.utils import apply_mask

HANDSHAKE = (
    "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n{extra}\r\n"
)
MASK = b"\x01\x7f\x80\xfe"
CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10


def frame(payload, kind=TEXT, *, fin=True, rsv=0, mask=MASK, length=None):
    """A client's frame. ``mask=None`` leaves it unmasked, ``length`` says another length than the payload has."""
    payload = payload.encode() if isinstance(payload, str) else payload
    size, bit = len(payload) if length is None else length, 0 if mask is None else 0x80
    head = bytes([(0x80 if fin else 0) | rsv << 4 | kind])
    if size < 126:
        head += bytes([bit | size])
    elif size < 65536:
        head += bytes([bit | 126]) + struct.pack("!H", size)
    else:
        head += bytes([bit | 127]) + struct.pack("!Q", size)
    if mask is None:
        return head + payload
    return head + mask + apply_mask(payload, mask)


class Client:
    """A connection after its handshake. ``read`` gives (kind, payload), with the reserved bits as a third if set."""

    def __init__(self, reader, writer):
        self.reader, self.writer, self.head = reader, writer, b""

    def write(self, *frames):
        for each in frames:
            self.writer.write(each)

    async def read(self):
        async with asyncio.timeout(10):
            first, second = await self.reader.readexactly(2)
            assert second < 128, "a server masks nothing"
            size = second
            if second == 126:
                (size,) = struct.unpack("!H", await self.reader.readexactly(2))
            elif second == 127:
                (size,) = struct.unpack("!Q", await self.reader.readexactly(8))
            payload = await self.reader.readexactly(size)
        assert first & 0x80, "a server fragments nothing"
        return (first & 15, payload, first & 0x70) if first & 0x70 else (first & 15, payload)

    async def close_code(self):
        """Reads up to the close frame; its code, and then the end of the connection."""
        kind, payload = 0, b""
        while kind != CLOSE:
            kind, payload = await self.read()
        self.write(frame(payload, CLOSE))
        return struct.unpack("!H", payload[:2])[0]


@contextlib.asynccontextmanager
async def serving(app, **config):
    """``connect``, a function that opens a Client of ``app`` in uvicorn with our protocol class, on this loop."""
    sock = socket.create_server(("127.0.0.1", 0))
    options = {"ws": "realtime.servers.uvicorn:WebSocketProtocol", "lifespan": "off", "log_config": None, **config}
    server = uvicorn.Server(uvicorn.Config(app, **options))
    task = asyncio.create_task(server.serve([sock]))
    clients = []

    async def connect(extra="", wait=True):
        reader, writer = await asyncio.open_connection(*sock.getsockname(), limit=1 << 20)
        client = Client(reader, writer)
        clients.append(client)
        client.write(HANDSHAKE.format(extra=extra).encode())
        if wait:
            async with asyncio.timeout(10):
                client.head = await reader.readuntil(b"\r\n\r\n")
        return client

    try:
        yield connect
    finally:
        for client in clients:
            client.writer.close()
        server.should_exit = server.force_exit = True
        await task
        sock.close()
