"""The default parser: packets as JSON text, with binary attachments beside it.

``<type>[<attachments>-][<namespace>,][<id>][<json>]`` (Socket.IO protocol 5, "Packet encoding").
"""

import json
import re
from itertools import accumulate

from ..exceptions import EncodeError, PacketError
from .packet import RESERVED_EVENTS, Packet, PacketType

CONNECT, DISCONNECT, EVENT, ACK, CONNECT_ERROR, BINARY_EVENT, BINARY_ACK = PacketType

# Numbers are bounded here, so that int() has little to do: 16 digits hold every id under 2**53.
_HEADER = re.compile(r"([0-6])(?:([0-9]{1,9})-)?(?:(/[^,]*)(?:,|\Z))?([0-9]{1,16})?")
_STRINGS = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_STEPS = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}
_NOT_BRACKETS = bytes(set(range(256)) - _STEPS.keys())
_SURROGATES = re.compile("[\ud800-\udfff]")
_MAX_ID = 2**53  # the largest that JavaScript counts to
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
        self._dumps = _json_encoder(self._not_json).encode
        self._raw_decode = json.JSONDecoder(parse_constant=_refuse, parse_float=_finite).raw_decode

    # -- out ------------------------------------------------------------------------------------------------

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
        return [f"{kind:d}{head}{text if text.isascii() else _escape_surrogates(text)}"]

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
            text = _json_encoder(extract).encode(data)
        except _ENCODER_ERRORS as error:
            raise EncodeError(str(error)) from error
        return [f"{_BINARY[kind]:d}{len(attachments)}-{head}{_escape_surrogates(text)}", *attachments]

    def _not_json(self, value):
        if isinstance(value, _BYTES):
            raise _HasBinary
        if self.default is None:
            raise TypeError(f"{type(value).__name__} has no JSON form")
        return self.default(value)

    # -- in -------------------------------------------------------------------------------------------------

    def decoder(self):
        """A decoder for the frames of one client."""
        return Decoder(self)

    def decode_text(self, text):
        """The packet in ``text`` and how many attachments follow. Raises ``PacketError``."""
        # '2["message","hello world",{"a":1,"ok":true}]': 1.2 us; '2/chat,12[...]': 2.1 us (CPython 3.11).
        if text[:2] == "2[":
            return Packet(EVENT, "/", self._event(self._json(text, 1)), None), 0
        match = _HEADER.match(text)
        if match is None:
            raise PacketError("unknown packet type")
        digits, count, namespace, id = match.groups()
        namespace, id = self._namespace(namespace), _id(id)
        kind, attachments = self._attachments(int(digits), count)
        present = match.end() < len(text)
        data = self._json(text, match.end()) if present else None
        return Packet(kind, namespace, self._payload(kind, data, present), id), attachments

    def _attachments(self, kind, count):
        if kind != BINARY_EVENT and kind != BINARY_ACK:
            if count is not None:
                raise PacketError("attachments of a packet without binary")
            return PacketType(kind), 0
        # Zero is refused: GHSA-2m8v was a decoder that waited for ever after "50-".
        if count is None or not 1 <= int(count) <= self.max_attachments:
            raise PacketError("illegal number of attachments")
        return EVENT if kind == BINARY_EVENT else ACK, int(count)

    def _namespace(self, namespace):
        if namespace is None:
            return "/"
        # Socket.IO 2.x clients put their query behind the name; that has the frame's limit only.
        if len(namespace) > self.max_name_length and len(namespace.partition("?")[0]) > self.max_name_length:
            raise PacketError("namespace too long")
        return namespace

    def _payload(self, kind, data, present):
        if kind == EVENT:
            return self._event(data)
        if kind == ACK:
            # Protocol 4: an ack "may contain a payload".
            legal, data = (isinstance(data, list), data) if present else (True, [])
        elif kind == DISCONNECT:
            legal = not present
        elif kind == CONNECT:
            legal = not present or isinstance(data, dict)
        else:
            legal = not present or isinstance(data, dict | str)
        if not legal:
            raise PacketError("invalid payload")
        return data

    def _event(self, data):
        if type(data) is not list or not data:
            raise PacketError("invalid payload")
        name = data[0]
        if type(name) is str:
            if len(name) > self.max_name_length:
                raise PacketError("event name too long")
            if name in RESERVED_EVENTS:
                raise PacketError("reserved event name")
        elif type(name) is not int or abs(name) >= _MAX_ID:  # Node takes numbers as names
            raise PacketError("invalid event name")
        return data

    def _json(self, text, start):
        if text.count("[") + text.count("{") > self.max_depth:
            self._check_depth(text[start:])
        try:
            value, end = self._raw_decode(text, start)
        except (ValueError, RecursionError) as error:  # ValueError: not JSON, or an integer of over 4300 digits
            raise PacketError("invalid JSON") from error
        if end != len(text) and text[end:].strip(" \t\r\n"):
            raise PacketError("invalid JSON")
        return value

    def _check_depth(self, text):
        # At C's speed, since anybody can send 1 MB of brackets: 23 ms; a loop over the characters takes 100.
        brackets = _STRINGS.sub("", text).encode("ascii", "replace").translate(None, _NOT_BRACKETS)
        if max(accumulate(map(_STEPS.__getitem__, brackets)), default=0) > self.max_depth:
            raise PacketError("JSON too deep")


