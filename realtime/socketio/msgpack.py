"""The parser of npm socket.io-msgpack-parser: each packet one map in MessagePack, bytes where they are.

``{"type": 0..4, "nsp": "/", "data": ..., "id": 7}``; a key without a value is left out, since the JavaScript parser
takes ``nil`` for a value. Version 2 of the package, for Socket.IO 2.x clients, reads that too; what it writes itself is
the map in JSON for packets without a payload, and two types more, for events and acks with binary. What this cannot
carry, or carries differently from JSON, is brought to what JSON says, so that an application does not notice which
parser its clients have.
"""

import codecs
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import msgpack

from ..exceptions import EncodeError, PacketError
from .decoder import BINARY_ACK, BINARY_EVENT, CONNECT, DISCONNECT, EVENT, Decoder
from .jsonlib import Default
from .likejson import CONTAINERS, finite, like_json, members, with_str_keys
from .packet import Packet
from .parser import ROOMY
from .special import special

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NOT_OPENERS = bytes(set(range(256)) - {*range(0x80, 0xA0), *range(0xDC, 0xE0)})  # of lists and maps
# The JavaScript parser's extension 0: undefined, a Date, or an ArrayBuffer, told apart by their first byte alone.
_UNDEFINED, _DATE = b"\xd4\x00", b"\xd7\x00"
_EXTENSIONS = re.compile(rb"\xd4\x00|\xd7\x00|\xc7\x01\x00|\xc7\x08\x00")


class MsgpackParser:
    """Encodes packets, and makes a decoder for each client. Holds no state: one serves every client and thread.

    The arguments are those of ``JSONParser``; ``max_attachment_bytes`` and ``max_attachments`` do nothing, since
    there are no attachments.
    """

    name = "msgpack"
    text_errors = True  # version 2 of the package takes no other from a namespace that refuses

    def __init__(
        self,
        *,
        default: Default | None = None,
        max_attachments: int = 10,
        max_depth: int = 64,
        max_attachment_bytes: int = 1_000_000,
        max_name_length: int = 255,
    ) -> None:
        self.default = default
        self.max_depth, self.max_name_length = max_depth, max_name_length
        self.max_attachments, self.max_attachment_bytes = max_attachments, max_attachment_bytes

    def encode(self, packet: Packet) -> list[str | bytes]:
        """The one frame of ``packet``. Raises ``EncodeError`` for what cannot be carried."""
        # ['message', 'hello world', {'a': 1, 'ok': True}]: 1.9 us (CPython 3.11).
        kind, namespace, data, id = packet
        message = {"type": int(kind), "nsp": namespace}
        try:
            if data is not None:
                message["data"] = like_json(data)
            if id is not None:
                message["id"] = id
            return [msgpack.packb(message, default=self._special, unicode_errors=_REPLACE)]
        except _ENCODER_ERRORS as error:
            raise EncodeError(str(error)) from error

    def _special(self, value: Any) -> Any:
        if isinstance(value, int):  # msgpack asks us for those too
            raise TypeError("an integer over 64 bits")
        return like_json(special(self.default, value))

    def decoder(self) -> "MsgpackDecoder":
        """A decoder for the frames of one client, with the limits of this parser."""
        return MsgpackDecoder(self)

    def trusted_decoder(self) -> "MsgpackDecoder":
        """A decoder for frames of this project's own."""
        return MsgpackDecoder(MsgpackParser(**ROOMY))


class MsgpackDecoder(Decoder):
    """Turns the frames of one client into packets, one each. ``held`` is 0 and ``waiting`` False, always."""

    __slots__ = ()

    def add(self, frame: str | bytes) -> Packet:
        """The packet in ``frame``. Raises ``PacketError`` for everything that is none, and nothing else."""
        if isinstance(frame, str):
            return self._text(frame)
        message = _decoded(bytes(frame))
        if type(message) is not dict:
            raise PacketError("invalid packet")
        data, kind = self._bounded(message.get("data"), frame), message.get("type")
        if kind in (BINARY_EVENT, BINARY_ACK):
            kind -= BINARY_EVENT - EVENT
        return self.packet(kind, message.get("nsp"), data, message.get("id"))

    def _text(self, frame: str) -> Packet:
        """A packet of version 2 of the package that has no payload."""
        message = self._json(frame, 0)
        if type(message) is not dict or message.get("type") not in (CONNECT, DISCONNECT) or "data" in message:
            raise PacketError("text for the msgpack parser")
        return self.packet(message["type"], message.get("nsp"))

    def _bounded(self, value: Any, frame: bytes) -> Any:
        """``value``, if it is not deeper than the limit, and has no NaN and no Infinity any more."""
        limit = self._limits.max_depth
        if len(bytes(frame).translate(None, _NOT_OPENERS)) > limit:
            level = [value] if type(value) in CONTAINERS else []
            for _ in range(limit):
                level = [item for each in level for item in members(each) if type(item) in CONTAINERS]
                if not level:
                    break
            else:
                raise PacketError("data too deep")
        # 0xca and 0xcb begin floats. JavaScript's JSON has null for those that are no number.
        return finite(value) if b"\xcb" in frame or b"\xca" in frame else value


def _decoded(frame: bytes) -> Any:
    try:
        return msgpack.unpackb(frame, unicode_errors="surrogatepass", ext_hook=_extension, timestamp=3)
    except _DECODER_ERRORS:
        pass  # garbage; or extensions, or keys that are no str
    try:
        return msgpack.unpackb(
            frame, unicode_errors="surrogatepass", ext_hook=_Extensions(frame), timestamp=3,
            strict_map_key=False, object_pairs_hook=with_str_keys,
        )  # fmt: skip
    except _DECODER_ERRORS as error:
        raise PacketError("not MessagePack") from error


def _extension(code: int, data: bytes) -> Any:
    raise ValueError("an extension")


class _Extensions:
    """The values of the extensions in a frame, in their order.

    msgpack does not say how an extension was written, and an ArrayBuffer of 8 bytes differs from a Date in that only:
    so the frame is searched for it, once from its beginning to its end.
    """

    def __init__(self, frame: bytes) -> None:
        self._frame, self._found = frame, _EXTENSIONS.finditer(frame)

    def __call__(self, code: int, data: bytes) -> datetime | bytes | None:
        if code != 0:
            raise ValueError("unknown extension type")
        if len(data) not in (1, 8):
            return data
        head = next(found[0] for found in self._found if self._frame.startswith(data, found.end()))
        if head == _UNDEFINED:
            return None
        return _date(data) if head == _DATE else data


def _date(data: bytes) -> datetime | None:
    """A Date, in milliseconds; None for one that Python's datetime cannot hold, as JSON has null for an invalid one."""
    high, low = int.from_bytes(data[:4], signed=True), int.from_bytes(data[4:])
    try:
        return _EPOCH + timedelta(milliseconds=high * 2**32 + low)
    except OverflowError:
        return None


def _replace(error: UnicodeError) -> tuple[bytes, int]:
    """U+FFFD for lone surrogates, which UTF-8 cannot carry: a client that read their bytes would fail."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return b"\xef\xbf\xbd" * (error.end - error.start), error.end


_REPLACE = "realtime.replace"
codecs.register_error(_REPLACE, _replace)
_ENCODER_ERRORS = (TypeError, ValueError, RecursionError, OverflowError)
_DECODER_ERRORS = (TypeError, ValueError, RecursionError, OverflowError, StopIteration)
