"""What engines send each other, as bytes: records in sealed envelopes. Pure.

A record belongs to a tunnel (one forwarded request), an envelope to a line (two engines). The seal is a keyed hash
with the deployment's secret: what somebody else writes into the channel layer is noticed, and dropped.
"""

import hashlib
import hmac
import struct
from collections.abc import Iterator
from enum import IntEnum
from typing import Any, NamedTuple

VERSION = 1
SEAL_BYTES = 16
LATEST = 2**64 - 1  # no number: an envelope that only acknowledges, or acknowledges nothing that it knows

_FRONT = struct.Struct(">B16s")  # version, seal
_HEAD = struct.Struct(">6s6sQQQQ")
_ENTRY = struct.Struct(">BQI")


class Kind(IntEnum):
    """What a record says."""

    OPEN = 1  # a request: its scope
    EVENT = 2  # an ASGI event of it, or the end of one
    PART = 3  # the beginning of an event that is too long for one record
    CREDIT = 4  # so many bytes were taken from the tunnel
    END = 5  # this end of the tunnel is done
    BYE = 6  # the engine stops
    PROCEED = 7  # the session of an upgrade stays where it is
    MOVE = 8  # the session of an upgrade goes to where its websocket is
    RELEASE = 9  # a poll must end, because the process that holds it does


class Record(NamedTuple):
    kind: int
    tunnel: int
    data: bytes = b""


class Envelope(NamedTuple):
    """``life`` and ``number`` are the sender's, ``acked_life`` and ``acked`` what it has of the other's."""

    to: bytes
    sender: bytes
    life: int
    number: int = LATEST
    acked_life: int = 0
    acked: int = 0
    records: tuple[Record, ...] = ()


class OtherVersion(ValueError):
    """An envelope of another version of this library; the argument says which."""


def seal(envelope: Envelope, secret: bytes) -> bytes:
    """The bytes of an envelope."""
    body = bytearray(_HEAD.pack(*envelope[:6]))
    for record in envelope.records:
        body += _ENTRY.pack(record.kind, record.tunnel, len(record.data))
        body += record.data
    return _FRONT.pack(VERSION, _hash(body, secret)) + body


def unseal(data: Any, secret: bytes) -> Envelope:
    """The envelope in these bytes. ``ValueError`` for whatever nobody with the secret has sealed, ``OtherVersion``."""
    if not isinstance(data, bytes) or len(data) < _FRONT.size + _HEAD.size:
        raise ValueError("expected a sealed envelope")
    if data[0] != VERSION:
        raise OtherVersion(data[0])
    body = memoryview(data)[_FRONT.size :]
    if not hmac.compare_digest(_hash(body, secret), data[1 : 1 + SEAL_BYTES]):
        raise ValueError("the seal of an envelope is broken")
    to, sender, life, number, acked_life, acked = _HEAD.unpack_from(body)
    records = tuple(_records(body[_HEAD.size :]))
    return Envelope(to, sender, life, number, acked_life, acked, records)


def _hash(body: bytes | bytearray | memoryview, secret: bytes) -> bytes:
    return hashlib.blake2b(body, digest_size=SEAL_BYTES, key=secret[:64], person=b"realtime tunnel").digest()


def _records(rest: memoryview) -> Iterator[Record]:
    while rest:
        if len(rest) < _ENTRY.size:
            raise ValueError("a record was cut")
        kind, tunnel, length = _ENTRY.unpack_from(rest)
        data, rest = rest[_ENTRY.size : _ENTRY.size + length], rest[_ENTRY.size + length :]
        if len(data) != length:
            raise ValueError("a record was cut")
        yield Record(kind, tunnel, bytes(data))
