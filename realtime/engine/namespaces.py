"""Socket.IO on one Engine.IO session: decodes, keeps the namespaces, calls the application for each."""

import asyncio

from ..adapter import frames_of
from ..metrics import count
from ..operators import Operator
from ..sids import new_sid
from ..signals import connection_rejected, tell
from ..socketio.connection import Connect, Connection
from ..socketio.packet import Packet, PacketType
from .socket import PENDING, Socket

EVENT, ACK, DISCONNECT = PacketType.EVENT, PacketType.ACK, PacketType.DISCONNECT
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
        "_handshake",
        "_size",
        "_state",
        "_timer",
        "app",
        "hub",
        "transport",
    )

    def __init__(self, app, transport, hub, parser=None):
        self.app, self.transport, self.hub = app, transport, hub
        self._decoder = (parser or hub.parser).decoder()
        self._connection = Connection(transport.session.revision)
        self._errors = 0
        self._calls = 0  # of the application that have not ended
        self._size = 0  # of the frames of a packet whose attachments are outstanding
        self._state = {}
        self._handshake = None
        self._timer = asyncio.get_running_loop().call_later(transport.options.connect_timeout, self._lonely)
        if transport.session.revision == 3:  # protocol 4 joins "/" without asking
            self._connect(Connect("/", None))

    # -- in -------------------------------------------------------------------------------------------------

    def message(self, data):
        """One Engine.IO message. Raises ``PacketError`` for what the protocol does not allow."""
        packet, size = self._decoder.add(data), len(data)
        if packet is None:
            self._size += size
            return
        if data.__class__ is not str:
            size, self._size = size + self._size, 0
        if packet.type is EVENT:
            socket = self._connection.joined.get(packet.namespace)
            if socket is not None:
                return socket.event(packet, size)
        target = self._connection.receive(packet)
        if type(target) is Connect:
            self._connect(target)
        elif target is not None:
            self._dispatch(target, packet, size)

    def _dispatch(self, socket, packet, size):
        if packet.type is EVENT:
            socket.event(packet, size)
        elif packet.type is ACK:
            socket.ack(packet)
        elif packet.type is DISCONNECT:
            socket.gone("client namespace disconnect")

    def closed(self, reason):
        """The session has ended."""
        self._stop_timer()
        for socket in list(self._connection.joined.values()):
            socket.gone(reason)

    # -- namespaces -----------------------------------------------------------------------------------------

    def _connect(self, asked):
        most = self.transport.options.max_namespaces
        # Joining and leaving again and again would pile up applications that are busy with their disconnect.
        if len(self._connection.joined) >= most or self._calls >= 2 * most:
            return self._refuse(asked, "Too many namespaces")
        if asked.namespace.startswith("//"):  # URLRouter would strip both slashes and find "/chat"
            return self._refuse(asked, "Invalid namespace")
        handshake = {**self._base_handshake(), "auth": asked.auth}
        socket = Socket(self, asked.namespace, self._new_sid(asked.namespace), handshake)
        self._connection.joined[asked.namespace] = socket
        socket.start(self.app, self._scope(socket))
        self._calls += 1
        socket.task.add_done_callback(self._ended)

    def _ended(self, task):
        self._calls -= 1

    def _refuse(self, asked, message):
        count("namespaces_refused")
        namespace = asked.namespace
        if connection_rejected.receivers:
            handshake = {**self._base_handshake(), "auth": asked.auth}
            tell(connection_rejected, namespace, message=message, data=None, handshake=handshake)
        data = {"message": message} if self.transport.session.revision == 4 else message
        self.transport.write(frames_of(self.hub.parser, Packet(PacketType.CONNECT_ERROR, namespace, data)))
        self.refused_one(namespace)

    def _new_sid(self, namespace):
        """Public where the transport's sid is secret; clients of protocol 4 work theirs out of the transport's."""
        if self.transport.session.revision == 4:
            return new_sid(self.hub.secret)
        return self.transport.sid if namespace == "/" else f"{namespace}#{self.transport.sid}"

    def _scope(self, socket):
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
            "scheme": transport.get("scheme"),
            "handshake": socket.handshake,
            "socket": socket,
            "request": transport,
            "server_operator": Operator(self.hub, socket.namespace),
            "client_state": self._state,
            "limits": self.transport.options.for_applications,
        }

    def _base_handshake(self):
        if self._handshake is None:
            self._handshake = describe(self.transport)
        return self._handshake

    # -- called by sockets ----------------------------------------------------------------------------------

    def joined_one(self):
        """A namespace was joined: the client is not lonely."""
        self._stop_timer()

    def left_one(self, namespace):
        self._connection.leave(namespace)

    def refused_one(self, namespace):
        """A namespace was refused. Asking too often ends the connection."""
        self._connection.leave(namespace)
        self._errors += 1
        if self._errors > self.transport.options.max_connect_errors:
            count("connect_errors_overflow")
            self.transport.close()

    def disconnect_all(self):
        """DISCONNECT for each namespace, then the end of the connection."""
        for socket in list(self._connection.joined.values()):
            if socket.state is not PENDING:
                socket.disconnect()
        self.transport.close("server namespace disconnect")

    def _lonely(self):
        self._timer = None
        self.transport.close()

    def _stop_timer(self):
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def describe(transport):
    """The handshake as Socket.IO tells of it, less ``auth``, which each namespace has of its own."""
    scope = transport.scope
    headers = dict(scope["headers"])
    query = scope.get("query_string", b"").decode("latin-1")
    return {
        "time": transport.time,
        "address": (scope.get("client") or [None])[0],
        "secure": scope.get("scheme") in ("https", "wss"),
        "xdomain": b"origin" in headers,
        "url": scope["path"] + (f"?{query}" if query else ""),
        "transport": transport.session.transport,
        "protocol": transport.session.revision,
    }
