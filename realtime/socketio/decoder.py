"""JSON frames in, packets out: one decoder for each client.

Whatever a peer sends, the outcome is a packet, nothing yet, or ``PacketError``. What Node's socket.io-parser refuses
is refused here too, so that a client meets the same server.
"""

import json
import re
from itertools import accumulate
from typing import Any, Protocol

from ..exceptions import PacketError
from .jsonlib import finite, refuse
from .packet import RESERVED_EVENTS, Packet, PacketType

CONNECT, DISCONNECT, EVENT, ACK, CONNECT_ERROR, BINARY_EVENT, BINARY_ACK = PacketType

# Numbers are bounded here, so that int() has little to do: 16 digits hold every id under 2**53.
_HEADER = re.compile(r"([0-6])(?:([0-9]{1,9})-)?(?:(/[^,]*)(?:,|\Z))?([0-9]{1,16})?")
# Possessive, and the closing quote is optional: 1 MB of escaped quotes in a string without end took half an hour.
_STRINGS = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
_STEPS = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}
_NOT_BRACKETS = bytes(set(range(256)) - _STEPS.keys())
_MAX_ID = 2**53  # the largest that JavaScript counts to


class Limits(Protocol):
    """What a decoder is to know of its parser."""

    max_attachments: int
    max_depth: int
    max_attachment_bytes: int
    max_name_length: int


