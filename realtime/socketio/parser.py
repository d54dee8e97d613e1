"""Parsers by name, and the default one: packets as JSON text, with binary attachments beside it.

``<type>[<attachments>-][<namespace>,][<id>][<json>]`` (Socket.IO protocol 5, "Packet encoding").
A parser of your own has ``name``, ``encode`` and ``decoder`` as here: docs/how-to/write-a-parser.md.
"""

import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..exceptions import EncodeError
from .decoder import CustomDecoder, Decoder
from .jsonlib import Default, class_dumps, class_raw_decode, encodes_itself, fast_dumps, stdlib_dumps
from .packet import Packet, PacketType
from .special import special

if TYPE_CHECKING:
    from .msgpack import MsgpackParser

_SURROGATES = re.compile("[\ud800-\udfff]")
_BYTES = (bytes, bytearray, memoryview)
# For what servers tell each other: limits are for what clients send.
ROOMY: dict[str, Any] = {
    "max_attachments": 2**31,
    "max_depth": 900,
    "max_attachment_bytes": 2**31,
    "max_name_length": 2**31,
}


class _HasBinary(Exception):
    """The signal from inside the JSON encoder that the packet needs attachments."""


def parser(spec: Any = "json", **options: Any) -> Any:
    """The parser called ``spec``, made with ``options``; anything but a str is a parser already and is returned.

    Raises ``ValueError`` for a name that nobody knows, or whose package is missing.
    """
    if not isinstance(spec, str):
        return spec
    if spec == "msgpack":
        return _msgpack_parser(**options)
    if spec != "json":
        raise ValueError(f"unknown parser {spec!r}, choose one of {', '.join(NAMES)}, or give a parser object")
    return JSONParser(**options)


def _msgpack_parser(
    encoder: type[json.JSONEncoder] | None = None,
    decoder: type[json.JSONDecoder] | None = None,
    fast: bool = True,
    **options: Any,
) -> "MsgpackParser":
    try:
        from .msgpack import MsgpackParser
    except ImportError:
        raise ValueError(
            'the parser "msgpack" needs a package: python -m pip install "socketio-django[msgpack]"'
        ) from None
    if encoder is not None and options.get("default") is None:
        options["default"] = encoder().default
    return MsgpackParser(**options)


def text_ack_of(parser: Any) -> Callable[[str, int, Any, str], str | None]:
    """``text_ack`` of a parser; one that has none, or encodes in its own way, never does."""
    if isinstance(parser, JSONParser) and type(parser).encode is JSONParser.encode:
        return parser.text_ack
    return lambda namespace, id, args, before: None


def trusted_decoder(parser: Any) -> Any:
    """A decoder for what this server, or another of the project, has encoded: without the limits for clients."""
    return getattr(parser, "trusted_decoder", parser.decoder)()


class JSONParser:
    """Encodes packets, and makes a decoder for each client. Holds no state: one serves every client and thread.

    ``default``: a function from what JSON cannot carry to what it can (may return bytes); it raises ``TypeError`` for
    the rest. ``encoder`` and ``decoder``: subclasses of ``json.JSONEncoder`` and ``json.JSONDecoder``. ``fast``:
    orjson may encode, where it is installed. Sizes are bytes, names are counted in characters.
    """

    name = "json"

    def __init__(
        self,
        *,
        default: Default | None = None,
        encoder: type[json.JSONEncoder] | None = None,
        decoder: type[json.JSONDecoder] | None = None,
        fast: bool = True,
        max_attachments: int = 10,
        max_depth: int = 64,
        max_attachment_bytes: int = 1_000_000,
        max_name_length: int = 255,
    ) -> None:
        self.default = encoder().default if encoder and default is None else default
        self.max_attachments = max_attachments
        self.max_depth = max_depth
        self.max_attachment_bytes = max_attachment_bytes
        self.max_name_length = max_name_length
        self.raw_decode = None if decoder is None else class_raw_decode(decoder)
        self._make_dumps = fast_dumps if fast and encoder is None else stdlib_dumps
        if encoder is not None and encodes_itself(encoder):
            self._make_dumps = lambda default: class_dumps(encoder, default)
        self._dumps = self._make_dumps(self._not_json)

    def encode(self, packet: Packet) -> list[str | bytes]:
        """The frames of ``packet``: a str, then one bytes per attachment.

        Raises ``EncodeError`` for what JSON cannot carry. The bytes in the data are copied where they could change.
        """
        # ['message', 'hello world', {'a': 1, 'ok': True}]: 1.5 us; with bytes in it 3.7 us (CPython 3.11).
        kind, namespace, data, id = packet
        head = "" if namespace == "/" else namespace + ","
        if id is not None:
            head = f"{head}{id}"
        if data is None:
            return [f"{kind:d}{head}"]
        try:
            text = self._dumps(data)
        except _HasBinary:
            return self._encode_binary(kind, head, data)
        except _ENCODER_ERRORS as error:
            raise EncodeError(str(error)) from error
        return [f"{_DIGITS[kind]}{head}{text if text.isascii() else _escape_surrogates(text)}"]

    def text_ack(self, namespace: str, id: int, args: Any, before: str = "") -> str | None:
        """The frame of an acknowledgement that is one text, ``before`` in front. None: it is for ``encode``.

        5,100 instructions for an echo of 32 bytes; ``encode`` takes 6,100, and the ``Packet`` for it 1,600.
        """
        try:
            text = self._dumps(args)
        except (_HasBinary, *_ENCODER_ERRORS):
            return None
        if not text.isascii():
            text = _escape_surrogates(text)
        return f"{before}3{id}{text}" if namespace == "/" else f"{before}3{namespace},{id}{text}"

    def _encode_binary(self, kind: PacketType, head: str, data: Any) -> list[str | bytes]:
        if kind not in _BINARY:
            raise EncodeError("only events and acknowledgements carry bytes")
        attachments = []

        def extract(value: Any) -> Any:
            if isinstance(value, _BYTES):
                attachments.append(bytes(value))
                return {"_placeholder": True, "num": len(attachments) - 1}
            return self._not_json(value)

        # Not orjson: where it gives up, the bytes would be extracted twice.
        make = stdlib_dumps if self._make_dumps is fast_dumps else self._make_dumps
        try:
            text = make(extract)(data)
        except _ENCODER_ERRORS as error:
            raise EncodeError(str(error)) from error
        return [f"{_BINARY[kind]:d}{len(attachments)}-{head}{_escape_surrogates(text)}", *attachments]

    def _not_json(self, value: Any) -> Any:
        if isinstance(value, _BYTES):
            raise _HasBinary
        return special(self.default, value)

    def decoder(self) -> Decoder:
        """A decoder for the frames of one client, with the limits of this parser."""
        return Decoder(self) if self.raw_decode is None else CustomDecoder(self)

    def trusted_decoder(self) -> Decoder:
        """A decoder for frames of this project's own."""
        return JSONParser(**ROOMY).decoder()


def _escape_surrogates(text: str) -> str:
    """``text`` as JSON that UTF-8 can carry: Node too sends a lone surrogate as ``\\ud83d``."""
    try:
        text.encode()  # 30 times faster than to search
    except UnicodeEncodeError:
        return _SURROGATES.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
    return text


_BINARY = {PacketType.EVENT: PacketType.BINARY_EVENT, PacketType.ACK: PacketType.BINARY_ACK}
_ENCODER_ERRORS = (TypeError, ValueError, RecursionError, OverflowError)
_DIGITS = "0123456"
NAMES = ("json", "msgpack")
