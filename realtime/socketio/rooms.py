"""The channel-layer group of a namespace or of a room in it."""

from functools import lru_cache
from hashlib import sha256

LONGEST = 300  # characters of a name that is remembered: longer ones, 1 MB each, could be a client's


def group_name(namespace: str, room: str | None = None) -> str:
    """The group of ``room``, or of the whole ``namespace`` when ``room`` is None.

    Two different pairs never share a group; the name is legal for every channel layer (ASCII letters, digits and dots,
    under 100 characters), whatever the client put into the room's name. Raises ``TypeError`` for what is not a str.
    """
    if room is not None and len(room) > LONGEST:
        return _named(namespace, room)
    return _remembered(namespace, room)


def _named(namespace: str, room: str | None) -> str:
    if room is None:
        return f"socketio.namespace.{_digest(namespace)}"
    # The length in front keeps ("/a", "b") and ("/ab", "") apart.
    return f"socketio.room.{_digest(f'{len(namespace)}:{namespace}' + room)}"


_remembered = lru_cache(maxsize=4096)(_named)


def _digest(text: str) -> str:
    # A client can put a lone surrogate into a room name, and plain UTF-8 has no form for it.
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
