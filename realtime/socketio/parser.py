"""The default parser: packets as JSON text, with binary attachments beside it.

``<type>[<attachments>-][<namespace>,][<id>][<json>]`` (Socket.IO protocol 5, "Packet encoding").
"""

import json
import re
from json.encoder import c_make_encoder, encode_basestring

from ..exceptions import EncodeError
from .decoder import Decoder
from .packet import PacketType

_SURROGATES = re.compile("[\ud800-\udfff]")
_BYTES = (bytes, bytearray, memoryview)


class _HasBinary(Exception):
    """The signal from inside the JSON encoder that the packet needs attachments."""


def parser(spec="json", **limits):
    """The parser called ``spec``, made with ``limits``; anything but a str is a parser already and is returned.

    Raises ``ValueError`` for a name that nobody knows.
    """
    if not isinstance(spec, str):
        return spec
    if spec not in PARSERS:
        raise ValueError(f"unknown parser {spec!r}, choose one of {', '.join(sorted(PARSERS))}")
    return PARSERS[spec](**limits)


class JSONParser:
    """Encodes packets, and makes a decoder for each client. Holds no state: one serves every client and thread.

    ``default``: a function from what JSON cannot carry to what it can (may return bytes); it raises ``TypeError`` for
    the rest. Sizes are bytes, names are counted in characters.
    """

    name = "json"

    def __init__(
        self,
        *,
        default=None,
        max_attachments=10,
        max_depth=64,
        max_attachment_bytes=1_000_000,
        max_name_length=255,
    ):
        self.default = default
        self.max_attachments = max_attachments
        self.max_depth = max_depth
        self.max_attachment_bytes = max_attachment_bytes
        self.max_name_length = max_name_length
        self._dumps = _json_encoder(self._not_json)

    def encode(self, packet):
        """The frames of ``packet``: a str, then one bytes per attachment.

        Raises ``EncodeError`` for what JSON cannot carry. The bytes in the data are copied where they could change.
        """
        # ['message', 'hello world', {'a': 1, 'ok': True}]: 1.5 us; with bytes in it 3.7 us (CPython 3.11).
        kind, namespace, data, id = packet
        head = "" if namespace == "/" else namespace + ","
        if id is not None:
            head += str(id)
        if data is None:
            return [f"{kind:d}{head}"]
        try:
            text = self._dumps(data)
        except _HasBinary:
            return self._encode_binary(kind, head, data)
        except _ENCODER_ERRORS as error:
            raise EncodeError(str(error)) from error
        return [_DIGITS[kind] + head + (text if text.isascii() else _escape_surrogates(text))]

    def _encode_binary(self, kind, head, data):
        if kind not in _BINARY:
            raise EncodeError("only events and acknowledgements carry bytes")
        attachments = []

        def extract(value):
            if isinstance(value, _BYTES):
                attachments.append(bytes(value))
                return {"_placeholder": True, "num": len(attachments) - 1}
            return self._not_json(value)

        try:
            text = _json_encoder(extract)(data)
        except _ENCODER_ERRORS as error:
            raise EncodeError(str(error)) from error
        return [f"{_BINARY[kind]:d}{len(attachments)}-{head}{_escape_surrogates(text)}", *attachments]

    def _not_json(self, value):
        if isinstance(value, _BYTES):
            raise _HasBinary
        if self.default is None:
            raise TypeError(f"{type(value).__name__} has no JSON form")
        return self.default(value)

    def decoder(self):
        """A decoder for the frames of one client, with the limits of this parser."""
        return Decoder(self)


def _json_encoder(default):
    """A function from a value to compact JSON."""
    # check_circular off: a cycle ends in RecursionError, and the check costs 0.4 us a packet.
    encoder = json.JSONEncoder(
        default=default, ensure_ascii=False, allow_nan=False, check_circular=False, separators=(",", ":")
    )
    if c_make_encoder is None:  # not CPython
        return encoder.encode
    # Its encode() makes the C encoder anew for each value: 0.9 us, this 0.25.
    chunks = c_make_encoder(None, encoder.default, encode_basestring, None, ":", ",", False, False, False)
    return lambda value: "".join(chunks(value, 0))


def _escape_surrogates(text):
    """``text`` as JSON that UTF-8 can carry: Node too sends a lone surrogate as ``\\ud83d``."""
    try:
        text.encode()  # 30 times faster than to search
    except UnicodeEncodeError:
        return _SURROGATES.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
    return text


_BINARY = {PacketType.EVENT: PacketType.BINARY_EVENT, PacketType.ACK: PacketType.BINARY_ACK}
_ENCODER_ERRORS = (TypeError, ValueError, RecursionError, OverflowError)
_DIGITS = "0123456"
PARSERS = {"json": JSONParser}
