"""Socket.IO on one Engine.IO session: decodes, keeps the namespaces, calls the application for each."""

import asyncio
import secrets
from typing import Any

from ..adapter import frames_of
from ..metrics import count
from ..operators import Operator
from ..sids import new_sid
from ..signals import connection_rejected, tell, transport_upgraded
from ..socketio.connection import Connect, Connection
from ..socketio.decoder import Decoder
from ..socketio.packet import Packet, PacketType
from .delivery import PENDING
from .recoverable import Recoverable, without_claim
from .socket import Socket

EVENT, ACK, DISCONNECT = PacketType.EVENT, PacketType.ACK, PacketType.DISCONNECT
DEFAULT_SCHEMES = {"http": "http", "websocket": "ws"}  # of ASGI; daphne says none of websockets
ASGI = {"version": "3.0", "spec_version": "1.0"}


class SocketIOClient:
    """One client with its sockets: the handler of an engine ``Client``.

    ``app`` is called with a scope of type ``socketio`` for each namespace that the client asks for.
    """

    __slots__ = (
        "_calls",
        "_connection",
        "_decoder",
        "_errors",
        "_event",
        "_handshake",
        "_size",
        "_state",
        "_timer",
        "app",
        "hub",
        "transport",
    )

    def __init__(self, app: Any, transport: Any, hub: Any, parser: Any = None) -> None:
        self.app, self.transport, self.hub = app, transport, hub
        self._decoder = (parser or hub.parser).decoder()
        self._event = self._decoder.event if type(self._decoder).add is Decoder.add else None  # else it reads otherwise
        self._connection = Connection(transport.session.revision)
        self._errors = 0
        self._calls = 0  # of the application that have not ended
        self._size = 0  # of the frames of a packet whose attachments are outstanding
        self._state: dict[str, Any] = {}
        self._handshake = None
        self._timer: asyncio.TimerHandle | None = asyncio.get_running_loop().call_later(
            transport.options.connect_timeout, self._lonely
        )
        if transport.session.revision == 3:  # protocol 4 joins "/" without asking
            self._connect(Connect("/", None))

    # -- in -------------------------------------------------------------------------------------------------

    def message(self, data: Any) -> Any:
        """One Engine.IO message. Raises ``PacketError`` for what the protocol does not allow."""
        if self._event is not None and data.__class__ is str and (event := self._event(data)) is not None:
            namespace, args, id = event
            socket = self._connection.joined.get(namespace)
            if socket is not None:
                return socket.event(args, id, len(data))
        packet, size = self._decoder.add(data), len(data)
        if packet is None:
            self._size += size
            return
        if data.__class__ is not str:
            size, self._size = size + self._size, 0
        target = self._connection.receive(packet)
        if type(target) is Connect:
            self._connect(target)
        elif target is not None:
            self._dispatch(target, packet, size)

    def _dispatch(self, socket: Any, packet: Any, size: int) -> None:
        if packet.type is EVENT:
            socket.event(packet.data, packet.id, size)
        elif packet.type is ACK:
            socket.ack(packet)
        elif packet.type is DISCONNECT:
            socket.gone("client namespace disconnect")

    def closed(self, reason: str) -> None:
        """The session has ended."""
        self._stop_timer()
        for socket in list(self._connection.joined.values()):
            socket.gone(reason)

    @property
    def resting(self) -> bool:
        """Whether nothing that the client sent is outstanding."""
        return not self.transport.posting and all(socket.resting for socket in self._connection.joined.values())

    @property
    def sockets(self) -> Any:
        """Those that the client has now."""
        return list(self._connection.joined.values())

    def upgraded(self) -> None:
        """The session goes on over a websocket."""
        for namespace, socket in self._connection.joined.items():
            tell(transport_upgraded, namespace, sid=socket.sid, transport=socket.transport_name)

    # -- namespaces -----------------------------------------------------------------------------------------

    def _connect(self, asked: Any) -> Any:
        most = self.transport.options.max_namespaces
        # Joining and leaving again and again would pile up applications that are busy with their disconnect.
        if len(self._connection.joined) >= most or self._calls >= 2 * most:
            return self._refuse(asked, "Too many namespaces")
        if asked.namespace.startswith("//"):  # URLRouter would strip both slashes and find "/chat"
            return self._refuse(asked, "Invalid namespace")
        handshake = {**self._base_handshake(), "auth": asked.auth}
        kind = Socket if self.hub.recovery is None or self.transport.session.revision == 3 else Recoverable
        socket = kind(self, asked.namespace, self._new_sid(asked.namespace), handshake)
        self._connection.joined[asked.namespace] = socket
        socket.start(self.app, self._scope(socket))
        self._calls += 1
        socket.task.add_done_callback(self._ended)

    def _ended(self, task: Any) -> None:
        self._calls -= 1

    def _refuse(self, asked: Any, message: str) -> None:
        count("namespaces_refused")
        namespace = asked.namespace
        if connection_rejected.receivers:
            auth = asked.auth if self.hub.recovery is None else without_claim(asked.auth)[0]
            handshake = {**self._base_handshake(), "auth": auth}
            tell(connection_rejected, namespace, message=message, data=None, handshake=handshake)
        data = {"message": message} if self.transport.session.revision == 4 else message
        self.transport.write(frames_of(self.hub.parser, Packet(PacketType.CONNECT_ERROR, namespace, data)))
        self.refused_one(namespace)

    def _new_sid(self, namespace: str) -> Any:
        """Public where the transport's sid is secret; clients of protocol 4 work theirs out of the transport's."""
        if self.transport.session.revision == 4:
            return new_sid(self.hub.secret)
        return self.transport.sid if namespace == "/" else f"{namespace}#{self.transport.sid}"

    def _scope(self, socket: Any) -> Any:
        """A fresh scope: ``path_remaining`` lets a URLRouter that knows no such path say Resolver404."""
        transport = self.transport.scope
        return {
            "type": "socketio",
            "asgi": ASGI,
            "path": socket.namespace,
            "path_remaining": socket.namespace,
            "namespace": socket.namespace,
            "sid": socket.sid,
            "headers": transport["headers"],
            "query_string": transport.get("query_string", b""),
            "client": transport.get("client"),
            "server": transport.get("server"),
            "scheme": transport.get("scheme") or DEFAULT_SCHEMES[transport["type"]],
            "handshake": socket.handshake,
            "socket": socket,
            "request": transport,
            "server_operator": Operator(self.hub, socket.namespace),
            "client_state": self._state,
            "limits": self.transport.options.for_applications,
        }

    def _base_handshake(self) -> Any:
        if self._handshake is None:
            self._handshake = describe(self.transport)
        return self._handshake

    # -- called by sockets ----------------------------------------------------------------------------------

    def joined_one(self) -> None:
        """A namespace was joined: the client is not lonely."""
        self._stop_timer()

    def left_one(self, namespace: str) -> None:
        self._connection.leave(namespace)

    def refused_one(self, namespace: str) -> None:
        """A namespace was refused. Asking too often ends the connection."""
        self._connection.leave(namespace)
        self._errors += 1
        if self._errors > self.transport.options.max_connect_errors:
            count("connect_errors_overflow")
            self.transport.close()

    def disconnect_all(self) -> None:
        """DISCONNECT for each namespace, then the end of the connection."""
        for socket in list(self._connection.joined.values()):
            if socket.state is not PENDING:
                socket.disconnect()
        self.transport.close("server namespace disconnect")

    def _lonely(self) -> None:
        self._timer = None
        self.transport.close()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def describe(transport: Any) -> Any:
    """The handshake as Socket.IO tells of it, less ``auth``, which each namespace has of its own."""
    scope = transport.scope
    headers = dict(scope["headers"])
    query = scope.get("query_string", b"").decode("latin-1")
    return {
        "id": secrets.token_urlsafe(15),
        "time": transport.time,
        "address": (scope.get("client") or [None])[0],
        "secure": scope.get("scheme") in ("https", "wss"),
        "xdomain": b"origin" in headers,
        "url": scope["path"] + (f"?{query}" if query else ""),
        "transport": transport.session.transport,
        "protocol": transport.session.revision,
    }
