"""JSON frames in, packets out: one decoder for each client.

Whatever a peer sends, the outcome is a packet, nothing yet, or ``PacketError``. What Node's socket.io-parser refuses
is refused here too, so that a client meets the same server.
"""

import json
import re
from itertools import accumulate

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


class Decoder:
    """Turns the frames of one client into packets. After a ``PacketError`` it must not be used again."""

    __slots__ = ("_limits", "_packet", "_missing", "_slots", "_received", "held")

    def __init__(self, limits):
        self._limits = limits
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
            packet, attachments = self._decode(frame)
            return self._expect(packet, attachments) if attachments else packet
        return self._attach(frame)

    def _expect(self, packet, attachments):
        self._slots = []
        _find_placeholders(packet.data, attachments, self._slots)
        self._packet, self._missing, self._received = packet, attachments, []

    def _attach(self, frame):
        if self._packet is None:
            raise PacketError("binary without a packet that announces it")
        self.held += len(frame)
        if self.held > self._limits.max_attachment_bytes:
            self._drop()
            raise PacketError("attachments too large")
        self._received.append(bytes(frame))
        self._missing -= 1
        return None if self._missing else self._complete()

    def _complete(self):
        packet, attachments = self._packet, self._received
        for container, key, number in self._slots:
            container[key] = attachments[number]
        self._drop()
        return packet

    def _drop(self):
        self._packet = self._slots = self._received = None
        self._missing = self.held = 0

    def _decode(self, text):
        """The packet in ``text`` and how many attachments follow. Raises ``PacketError``."""
        # '2["message","hello world",{"a":1,"ok":true}]': 1.2 us; '2/chat,12[...]': 2.1 us (CPython 3.11).
        if text[:2] == "2[":
            return Packet(EVENT, "/", self._event(self._json(text, 1)), None), 0
        if text[:1] == "2":
            head, bracket, _ = text.partition("[")
            if bracket and len(head) <= 17 and head.isdecimal() and head.isascii():  # 2<id>[: saves 0.8 us
                return Packet(EVENT, "/", self._event(self._json(text, len(head))), _id(head[1:])), 0
        match = _HEADER.match(text)
        if match is None:
            raise PacketError("unknown packet type")
        digits, count, namespace, id = match.groups()
        namespace, id = self._namespace(namespace), _id(id)
        kind, attachments = self._attachments(int(digits), count)
        present = match.end() < len(text)
        data = self._json(text, match.end()) if present else None
        return Packet(kind, namespace, self._payload(kind, data, present), id), attachments

    def packet(self, kind, namespace, data=None, id=None):
        """The packet with these parts, for parsers that have them already. Raises ``PacketError`` if it is illegal."""
        if type(kind) is not int or not CONNECT <= kind <= CONNECT_ERROR:
            raise PacketError("unknown packet type")
        if type(namespace) is not str or namespace[:1] != "/":
            raise PacketError("invalid namespace")
        if id is not None and (type(id) is not int or not 0 <= id < _MAX_ID):
            raise PacketError("invalid id")
        return Packet(PacketType(kind), self._namespace(namespace), self._payload(kind, data, data is not None), id)

    def _attachments(self, kind, count):
        if kind != BINARY_EVENT and kind != BINARY_ACK:
            if count is not None:
                raise PacketError("attachments of a packet without binary")
            return PacketType(kind), 0
        # Zero is refused: GHSA-2m8v was a decoder that waited for ever after "50-".
        if count is None or not 1 <= int(count) <= self._limits.max_attachments:
            raise PacketError("illegal number of attachments")
        return EVENT if kind == BINARY_EVENT else ACK, int(count)

    def _namespace(self, namespace):
        if namespace is None:
            return "/"
        # Socket.IO 2.x clients put their query behind the name; that has the frame's limit only.
        if (
            len(namespace) > self._limits.max_name_length
            and len(namespace.partition("?")[0]) > self._limits.max_name_length
        ):
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
            if len(name) > self._limits.max_name_length:
                raise PacketError("event name too long")
            if name in RESERVED_EVENTS:
                raise PacketError("reserved event name")
        elif type(name) is not int or abs(name) >= _MAX_ID:  # Node takes numbers as names
            raise PacketError("invalid event name")
        return data

    def _json(self, text, start):
        if text.count("[") + text.count("{") > self._limits.max_depth:
            self._check_depth(text[start:])
        try:
            value, end = _raw_decode(text, start)
        except (ValueError, RecursionError) as error:  # ValueError: not JSON, or an integer of over 4300 digits
            raise PacketError("invalid JSON") from error
        if end != len(text) and text[end:].strip(" \t\r\n"):
            raise PacketError("invalid JSON")
        return value

    def _check_depth(self, text):
        # At C's speed, since anybody can send 1 MB of brackets: 23 ms; a loop over the characters takes 100.
        brackets = _STRINGS.sub("", text).encode("ascii", "replace").translate(None, _NOT_BRACKETS)
        if max(accumulate(map(_STEPS.__getitem__, brackets)), default=0) > self._limits.max_depth:
            raise PacketError("JSON too deep")


class CustomDecoder(Decoder):
    """Reads JSON with a ``json.JSONDecoder`` of the project's; whatever its hooks raise is the client's fault."""

    __slots__ = ()

    def _json(self, text, start):
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


_raw_decode = json.JSONDecoder(parse_constant=refuse, parse_float=finite).raw_decode