class Decoder:
    """Turns the frames of one client into packets. After a ``PacketError`` it must not be used again."""

    __slots__ = ("_limits", "_packet", "_missing", "_slots", "_received", "held")

    _packet: Packet | None  # for which attachments are outstanding
    _slots: Any  # their places: a list then
    _received: Any  # a list then

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._drop()

    @property
    def waiting(self) -> bool:
        """Whether attachments are outstanding."""
        return self._packet is not None

    def add(self, frame: str | bytes) -> Packet | None:
        """The packet that ``frame`` completes, or None while attachments are outstanding.

        Raises ``PacketError`` for everything that the protocol or a limit does not allow, and nothing else.
        """
        if not isinstance(frame, str):
            return self._attach(frame)
        if self._packet is not None:
            raise PacketError("text while attachments are outstanding")
        event = self.event(frame)
        if event is not None:
            return _new(Packet, (EVENT, *event))
        packet, attachments = self._decode(frame)
        if not attachments:
            return packet
        self._expect(packet, attachments)
        return None

    def event(self, frame: str) -> tuple[str, list[Any], int | None] | None:
        """Namespace, data and id of a text frame that is an event, as most are. None: ``add`` has to say what it is.

        10,900 instructions for an echo of 32 bytes that wants an ack; as a ``Packet``, by ``add``, 13,900.
        """
        head, bracket, _ = frame.partition("[")
        if head[:1] != "2" or not bracket or self._packet is not None:
            return None
        namespace, digits = "/", head[1:]
        if digits[:1] == "/":
            namespace, comma, digits = digits.partition(",")
            if not comma or len(namespace) > self._limits.max_name_length:
                return None
        if not digits:
            return namespace, self._event(self._json(frame, len(head))), None
        if len(digits) > 15 or not digits.isdecimal() or not digits.isascii():  # 15 are under 2**53, whatever they are
            return None
        return namespace, self._event(self._json(frame, len(head))), int(digits)

    def _expect(self, packet: Packet, attachments: int) -> None:
        self._slots = []
        _find_placeholders(packet.data, attachments, self._slots)
        self._packet, self._missing, self._received = packet, attachments, []

    def _attach(self, frame: bytes) -> Packet | None:
        if self._packet is None:
            raise PacketError("binary without a packet that announces it")
        self.held += len(frame)
        if self.held > self._limits.max_attachment_bytes:
            self._drop()
            raise PacketError("attachments too large")
        self._received.append(bytes(frame))
        self._missing -= 1
        return None if self._missing else self._complete()

    def _complete(self) -> Packet | None:
        packet, attachments = self._packet, self._received
        for container, key, number in self._slots:
            container[key] = attachments[number]
        self._drop()
        return packet

    def _drop(self) -> None:
        self._packet = self._slots = self._received = None
        self._missing = self.held = 0

    def _decode(self, text: str) -> tuple[Packet, int]:
        """The packet in ``text`` and how many attachments follow. Raises ``PacketError``."""
        match = _HEADER.match(text)
        if match is None:
            raise PacketError("unknown packet type")
        digits, count, namespace, id = match.groups()
        namespace, id = self._namespace(namespace), _id(id)
        kind, attachments = self._attachments(int(digits), count)
        present = match.end() < len(text)
        data = self._json(text, match.end()) if present else None
        return Packet(kind, namespace, self._payload(kind, data, present), id), attachments

    def packet(self, kind: Any, namespace: Any, data: Any = None, id: Any = None) -> Packet:
        """The packet with these parts, for parsers that have them already. Raises ``PacketError`` if it is illegal."""
        if type(kind) is not int or not CONNECT <= kind <= CONNECT_ERROR:
            raise PacketError("unknown packet type")
        if type(namespace) is not str or namespace[:1] != "/":
            raise PacketError("invalid namespace")
        if id is not None and (type(id) is not int or not 0 <= id < _MAX_ID):
            raise PacketError("invalid id")
        return Packet(PacketType(kind), self._namespace(namespace), self._payload(kind, data, data is not None), id)

    def _attachments(self, kind: int, count: str | None) -> tuple[PacketType, int]:
        if kind != BINARY_EVENT and kind != BINARY_ACK:
            if count is not None:
                raise PacketError("attachments of a packet without binary")
            return PacketType(kind), 0
        # Zero is refused: GHSA-2m8v was a decoder that waited for ever after "50-".
        if count is None or not 1 <= int(count) <= self._limits.max_attachments:
            raise PacketError("illegal number of attachments")
        return EVENT if kind == BINARY_EVENT else ACK, int(count)

    def _namespace(self, namespace: str | None) -> str:
        if namespace is None:
            return "/"
        # Socket.IO 2.x clients put their query behind the name; that has the frame's limit only.
        if (
            len(namespace) > self._limits.max_name_length
            and len(namespace.partition("?")[0]) > self._limits.max_name_length
        ):
            raise PacketError("namespace too long")
        return namespace

    def _payload(self, kind: int, data: Any, present: bool) -> Any:
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

    def _event(self, data: Any) -> list[Any]:
        if type(data) is not list or not data:
            raise PacketError("invalid payload")
        name = data[0]
        if type(name) is str:
            if len(name) > self._limits.max_name_length:
                raise PacketError("event name too long")
            if name in RESERVED_EVENTS:
                raise PacketError("reserved event name")
        elif type(name) is not int or abs(name) >= _MAX_ID:  # Node takes numbers as names
            raise PacketError("invalid event name")
        return data

    def _json(self, text: str, start: int) -> Any:
        depth = self._limits.max_depth
        if len(text) > 2 * depth and text.count("[") + text.count("{") > depth:  # what is deep and short has no end
            self._check_depth(text[start:])
        try:
            value, end = _scan(text, start)
        except (ValueError, StopIteration, RecursionError) as error:  # ValueError also: over 4300 digits
            raise PacketError("invalid JSON") from error
        if end != len(text) and text[end:].strip(" \t\r\n"):
            raise PacketError("invalid JSON")
        return value

    def _check_depth(self, text: str) -> None:
        # At C's speed, since anybody can send 1 MB of brackets: 23 ms; a loop over the characters takes 100.
        brackets = _STRINGS.sub("", text).encode("ascii", "replace").translate(None, _NOT_BRACKETS)
        if max(accumulate(map(_STEPS.__getitem__, brackets)), default=0) > self._limits.max_depth:
            raise PacketError("JSON too deep")


class CustomDecoder(Decoder):
    """Reads JSON with a ``json.JSONDecoder`` of the project's; whatever its hooks raise is the client's fault."""

    __slots__ = ()

    _limits: Any  # a parser with ``raw_decode``

    def _json(self, text: str, start: int) -> Any:
        self._check_depth(text[start:])
        try:
            value, end = self._limits.raw_decode(text, start)
        except PacketError:
            raise
        except Exception as error:
            raise PacketError("invalid JSON") from error
        if text[end:].strip(" \t\r\n"):
            raise PacketError("invalid JSON")
        return value


def _find_placeholders(value: Any, attachments: int, found: list[tuple[Any, Any, int]]) -> None:
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


def _id(digits: str | None) -> int | None:
    if digits is None:
        return None
    number = int(digits)
    if number >= _MAX_ID:
        raise PacketError("id too large")
    return number


_json_decoder: Any = json.JSONDecoder(parse_constant=refuse, parse_float=finite)
_scan = _json_decoder.scan_once  # raw_decode() is this in Python
_new = tuple.__new__  # NamedTuple's own is in Python: 0.22 us, this 0.1
