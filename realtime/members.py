"""Which sockets of this process are in which room; whoever is first or last in one is told to the layer. Floor 2."""

from collections.abc import Iterable, Sequence
from typing import Any

from .exceptions import RoomRefused
from .sids import is_sid
from .signals import namespace_created, namespace_deleted, room_created, room_deleted, room_joined, room_left, tell
from .socketio.rooms import group_name
from .targets import CLASS, EVERYWHERE, is_many, is_user_room
from .users import Users

# Functions from the path of a consumer class to the namespaces that lead to it: ``children`` has one.
classes: list[Any] = []


class Members:
    """The sockets of one hub, by namespace, room and user. What it needs of a socket is said in ``adapter``."""

    def __init__(self, link: Any, secret: Any) -> None:
        self.link, self.secret = link, secret
        self.namespaces: dict[str, dict[str, Any]] = {}  # name -> {sid: socket}
        self.users = Users(link)
        self.rooms: dict[tuple[str, str], set[Any]] = {}  # (namespace, room) -> {socket}
        self.watchers: set[Any] = set()  # sockets whose application hears of every event that goes out to them

    async def add(self, socket: Any) -> None:
        """Lets broadcasts reach the socket. Effective at once here, in the layer when this returns."""
        members = self.namespaces.setdefault(socket.namespace, {})
        members[socket.sid] = socket
        if len(members) == 1:
            if namespace_created.receivers:
                tell(namespace_created, socket.namespace)
            await self.link.want(group_name(socket.namespace))
        await self.users.add(socket)

    def remove(self, socket: Any) -> None:
        """Takes the socket out of everything; ``socket.joined`` stays as it is, for the disconnect handlers."""
        self.watchers.discard(socket)
        self.users.remove(socket)
        for room in socket.joined:
            self._drop(socket, room)
        members = self.namespaces.get(socket.namespace, {})
        if members.pop(socket.sid, None) is not None and not members:
            del self.namespaces[socket.namespace]
            self.link.unwant(group_name(socket.namespace))
            if namespace_deleted.receivers:
                tell(namespace_deleted, socket.namespace)

    async def join(self, socket: Any, rooms: Sequence[str]) -> None:
        """Joins rooms; another socket's id cannot be joined (``RoomRefused``)."""
        await self.announce((socket.namespace, room) for room in self._enter(socket, rooms))

    def _enter(self, socket: Any, rooms: Sequence[str]) -> Any:
        """Joins rooms as far as this process goes, at once; returns those that are new to the socket."""
        for room in rooms:
            if room != socket.sid and is_sid(room, self.secret):
                raise RoomRefused("a socket's id is a room of its own, which nobody else can join")
            if is_user_room(room):
                raise RoomRefused("in a user's room is who is logged in, nobody can join it")
        new = [room for room in dict.fromkeys(rooms) if room != socket.sid and room not in socket.joined]
        for room in new:
            socket.joined.add(room)
            members = self.rooms.setdefault((socket.namespace, room), set())
            if not members and room_created.receivers:
                tell(room_created, socket.namespace, room=room)
            members.add(socket)
            if room_joined.receivers:
                tell(room_joined, socket.namespace, room=room, sid=socket.sid)
        return new

    async def announce(self, rooms: Iterable[tuple[str, str]]) -> None:
        """Tells the layer of rooms (with their namespaces). While it answers everybody may leave, and one be gone."""
        for room in rooms:
            if room in self.rooms:
                await self.link.want(group_name(*room))

    def leave(self, socket: Any, rooms: Sequence[str]) -> None:
        """Leaves rooms; those that it is not in, and its own, are passed over."""
        for room in rooms:
            if room in socket.joined:
                socket.joined.discard(room)
                self._drop(socket, room)

    def _drop(self, socket: Any, room: str) -> None:
        members = self.rooms.get((socket.namespace, room))
        if members is None:
            return
        members.discard(socket)
        if room_left.receivers:
            tell(room_left, socket.namespace, room=room, sid=socket.sid)
        if not members:
            if room_deleted.receivers:
                tell(room_deleted, socket.namespace, room=room)
            del self.rooms[socket.namespace, room]
            self.link.unwant(group_name(socket.namespace, room))

    def members(self, namespace: str, rooms: Sequence[str] = (), excepted: Sequence[str] = ()) -> Any:
        """The sockets here that are in any of the rooms (none: in the namespace), each once, less the excepted."""
        everybody = self.namespaces.get(namespace)
        if everybody is None:
            if is_many(namespace):
                names = self._namespaces(namespace, rooms)
                return [socket for name in names for socket in self.members(name, rooms, excepted)]
            everybody = {}
        if not rooms:
            found: Any = everybody.values()
        elif len(rooms) == 1:
            found = self._room(namespace, everybody, rooms[0])
        else:
            found = {socket for room in rooms for socket in self._room(namespace, everybody, room)}
        if not excepted:
            return list(found)
        if len(excepted) == 1 and excepted[0] in everybody:
            without = everybody[excepted[0]]
            return [socket for socket in found if socket is not without]
        out = {socket for room in excepted for socket in self._room(namespace, everybody, room)}
        # By id too: one that is pending is in rooms, but not in the namespace yet.
        return [socket for socket in found if socket not in out and socket.sid not in excepted]

    def _room(self, namespace: str, everybody: Any, room: str) -> Any:
        socket = everybody.get(room)
        if socket is not None:
            return (socket,)
        return self.users.of(room, namespace) if is_user_room(room) else self.rooms.get((namespace, room), ())

    def _namespaces(self, target: Any, rooms: Sequence[str]) -> Any:
        """Which namespaces of this hub a target stands for that is many: users are found at once."""
        if target != EVERYWHERE:
            path = target.removeprefix(CLASS)
            return [name for find in classes for name in find(path) if name in self.namespaces]
        return self.users.namespaces(rooms) if rooms and all(map(is_user_room, rooms)) else list(self.namespaces)
