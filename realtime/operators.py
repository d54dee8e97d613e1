"""Whom an emit is for: immutable operators, as Socket.IO's BroadcastOperator. Floor 2."""

from .exceptions import AckTimeout, Disconnected
from .socketio.packet import server_event
from .targets import room_names, user_room

DEFAULT_TIMEOUT = 10.0  # seconds for acknowledgements where none is given


class RemoteSocket:
    """A socket as ``fetch_sockets`` tells of it, with ``rooms``, ``data`` and ``handshake`` of that moment."""

    def __init__(self, hub, socket):
        self.id = self.sid = socket.sid
        self.namespace = socket.namespace
        self.rooms = socket.rooms
        self.data = dict(socket.data)
        self.handshake = socket.handshake
        self._operator = Operator(hub, socket.namespace, (socket.sid,))

    def __repr__(self):
        return f"<RemoteSocket {self.namespace} {self.id}>"

    async def emit(self, event, *args):
        """Sends an event to this socket."""
        await self._operator.emit(event, *args)

    async def call(self, event, *args, timeout=DEFAULT_TIMEOUT):
        """Sends an event and returns this socket's acknowledgement: one value, or a tuple.

        Raises ``AckTimeout``, or ``Disconnected`` for a socket that has left.
        """
        for answer in await self._operator.call(event, *args, timeout=timeout):
            return answer
        raise Disconnected("the client has left")

    async def join(self, *rooms):
        await self._operator.sockets_join(*rooms)

    async def leave(self, *rooms):
        await self._operator.sockets_leave(*rooms)

    async def disconnect(self, close=False):
        """Out of the namespace; ``close``: out of every namespace, and the connection ends."""
        await self._operator.disconnect_sockets(close)


class Operator:
    """A namespace, or rooms of it, less some, with flags. Each method returns another operator; none changes this one.

    ``rooms`` and ``excepted`` are names; a socket's id is the name of its own room. Nobody hears an event twice.
    """

    __slots__ = ("_excepted", "_flags", "_hub", "_namespace", "_rooms")

    def __init__(self, hub, namespace, rooms=(), excepted=(), flags=None):
        self._hub, self._namespace = hub, namespace
        self._rooms, self._excepted, self._flags = rooms, excepted, flags or {}

    def __repr__(self):
        return f"<Operator {self._namespace} rooms={self._rooms} except={self._excepted} {self._flags}>"

    # -- whom -----------------------------------------------------------------------------------------------

    def to(self, *rooms):
        """Only these rooms, and those named before. A room is a str, or a model instance."""
        return Operator(self._hub, self._namespace, _union(self._rooms, room_names(rooms)), self._excepted, self._flags)

    in_ = to

    def user(self, user_or_pk):
        """Only this user's sockets, on whatever devices, and the rooms and users named before."""
        return self.to(user_room(user_or_pk))

    def except_(self, *rooms):
        """Not these rooms."""
        return Operator(self._hub, self._namespace, self._rooms, _union(self._excepted, room_names(rooms)), self._flags)

    # -- who is there, in this process ----------------------------------------------------------------------

    @property
    def sockets(self):
        """The matching sockets of this process, as ``{sid: RemoteSocket}``; those of all: ``fetch_sockets()``."""
        members = self._hub.members(self._namespace, self._rooms, self._excepted)
        return {socket.sid: RemoteSocket(self._hub, socket) for socket in members if socket.connected}

    @property
    def rooms(self):
        """The rooms that the matching sockets of this process are in, as ``{room: {sid, ...}}``, their own included."""
        found = {}
        for sid, socket in self.sockets.items():
            for room in socket.rooms:
                found.setdefault(room, set()).add(sid)
        return found

    # -- how ------------------------------------------------------------------------------------------------

    def _with(self, **flags):
        return Operator(self._hub, self._namespace, self._rooms, self._excepted, {**self._flags, **flags})

    @property
    def volatile(self):
        """May be lost where a client is not ready to receive."""
        return self._with(volatile=True)

    @property
    def local(self):
        """Only the sockets of this process."""
        return self._with(local=True)

    def compress(self, compress):
        """Whether HTTP answers may be compressed for it."""
        return self._with(compress=bool(compress))

    def timeout(self, seconds):
        """How long ``call`` waits for acknowledgements."""
        return self._with(timeout=seconds)

    # -- deeds ----------------------------------------------------------------------------------------------

    async def emit(self, event, *args):
        """Sends the event. Raises ``BroadcastError`` if other processes could not be reached."""
        await self._hub.broadcast(self._namespace, (event, *args), self._rooms, self._excepted, self._flags)

    async def call(self, event, *args, timeout=None):
        """Sends the event and returns the acknowledgements: a list with one value, or a tuple, for each client.

        Raises ``AckTimeout`` after ``timeout`` seconds (10), with the answers that came and who is missing.
        """
        seconds = timeout if timeout is not None else self._flags.get("timeout", DEFAULT_TIMEOUT)
        flags = {**self._flags, "timeout": seconds}
        try:
            answers = await self._hub.call(self._namespace, (event, *args), self._rooms, self._excepted, flags)
        except AckTimeout as late:
            late.responses = [one_or_many(answer) for answer in late.responses]
            raise
        return [one_or_many(answer) for answer in answers]

    async def fetch_sockets(self):
        """The matching sockets, as ``RemoteSocket``s."""
        members = self._hub.members(self._namespace, self._rooms, self._excepted)
        return [RemoteSocket(self._hub, socket) for socket in members if socket.connected]

    async def sockets_join(self, *rooms):
        """Makes the matching sockets join rooms."""
        await self._command("join", room_names(rooms))

    async def sockets_leave(self, *rooms):
        """Makes the matching sockets leave rooms."""
        await self._command("leave", room_names(rooms))

    async def disconnect_sockets(self, close=False):
        """Disconnects the matching sockets; ``close``: their whole connections."""
        await self._command("disconnect", close)

    async def server_side_emit(self, event, *args):
        """Sends the signal ``realtime.signals.server_side_event`` in the other processes of the cluster."""
        await self._hub.server_side_emit(self._namespace, server_event([event, *args]))

    async def _command(self, deed, argument):
        await self._hub.command_everywhere(deed, self._namespace, argument, self._rooms, self._excepted, self._flags)


def _union(some, more):
    return tuple(dict.fromkeys((*some, *more)))


def one_or_many(answer):
    """The arguments of an acknowledgement as Python has them: None, one value, or a tuple."""
    return tuple(answer) if len(answer) > 1 else answer[0] if answer else None
