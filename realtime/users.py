"""Which sockets of this process are whose: one layer group for each user, whatever the namespaces. Floor 2."""

from collections.abc import Iterable
from typing import Any

from .socketio.rooms import group_name
from .targets import EVERYWHERE


class Users:
    """The logged-in sockets of a hub, by the room of their user (``targets.user_room``)."""

    def __init__(self, link: Any) -> None:
        self._link = link
        self._sockets: dict[str, set[Any]] = {}  # user room -> {socket}

    async def add(self, socket: Any) -> None:
        """From here on the socket is found; when this returns, other processes reach it too."""
        if socket.user is not None:
            members = self._sockets.setdefault(socket.user, set())
            members.add(socket)
            if len(members) == 1:
                await self._link.want(group_name(EVERYWHERE, socket.user))

    def remove(self, socket: Any) -> None:
        """Takes the socket out; one that was never in is passed over."""
        members = self._sockets.get(socket.user)
        if members is not None:
            members.discard(socket)
            if not members:
                del self._sockets[socket.user]
                self._link.unwant(group_name(EVERYWHERE, socket.user))

    def of(self, room: str, namespace: str) -> list[Any]:
        """The sockets of a user in a namespace."""
        return [socket for socket in self._sockets.get(room, ()) if socket.namespace == namespace]

    def namespaces(self, rooms: Iterable[str]) -> set[str]:
        """The namespaces in which these users are."""
        return {socket.namespace for room in rooms for socket in self._sockets.get(room, ())}
