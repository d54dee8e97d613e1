"""Session ids: random, and recognisable as ours with the deployment's secret, without asking anybody. Floor 1.

A room with the name of a socket's id is that socket's own. Any process must see that a name is somebody's id, or a
client that may choose room names could listen to a socket of another process. And any process must see whose session
an id is, so that a request may come to any: the id of a session begins with the tag of the engine that has it, where
there are several.
"""

import hashlib
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode

RANDOM_BYTES, CHECK_BYTES, TAG_BYTES = 12, 3, 6
LENGTHS = (20, 28)  # characters of base64url: without a tag, as Node's, and with one


def _check(data: bytes, secret: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=CHECK_BYTES, key=secret[:64]).digest()


def new_sid(secret: bytes, tag: bytes = b"") -> str:
    """A new id of URL-safe characters: the engine's tag if there is one, 96 random bits and a keyed check.

    ``secret`` and ``tag`` are bytes. The tag comes first: what a log shows of an id is no part of its secret end.
    """
    data = tag + secrets.token_bytes(RANDOM_BYTES)
    return urlsafe_b64encode(data + _check(data, secret)).decode("ascii")


def _decoded(sid: str, secret: bytes) -> bytes | None:
    """Tag and random bytes of an id made with ``secret``, or None."""
    if len(sid) not in LENGTHS or not sid.isascii():
        return None
    try:
        data = urlsafe_b64decode(sid)
    except ValueError:
        return None
    data, check = data[:-CHECK_BYTES], data[-CHECK_BYTES:]
    if len(data) not in (RANDOM_BYTES, TAG_BYTES + RANDOM_BYTES):
        return None
    return data if _check(data, secret) == check else None


def is_sid(name: str, secret: bytes) -> bool:
    """Whether ``name`` is an id made with ``secret``; protocol 3's ``/chat#<id>`` too. One name in 16 million lies."""
    return _decoded(name.rpartition("#")[2] if name[:1] == "/" else name, secret) is not None


def tag_of(sid: str, secret: bytes) -> bytes | None:
    """The tag in a session's id, or None if it has none or was not made with ``secret``."""
    data = _decoded(sid, secret)
    return data[:TAG_BYTES] if data is not None and len(data) > RANDOM_BYTES else None
