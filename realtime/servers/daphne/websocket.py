"""A websocket that accepts with headers, is refused with any answer, closes with any code, and takes empty frames."""

from http import HTTPStatus
from typing import Any

from autobahn.websocket.types import ConnectionDeny
from daphne.ws_protocol import WebSocketProtocol
from twisted.internet.interfaces import ISSLTransport

from ..fragments import MOST, too_many
from .deflate import THRESHOLD
from .flow import Outgoing


class WebSocket(WebSocketProtocol):
    """daphne's protocol, complete by the ASGI specification."""

    _denied: Any = None  # the start of an answer other than the handshake
    _fragments = 0  # of the message that is coming

    def connectionMade(self) -> None:  # noqa: N802 - Twisted's names
        super().connectionMade()
        self.flow = Outgoing()
        self.transport.unregisterProducer()  # the HTTP channel that read the handshake
        self.transport.registerProducer(self.flow, True)

    def onConnect(self, request: Any) -> Any:  # noqa: N802
        """Refuses what daphne could not decode, and would answer with 500 and a traceback."""
        self.server = self.factory.server_class
        told = request.path, request.headers.get("sec-websocket-protocol", ""), *request.headers
        if not all(map(str.isascii, told)):
            deny: Any = ConnectionDeny  # it has no types
            raise deny(ConnectionDeny.BAD_REQUEST, "Bad Request")
        return super().onConnect(request)

    @property
    def scheme(self) -> Any:
        """``ws`` or ``wss``, or None where only a proxy knows that does not tell."""
        if ISSLTransport.providedBy(self.transport):
            return "wss"
        told = getattr(self, "client_scheme", None)
        return told and ("wss" if told in ("https", "wss") else "ws")

    def onMessageBegin(self, isBinary: bool) -> None:  # noqa: N802, N803 - autobahn's names
        self._fragments = 0
        super().onMessageBegin(isBinary)

    def onMessageFrameBegin(self, length: int) -> None:  # noqa: N802
        super().onMessageFrameBegin(length)
        self._fragments += 1
        if not self.failedByMe and too_many(self._fragments):
            self._max_message_size_exceeded(self._fragments, MOST, "too many fragments")
            self.dropConnection()  # the rest of them is not even read

    def handle_reply(self, message: Any) -> None:
        """One message of the application."""
        kind = message.get("type")
        if kind == "websocket.send" and self.state == self.STATE_OPEN:
            text = message.get("text")
            self._send(message["bytes"] if text is None else text.encode("utf-8", "surrogatepass"), text is None)
        elif kind == "websocket.accept":
            self._accept(message)
        elif kind == "websocket.close" and self.state not in (self.STATE_CONNECTING, self.STATE_CLOSED):
            reason = (message.get("reason") or "").encode()[:123]
            self.sendCloseFrame(message.get("code") or 1000, reason or None)
        elif kind in ("websocket.http.response.start", "websocket.http.response.body"):
            self._deny(message)
        elif self.state != self.STATE_CLOSED:
            super().handle_reply(message)

    def _send(self, data: bytes, binary: bool) -> None:
        if self._perMessageCompress is not None and THRESHOLD <= len(data) <= (self.maxMessagePayloadSize or len(data)):
            self.sendMessage(data, binary)
        else:  # sendMessage bounds what goes out by the bound of what comes in
            self.sendFrame(opcode=2 if binary else 1, payload=data)

    def write_ready(self, frame: bytes) -> bool:
        """``write`` of the extension in docs/spec/frames.md: 15 us less for each than by way of ``sendMessage``."""
        most = self.maxMessagePayloadSize
        if self.state != self.STATE_OPEN or self.flow.full or self.send_queue or 0 < most < len(frame):
            return False
        if self._perMessageCompress is not None and len(frame) > THRESHOLD:
            return False  # it goes compressed
        self.transport.write(frame)
        return True

    def _accept(self, message: Any) -> None:
        subprotocol = message.get("subprotocol")
        if subprotocol is not None and subprotocol not in self.websocket_protocols:
            raise ValueError(f"subprotocol {subprotocol!r}: expected None or one of {self.websocket_protocols}")
        headers: dict[str, list[str]] = {}
        for name, value in message.get("headers", ()):
            headers.setdefault(name.decode("latin-1"), []).append(value.decode("latin-1"))
        deferred = self.__dict__.pop("handshake_deferred")
        deferred.callback((subprotocol, headers))

    def _deny(self, message: Any) -> None:
        """The extension ``websocket.http.response``: the answer is written whole, then the connection ends."""
        if message["type"].endswith("start"):
            self._denied = {**message, "body": b""}
            return
        self._denied["body"] += message.get("body", b"")
        if message.get("more_body") or self.state != self.STATE_CONNECTING:
            return
        status = self._denied["status"]
        phrase = HTTPStatus(status).phrase if status in set(HTTPStatus) else ""
        lines = [b"HTTP/1.1 %d %s" % (status, phrase.encode())]
        lines += [name + b": " + value for name, value in self._denied.get("headers", ())]
        self.sendData(b"\r\n".join([*lines, b"", self._denied["body"]]))
        del self.handshake_deferred
        self.server.protocol_disconnected(self)
        self.dropConnection()
