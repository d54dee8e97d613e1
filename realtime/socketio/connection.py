"""Which namespaces one client has joined, and what a packet of its means now. Pure.

What stands for a joined namespace is the caller's object; it comes back for each packet that is for it.
"""

from collections import deque
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from ..exceptions import PacketError
from .packet import Packet, PacketType

MAX_FIELDS = 100
REMEMBERED = 100  # namespaces that were left, for packets of theirs that are still on their way


class Connect(NamedTuple):
    """The client asks to join. ``auth`` is its CONNECT payload, or the query of a 2.x client's namespace."""

    namespace: str
    auth: dict[str, Any] | None


class Connection:
    """The namespaces of one client, in Socket.IO protocol 5 (Engine.IO 4) or 4 (Engine.IO 3)."""

    __slots__ = ("_left", "joined", "revision")

    def __init__(self, revision: int) -> None:
        self.revision = revision
        self.joined: dict[str, Any] = {}
        self._left: deque[str] | None = None

    def receive(self, packet: Packet) -> Any:
        """``Connect``, the object of a joined namespace, or None where the packet is to be ignored.

        Raises ``PacketError`` for what protocol 5 closes a connection for: joining twice, a packet for a namespace
        that was never joined, a CONNECT_ERROR from a client.
        """
        namespace, query = self._split(packet.namespace)
        target = self.joined.get(namespace)
        if packet.type is PacketType.CONNECT:
            return self._connect(namespace, packet.data if self.revision == 4 else query, target)
        if packet.type is PacketType.CONNECT_ERROR:
            raise PacketError("CONNECT_ERROR is the server's")
        if target is None and namespace not in (self._left or ()):
            raise PacketError("packet for a namespace that was not joined")
        return target

    def _split(self, namespace: str) -> tuple[str, dict[str, str] | None]:
        """Protocol 4 clients write their query behind the namespace: ``/chat?token=1``."""
        if self.revision == 4 or "?" not in namespace:
            return namespace, None
        name, _, query = namespace.partition("?")
        try:
            return name, dict(parse_qsl(query, keep_blank_values=True, max_num_fields=MAX_FIELDS)) or None
        except ValueError as error:
            raise PacketError(f"expected a query behind the namespace: {error}") from None

    def _connect(self, namespace: str, auth: dict[str, Any] | None, target: Any) -> Connect | None:
        if target is None:
            return Connect(namespace, auth)
        if self.revision == 3 and namespace == "/":
            return None  # the server joins "/" for such clients; some ask all the same
        raise PacketError("joined a namespace twice")

    def leave(self, namespace: str) -> None:
        """Forgets a namespace. Packets for it that come late are ignored, since they may have crossed ours."""
        if self.joined.pop(namespace, None) is not None:
            self._left = self._left or deque(maxlen=REMEMBERED)
            self._left.append(namespace)
