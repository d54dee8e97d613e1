"""The parser of npm socket.io-msgpack-parser 3.x: each packet one map in MessagePack, bytes where they are.

``{"type": 0..4, "nsp": "/", "data": ..., "id": 7}``; a key without a value is left out, since the JavaScript parser
takes ``nil`` for a value. What this cannot carry, or carries differently from JSON, is brought to what JSON says, so
that an application does not notice which parser its clients have.
"""

import codecs
import math
import re
from datetime import UTC, datetime, timedelta

import msgpack

from ..exceptions import EncodeError, PacketError
from .decoder import Decoder
from .parser import ROOMY, special

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CONTAINERS = (list, dict, tuple)
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

    def __init__(
        self, *, default=None, max_attachments=10, max_depth=64, max_attachment_bytes=1_000_000, max_name_length=255
    ):
        self.default = default
        self.max_depth, self.max_name_length = max_depth, max_name_length

    def encode(self, packet):
        """The one frame of ``packet``. Raises ``EncodeError`` for what cannot be carried."""
        # ['message', 'hello world', {'a': 1, 'ok': True}]: 1.9 us (CPython 3.11).
        kind, namespace, data, id = packet
        message = {"type": int(kind), "nsp": namespace}
        try:
            if data is not None:
                message["data"] = _checked(data)
            if id is not None:
                message["id"] = id
            return [msgpack.packb(message, default=self._special, unicode_errors=_REPLACE)]
        except _ENCODER_ERRORS as error:
            raise EncodeError(str(error)) from error

    def _special(self, value):
        if isinstance(value, int):  # msgpack asks us for those too
            raise TypeError("an integer over 64 bits")
        return _checked(special(self.default, value))

    def decoder(self):
        """A decoder for the frames of one client, with the limits of this parser."""
        return MsgpackDecoder(self)

    def trusted_decoder(self):
        """A decoder for frames of this project's own."""
        return MsgpackDecoder(MsgpackParser(**ROOMY))


class MsgpackDecoder(Decoder):
    """Turns the frames of one client into packets, one each. ``held`` is 0 and ``waiting`` False, always."""

    __slots__ = ()

    def add(self, frame):
        """The packet in ``frame``. Raises ``PacketError`` for everything that is none, and nothing else."""
        if isinstance(frame, str):
            raise PacketError("text for the msgpack parser")
        message = _decoded(bytes(frame))
        if type(message) is not dict:
            raise PacketError("invalid packet")
        data = self._bounded(message.get("data"), frame)
        return self.packet(message.get("type"), message.get("nsp"), data, message.get("id"))

    def _bounded(self, value, frame):
        """``value``, if it is not deeper than the limit, and has no NaN and no Infinity any more."""
        limit = self._limits.max_depth
        if len(bytes(frame).translate(None, _NOT_OPENERS)) > limit:
            level = [value] if type(value) in _CONTAINERS else []
            for _ in range(limit):
                level = [item for each in level for item in _items(each) if type(item) in _CONTAINERS]
                if not level:
                    break
            else:
                raise PacketError("data too deep")
        # 0xca and 0xcb begin floats. JavaScript's JSON has null for those that are no number.
        return _finite(value) if b"\xcb" in frame or b"\xca" in frame else value


def _decoded(frame):
    try:
        return msgpack.unpackb(frame, unicode_errors="surrogatepass", ext_hook=_extension, timestamp=3)
    except _DECODER_ERRORS:
        pass  # garbage; or extensions, or keys that are no str
    try:
        return msgpack.unpackb(
            frame, unicode_errors="surrogatepass", ext_hook=_Extensions(frame), timestamp=3,
            strict_map_key=False, object_pairs_hook=_with_str_keys,
        )  # fmt: skip
    except _DECODER_ERRORS as error:
        raise PacketError("not MessagePack") from error


def _extension(code, data):
    raise ValueError("an extension")


class _Extensions:
    """The values of the extensions in a frame, in their order.

    msgpack does not say how an extension was written, and an ArrayBuffer of 8 bytes differs from a Date in that only:
    so the frame is searched for it, once from its beginning to its end.
    """

    def __init__(self, frame):
        self._frame, self._found = frame, _EXTENSIONS.finditer(frame)

    def __call__(self, code, data):
        if code != 0:
            raise ValueError("unknown extension type")
        if len(data) not in (1, 8):
            return data
        head = next(found[0] for found in self._found if self._frame.startswith(data, found.end()))
        if head == _UNDEFINED:
            return None
        return _date(data) if head == _DATE else data


def _date(data):
    """A Date, in milliseconds; None for one that Python's datetime cannot hold, as JSON has null for an invalid one."""
    high, low = int.from_bytes(data[:4], signed=True), int.from_bytes(data[4:])
    try:
        return _EPOCH + timedelta(milliseconds=high * 2**32 + low)
    except OverflowError:
        return None


def _with_str_keys(pairs):
    return {_key(key): value for key, value in pairs}


def _key(key):
    """A key as JSON has it. Raises ``TypeError`` and ``ValueError`` for what can be none."""
    if isinstance(key, str):
        return key
    if isinstance(key, bool) or key is None:
        return {True: "true", False: "false", None: "null"}[key]
    if isinstance(key, float):
        return float.__repr__(_number(key))
    if isinstance(key, int):
        return int.__repr__(key)
    raise TypeError(f"keys must be str, not {type(key).__name__}")


def _number(value):
    if not math.isfinite(value):
        raise ValueError("Out of range float values are not JSON compliant")
    return value


def _items(container):
    return container.values() if isinstance(container, dict) else container


def _checked(value):
    """A copy of ``value`` with keys that are str, and lists for tuples, of which msgpack takes some for extensions.

    Raises ``ValueError`` for NaN and Infinity, ``TypeError`` for a key that JSON could not have.
    """
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, dict):
        return {
            key if type(key) is str else _key(key): item if type(item) in _LEAVES else _checked(item)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [item if type(item) in _LEAVES else _checked(item) for item in value]
    return value


def _finite(value):
    """``value`` with None for NaN and Infinity, in place."""
    if type(value) is float:
        return value if math.isfinite(value) else None
    if type(value) in (list, dict):
        for key, item in value.items() if type(value) is dict else enumerate(value):
            if type(item) in (float, list, dict):
                value[key] = _finite(item)
    return value


def _replace(error):
    """U+FFFD for lone surrogates, which UTF-8 cannot carry: a client that read their bytes would fail."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return b"\xef\xbf\xbd" * (error.end - error.start), error.end


_REPLACE = "realtime.replace"
codecs.register_error(_REPLACE, _replace)
_LEAVES = frozenset([str, int, bool, type(None), bytes])
_ENCODER_ERRORS = (TypeError, ValueError, RecursionError, OverflowError)
_DECODER_ERRORS = (TypeError, ValueError, RecursionError, OverflowError, StopIteration)
