"""One Socket.IO packet, and the names that no event may have."""

from collections.abc import Sequence
from enum import IntEnum
from typing import Any, NamedTuple


class PacketType(IntEnum):
    """The packet types of Socket.IO protocol 4 and 5, by their number on the wire.

    The binary two exist on the wire only: a decoded packet is an ``EVENT`` or an ``ACK``.
    """

    CONNECT = 0
    DISCONNECT = 1
    EVENT = 2
    ACK = 3
    CONNECT_ERROR = 4  # "ERROR" in protocol 4
    BINARY_EVENT = 5
    BINARY_ACK = 6


class Packet(NamedTuple):
    """What one side says to the other.

    ``data`` is a list for an event (its name first) and for an ack, a dict or ``None`` for a connect, a dict or a str
    for a connect error. ``id`` asks for an ack, or is the one that is answered.
    """

    type: PacketType
    namespace: str = "/"
    data: Any = None
    id: int | None = None


# socket.io-parser refuses a packet with one of these: they mean something of their own in Node and in the clients.
RESERVED_EVENTS = frozenset(
    {"connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"}
)
RESERVED_AMONG_SERVERS = frozenset(["connect", "connection", "new_namespace"])  # namespace.ts


def server_event(args: Sequence[Any]) -> list[Any]:
    """What ``server_side_emit`` sends, as a list; ``ValueError`` for a name that Socket.IO reserves there."""
    if not isinstance(args[0], str):
        raise TypeError(f"expected an event name as str, got {type(args[0]).__name__}")
    if args[0] in RESERVED_AMONG_SERVERS:
        raise ValueError(f"the event name {args[0]!r} is reserved by Socket.IO between servers, choose another")
    return list(args)