class Decoder:
    """Turns the frames of one client into packets. After a ``PacketError`` it must not be used again."""

    __slots__ = ("_parser", "_packet", "_missing", "_slots", "_attachments", "held")

    def __init__(self, parser):
        self._parser = parser
        self._drop()

    @property
    def waiting(self):
        """Whether attachments are outstanding."""
        return self._packet is not None

    def add(self, frame):
        """The packet that ``frame`` completes, or None while attachments are outstanding.

        Raises ``PacketError`` for everything that the protocol or a limit does not allow, and nothing else.
        """
        if isinstance(frame, str):
            if self._packet is not None:
                raise PacketError("text while attachments are outstanding")
            packet, attachments = self._parser.decode_text(frame)
            return self._expect(packet, attachments) if attachments else packet
        return self._attach(frame)

    def _expect(self, packet, attachments):
        self._slots = []
        _find_placeholders(packet.data, attachments, self._slots)
        self._packet, self._missing, self._attachments = packet, attachments, []

    def _attach(self, frame):
        if self._packet is None:
            raise PacketError("binary without a packet that announces it")
        self.held += len(frame)
        if self.held > self._parser.max_attachment_bytes:
            self._drop()
            raise PacketError("attachments too large")
        self._attachments.append(bytes(frame))
        self._missing -= 1
        return None if self._missing else self._complete()

    def _complete(self):
        packet, attachments = self._packet, self._attachments
        for container, key, number in self._slots:
            container[key] = attachments[number]
        self._drop()
        return packet

    def _drop(self):
        self._packet = self._slots = self._attachments = None
        self._missing = self.held = 0


def _find_placeholders(value, attachments, found):
    """Append (container, key, number) for each placeholder in ``value``; its depth is bounded already."""
    for key, item in value.items() if type(value) is dict else enumerate(value):
        if type(item) is dict and item.get("_placeholder") is True:
            number = item.get("num")
            # CVE-2022-2421: the number indexes a list, so it is a number and inside it.
            if type(number) is not int or not 0 <= number < attachments:
                raise PacketError("illegal placeholder")
            found.append((value, key, number))
        elif type(item) is dict or type(item) is list:
            _find_placeholders(item, attachments, found)


def _id(digits):
    if digits is None:
        return None
    if int(digits) >= _MAX_ID:
        raise PacketError("id too large")
    return int(digits)


def _json_encoder(default):
    # check_circular off: a cycle ends in RecursionError, and the check costs 0.4 us a packet.
    return json.JSONEncoder(
        default=default, ensure_ascii=False, allow_nan=False, check_circular=False, separators=(",", ":")
    )


def _escape_surrogates(text):
    """``text`` as JSON that UTF-8 can carry: Node too sends a lone surrogate as ``\\ud83d``."""
    try:
        text.encode()  # 30 times faster than to search
    except UnicodeEncodeError:
        return _SURROGATES.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
    return text


def _refuse(constant):
    raise PacketError("not JSON: " + constant)


def _finite(digits):
    number = float(digits)
    if number in (float("inf"), float("-inf")):
        raise PacketError("number too large")
    return number


_BINARY = {EVENT: BINARY_EVENT, ACK: BINARY_ACK}
_ENCODER_ERRORS = (TypeError, ValueError, RecursionError, OverflowError)
PARSERS = {"json": JSONParser}
