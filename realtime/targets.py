"""What an application calls a room: a name, a model instance, a user. Pure.

Rooms are named by strings, and a client may be let choose one. So a user's room is no string that anybody could write:
names that begin like it are refused wherever they do not come from ``user_room``.
"""

from typing import Any

from .exceptions import NotARoom, NotAUser, RoomRefused

EVERYWHERE = "*"  # stands for all namespaces; names of namespaces begin with a slash
CLASS = "="  # begins what stands for all namespaces that a consumer class serves
USERS = "\0realtime.user:"


class UserRoom(str):
    """The room of all sockets of one user, of every namespace. Nobody joins it: whoever is logged in is in it."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<user {self.removeprefix(USERS)}>"


def user_room(user_or_pk: Any) -> UserRoom:
    """The room of a user, given as an instance or by its primary key.

    Raises ``NotAUser``, a ``TypeError`` and ``ValueError``, for one without a key, such as an anonymous one, and for
    what is no key.
    """
    key = getattr(user_or_pk, "pk", None) if hasattr(user_or_pk, "is_authenticated") else user_or_pk
    if key is None:
        raise NotAUser("expected a user who is saved and logged in, or a primary key")
    if isinstance(key, bool | float | bytes | list | tuple | set | frozenset | dict) or hasattr(key, "_meta"):
        raise NotAUser(f"expected a user or a primary key, got {type(key).__name__}")
    return UserRoom(f"{USERS}{key}")


def is_user_room(name: str) -> bool:
    """Whether this is the name of a user's room, wherever it came from."""
    return name.startswith(USERS)


def class_target(path: str) -> str:
    """What stands for all namespaces that lead to the consumer class of this path."""
    return CLASS + path


def is_many(namespace: str) -> bool:
    """Whether this stands for several namespaces; each hub knows for which of its own."""
    return namespace == EVERYWHERE or namespace[:1] == CLASS


def room_name(room: Any) -> str:
    """The name of a room: a str is its own, that of a saved model instance is ``"app_label.model:pk"``.

    Raises ``NotARoom``, a ``TypeError``, for anything else, ``ValueError`` for an instance without a key, and
    ``RoomRefused`` for a str that reads like a user's room.
    """
    if isinstance(room, str):
        if room.startswith(USERS) and type(room) is not UserRoom:
            raise RoomRefused("the room of a user is reached by user(), and by no name")
        return room
    if not hasattr(room, "_meta") or isinstance(room, type):
        raise NotARoom(room)
    if room.pk is None:
        raise ValueError("a model instance is a room once it is saved")
    return f"{room._meta.concrete_model._meta.label_lower}:{room.pk}"


def room_names(rooms: Any) -> list[str]:
    """Rooms as a list of names; a list or set of them counts as its members, as in Node."""
    names: list[Any] = []
    for room in rooms:
        names += room if isinstance(room, list | tuple | set | frozenset) else (room,)
    return [room_name(name) for name in names]
