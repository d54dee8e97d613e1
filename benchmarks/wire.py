"""The client's half of the wire, by hand: a websocket handshake, frames, and the opening of a Socket.IO client.

Masking is with four zero bytes: legal, and free for the generator. A server still does all of its work.
"""

import json
import socket

REQUEST = "{method} /{path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUser-Agent: benchmark\r\n{cookie}"
UPGRADE = (
    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    "Sec-WebSocket-Version: 13\r\n\r\n"
)
TEXT, BINARY = 1, 2
PER_ADDRESS = 5_000  # clients: one address has some 28,000 ports, and those of closed connections stay in use a while


class WireError(Exception):
    """The server answered something that the benchmark does not expect."""


def header(length, kind=TEXT, masked=False):
    """The first bytes of a whole message in one frame (RFC 6455, section 5.2)."""
    first, bit = 0x80 | kind, 0x80 if masked else 0
    if length < 126:
        return bytes((first, bit | length))
    if length < 65536:
        return bytes((first, bit | 126)) + length.to_bytes(2, "big")
    return bytes((first, bit | 127)) + length.to_bytes(8, "big")


def client_frame(data):
    """A text or bytes as the client sends it."""
    payload, kind = (data.encode(), TEXT) if isinstance(data, str) else (data, BINARY)
    return header(len(payload), kind, masked=True) + bytes(4) + payload


def server_frame(data):
    """A text or bytes as a server must send it."""
    payload, kind = (data.encode(), TEXT) if isinstance(data, str) else (data, BINARY)
    return header(len(payload), kind) + payload


def request(port, path, method="GET", cookie=None):
    """The beginning of a request, up to where its own headers and the empty line follow."""
    cookie = f"Cookie: sessionid={cookie}\r\n" if cookie else ""
    return REQUEST.format(method=method, path=path, port=port, cookie=cookie)


def connected(port, number=0):
    """A blocking TCP connection, from one of several addresses of loopback."""
    source = (f"127.0.0.{2 + number // PER_ADDRESS}", 0)
    sock = socket.create_connection(("127.0.0.1", port), timeout=30, source_address=source)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


class Connection:
    """One websocket client, to be opened in steps so that many can be on their way: ``hello``, ``opened``, ``join``."""

    __slots__ = ("buffer", "identity", "sock")

    def __init__(self, port, number=0):
        self.sock = connected(port, number)
        self.buffer = b""

    def hello(self, port, cookie=None, eio=4):
        """Sends the handshake."""
        path = f"socket.io/?EIO={eio}&transport=websocket"
        self.sock.sendall((request(port, path, cookie=cookie) + UPGRADE).encode())

    def opened(self, eio=4):
        """Waits for the open packet, and with Engine.IO 3 for the main namespace, which nobody has to ask for."""
        while b"\r\n\r\n" not in self.buffer:
            self._more()
        head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
        if b" 101 " not in head.split(b"\r\n")[0]:
            raise WireError(head[:200])
        self._expect("0{")
        if eio == 3:
            self._expect("40")

    def ask(self, namespace=None, auth=None):
        """Asks for ``/``, or the namespace of that name."""
        self.sock.sendall(
            client_frame((f"40/{namespace}," if namespace else "40") + (json.dumps(auth) if auth else ""))
        )

    def joined(self, namespace=None):
        """Waits for the answer to ``ask``, which tells who the client is there."""
        start = f"40/{namespace}," if namespace else "40"
        return json.loads(self._expect(start + "{")[len(start) :])

    def claim(self):
        """Waits for an event; returns what a client shows that wants its state back after it, if it can."""
        _, *arguments = json.loads(self._expect("42[")[2:])
        return {"pid": self.identity["pid"], "offset": arguments[-1]} if "pid" in self.identity else None

    def call(self, event, argument):
        """Emits an event and waits for its acknowledgement. ``argument`` is JSON."""
        self.sock.sendall(client_frame(f'42100["{event}",{argument}]'))
        self._expect("43100[")

    def _expect(self, start):
        text = self._text()
        if not text.startswith(start):
            raise WireError(f"{text[:200]!r} instead of {start!r}...")
        return text

    def _text(self):
        while (frame := self._frame()) is None or frame[0] == 9:
            if frame is None:
                self._more()
        if frame[0] == 8:
            raise WireError(f"the server closed the websocket with {int.from_bytes(frame[1][:2], 'big')}")
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


class Http:
    """One HTTP connection that is kept open. ``answer`` is the body of a whole response, or None if more must come."""

    __slots__ = ("buffer", "sock")

    def __init__(self, port, number=0):
        self.sock, self.buffer = connected(port, number), b""

    def send(self, data):
        self.sock.sendall(data)

    def receive(self):
        """Takes what is there, then the same as ``answer``."""
        data = self.sock.recv(65536)
        if not data:
            raise WireError("the server closed the connection")
        self.buffer += data
        return self.answer()

    def answer(self):
        head, end, body = self.buffer.partition(b"\r\n\r\n")
        if not end:
            return None
        lower = head.lower()
        if b" 200 " not in head.split(b"\r\n")[0] + b" ":
            raise WireError(self.buffer[:300])
        if b"content-length:" in lower:
            length = int(lower.partition(b"content-length:")[2].split(b"\r\n")[0])
            return self._done(body[:length]) if len(body) >= length else None
        return self._done(_unchunked(body)) if body.endswith(b"0\r\n\r\n") else None

    def _done(self, body):
        self.buffer = b""
        return body

    def whole(self):
        """Waits for a whole response."""
        while (body := self.receive()) is None:
            pass
        return body


def _unchunked(body):
    whole = b""
    while body:
        size, _, body = body.partition(b"\r\n")
        whole, body = whole + body[: int(size, 16)], body[int(size, 16) + 2 :]
    return whole
