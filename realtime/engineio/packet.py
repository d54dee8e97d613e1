"""One Engine.IO packet, and how revisions 3 and 4 write it into a websocket frame.

Outgoing packets travel through the engine as *frames*, the form that both transports share: a ``str`` is an encoded
text packet with its type digit in front (``"4hello"``), ``bytes`` are the data of a binary message. So a broadcast is
encoded once, whatever its receivers speak.
"""

import binascii
from enum import IntEnum
from typing import NamedTuple

from ..exceptions import PacketError


class PacketType(IntEnum):
    """The seven types of the protocol, https://socket.io/docs/v4/engine-io-protocol/#protocol."""

    OPEN = 0
    CLOSE = 1
    PING = 2
    PONG = 3
    MESSAGE = 4
    UPGRADE = 5
    NOOP = 6


MESSAGE = PacketType.MESSAGE
_TYPES = {str(int(kind)): kind for kind in PacketType}


class Packet(NamedTuple):
    """A decoded packet. ``data`` is ``bytes`` only for a binary message; without data it is ``""``."""

    type: PacketType
    data: str | bytes = ""


def decode_text(text: str) -> Packet:
    """The packet in a text frame, less the base64 forms. Raises ``PacketError``."""
    kind = _TYPES.get(text[:1])
    if kind is None:
        raise PacketError(f"expected a packet type from 0 to 6, got {text[:1]!r}")
    return Packet(kind, text[1:])


def decode_base64(text: str) -> bytes:
    """Bytes from base64, padded or not, as browsers and Node send it. Raises ``PacketError``."""
    try:
        return binascii.a2b_base64(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4))
    except (binascii.Error, ValueError) as error:
        raise PacketError(f"invalid base64 in a binary packet: {error}") from None


def encode_base64(data: bytes) -> str:
    """Bytes to a base64 ``str`` with padding."""
    return binascii.b2a_base64(data, newline=False).decode("ascii")


class Revision4:
    """Engine.IO protocol 4: clients 3.x and 4.x. Binary messages have no type digit."""

    number = 4

    @staticmethod
    def decode_frame(frame: str | bytes) -> Packet:
        """The packet in a websocket frame. Raises ``PacketError``."""
        if not isinstance(frame, str):
            return Packet(MESSAGE, frame)
        if frame[:1] == "b":
            return Packet(MESSAGE, decode_base64(frame[1:]))
        return decode_text(frame)

    @staticmethod
    def encode_binary(data: bytes, base64: bool = False) -> str | bytes:
        """The websocket frame of a binary message.

        Empty data always goes as text: daphne drops empty frames, and every client reads ``b`` as an empty buffer.
        """
        return data if data and not base64 else "b" + encode_base64(data)


class Revision3:
    """Engine.IO protocol 3: clients 1.x and 2.x. Binary messages begin with their type, as a byte or as a digit."""

    number = 3

    @staticmethod
    def decode_frame(frame: str | bytes) -> Packet:
        """The packet in a websocket frame. Raises ``PacketError``."""
        if not isinstance(frame, str):
            return decode_typed_bytes(frame)
        if frame[:1] == "b":
            if frame[1:2] != "4":
                raise PacketError("expected b4 and base64: only messages are binary")
            return Packet(MESSAGE, decode_base64(frame[2:]))
        return decode_text(frame)

    @staticmethod
    def encode_binary(data: bytes, base64: bool = False) -> str | bytes:
        """The websocket frame of a binary message; empty data as text, see ``Revision4``."""
        return b"\x04" + data if data and not base64 else "b4" + encode_base64(data)


def decode_typed_bytes(data: bytes) -> Packet:
    """The packet whose first byte is its type (revision 3). Raises ``PacketError``."""
    if data[:1] != b"\x04":
        raise PacketError(f"expected the type byte of a message, 04, got {bytes(data[:1])!r}")
    return Packet(MESSAGE, bytes(data[1:]))


Revision = type[Revision3] | type[Revision4]
REVISIONS: dict[int, Revision] = {3: Revision3, 4: Revision4}
