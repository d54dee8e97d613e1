"""The client's half of the wire, by hand: a websocket handshake, frames, and the opening of a Socket.IO client.

Masking is with four zero bytes: legal, and free for the generator. A server still does all of its work.
"""

import socket

HANDSHAKE = (
    "GET /{path}/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
    "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
    "User-Agent: benchmark\r\nCookie: sessionid={cookie}\r\n\r\n"
)


class WireError(Exception):
    """The server answered something that the benchmark does not expect."""


def header(length, masked=False):
    """The first bytes of a whole text frame (RFC 6455, section 5.2)."""
    bit = 0x80 if masked else 0
    if length < 126:
        return bytes((0x81, bit | length))
    if length < 65536:
        return bytes((0x81, bit | 126)) + length.to_bytes(2, "big")
    return bytes((0x81, bit | 127)) + length.to_bytes(8, "big")


def client_frame(text):
    """A text as the client sends it."""
    payload = text.encode()
    return header(len(payload), masked=True) + bytes(4) + payload


def server_frame(text):
    """A text as a server must send it."""
    payload = text.encode()
    return header(len(payload)) + payload


class Connection:
    """One client with a blocking socket. ``open`` shakes hands, ``join`` enters a namespace."""

    __slots__ = ("buffer", "sock")

    def __init__(self, port):
        self.sock = socket.create_connection(("127.0.0.1", port), timeout=20)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""

    def open(self, port, cookie, path="socket.io"):
        """Up to the Engine.IO open packet."""
        self.sock.sendall(HANDSHAKE.format(port=port, cookie=cookie, path=path).encode())
        while b"\r\n\r\n" not in self.buffer:
            self._more()
        head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
        if b" 101 " not in head.split(b"\r\n")[0]:
            raise WireError(head[:200])
        self._expect("0{")

    def join(self, namespace=None):
        """Enter ``/``, or the namespace of that name."""
        prefix = f"40/{namespace}," if namespace else "40"
        self.sock.sendall(client_frame(prefix))
        self._expect(prefix + "{")

    def _expect(self, start):
        while (text := self._text()) == "2":  # a heartbeat, where connecting everybody takes long
            self.sock.sendall(client_frame("3"))
        if not text.startswith(start):
            raise WireError(f"{text[:200]!r} instead of {start!r}...")

    def _text(self):
        while (frame := self._frame()) is None or frame[0] == 9:
            if frame is None:
                self._more()
        return frame[1].decode()

    def _frame(self):
        data = self.buffer
        if len(data) < 2 or (data[1] == 126 and len(data) < 4):
            return None
        start, length = (4, int.from_bytes(data[2:4], "big")) if data[1] == 126 else (2, data[1])
        if len(data) < start + length:
            return None
        self.buffer = data[start + length :]
        return data[0] & 15, data[start : start + length]

    def _more(self):
        data = self.sock.recv(65536)
        if not data:
            raise WireError("the server closed the connection")
        self.buffer += data
