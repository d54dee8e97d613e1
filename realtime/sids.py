"""Session ids: random, and recognisable as ours with the deployment's secret, without asking anybody. Floor 1.

A room with the name of a socket's id is that socket's own. Any process must see that a name is somebody's id, or a
client that may choose room names could listen to a socket of another process.
"""

import hashlib
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode

RANDOM_BYTES, CHECK_BYTES = 12, 3
LENGTH = 20  # characters of base64url, as Node's


def _check(random, secret):
    return hashlib.blake2b(random, digest_size=CHECK_BYTES, key=secret[:64]).digest()


def new_sid(secret):
    """A new id of 20 URL-safe characters: 96 random bits and a keyed check. ``secret`` is bytes."""
    random = secrets.token_bytes(RANDOM_BYTES)
    return urlsafe_b64encode(random + _check(random, secret)).decode("ascii")


def is_sid(name, secret):
    """Whether ``name`` is an id made with ``secret``; protocol 3's ``/chat#<id>`` too. One name in 16 million lies."""
    sid = name.rpartition("#")[2] if name[:1] == "/" else name
    if len(sid) != LENGTH or not sid.isascii():
        return False
    try:
        data = urlsafe_b64decode(sid)
    except ValueError:
        return False
    return len(data) == RANDOM_BYTES + CHECK_BYTES and _check(data[:RANDOM_BYTES], secret) == data[RANDOM_BYTES:]
