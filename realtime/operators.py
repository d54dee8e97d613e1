"""Whom an emit is for: immutable operators, as Socket.IO's BroadcastOperator. Floor 2."""

import math
from typing import TYPE_CHECKING, Any

from .exceptions import AckTimeout, BroadcastError, ClusterTimeout, Disconnected
from .socketio.packet import server_event
from .targets import room_names, user_room

DEFAULT_TIMEOUT = 10.0  # seconds for acknowledgements where none is given


class RemoteHandshake(dict[str, Any]):
    """The handshake of a fetched socket, a dict whose keys are attributes too, as those of ``self.handshake``.

    It has no ``headers``, in which the client's cookies are: they stay in the process that has the socket.
    """

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            tip = ": what is to be known of them elsewhere, keep in self.data" if name == "headers" else ""
            raise AttributeError(f"the handshake of a fetched socket has no {name}{tip}") from None

    @property
    def query(self) -> Any:
        """The query string as a ``QueryDict``."""
        from django.http import QueryDict

        return QueryDict((self.get("url") or "").partition("?")[2])


class RemoteSocket:
    """A socket as ``fetch_sockets`` tells of it, with ``rooms``, ``data`` and ``handshake`` of that moment."""

    def __init__(self, hub: Any, about: dict[str, Any]) -> None:
        self.id = self.sid = about["sid"]
        self.namespace = about["namespace"]
        self.rooms: frozenset[str] = frozenset(about["rooms"])
        self.data, self.handshake = about["data"], RemoteHandshake(about["handshake"])
        self._operator = Operator(hub, self.namespace, (self.sid,), (), {"alone": True})

    def __repr__(self) -> str:
        return f"<RemoteSocket {self.namespace} {self.id}>"

    async def emit(self, event: str, *args: Any) -> None:
        """Sends an event to this socket."""
        await self._operator.emit(event, *args)

    async def call(self, event: str, *args: Any, timeout: float = DEFAULT_TIMEOUT) -> Any:
        """Sends an event and returns this socket's acknowledgement: one value, or a tuple.

        Raises ``AckTimeout``, or ``Disconnected`` for a socket that has left.
        """
        for answer in await self._operator.call(event, *args, timeout=timeout):
            return answer
        raise Disconnected("the client has left")

    async def join(self, *rooms: Any) -> None:
        await self._operator.sockets_join(*rooms)

    async def leave(self, *rooms: Any) -> None:
        await self._operator.sockets_leave(*rooms)

    async def disconnect(self, close: bool = False) -> None:
        """Out of the namespace; ``close``: out of every namespace, and the connection ends."""
        await self._operator.disconnect_sockets(close)


class Operator:
    """A namespace, or rooms of it, less some, with flags. Each method returns another operator; none changes this one.

    ``rooms`` and ``excepted`` are names; a socket's id is the name of its own room. Nobody hears an event twice.
    """

    __slots__ = ("_excepted", "_flags", "_hub", "_namespace", "_rooms")

    def __init__(
        self, hub: Any, namespace: Any, rooms: Any = (), excepted: Any = (), flags: dict[str, Any] | None = None
    ) -> None:
        self._hub, self._namespace = hub, namespace
        self._rooms, self._excepted, self._flags = rooms, excepted, flags or {}

    def __repr__(self) -> str:
        return f"<Operator {self._namespace} rooms={self._rooms} except={self._excepted} {self._flags}>"

    # -- whom -----------------------------------------------------------------------------------------------

    def to(self, *rooms: Any) -> "Operator":
        """Only these rooms, and those named before. A room is a str, or a model instance. None at all are everybody."""
        return Operator(self._hub, self._namespace, _union(self._rooms, room_names(rooms)), self._excepted, self._flags)

    in_ = to

    def user(self, user_or_pk: Any) -> "Operator":
        """Only this user's sockets, on whatever devices, and the rooms and users named before."""
        return self.to(user_room(user_or_pk))

    def except_(self, *rooms: Any) -> "Operator":
        """Not these rooms."""
        return Operator(self._hub, self._namespace, self._rooms, _union(self._excepted, room_names(rooms)), self._flags)

    # -- who is there, in this process ----------------------------------------------------------------------

    @property
    def sockets(self) -> dict[str, RemoteSocket]:
        """The matching sockets of this process, as ``{sid: RemoteSocket}``; those of all: ``fetch_sockets()``."""
        found = self._hub.described(self._namespace, self._rooms, self._excepted)
        return {about["sid"]: RemoteSocket(self._hub, about) for about in found}

    @property
    def rooms(self) -> dict[str, set[str]]:
        """The rooms that the matching sockets of this process are in, as ``{room: {sid, ...}}``, their own included."""
        found: dict[str, set[str]] = {}
        for sid, socket in self.sockets.items():
            for room in socket.rooms:
                found.setdefault(room, set()).add(sid)
        return found

    # -- how ------------------------------------------------------------------------------------------------

    def _with(self, **flags: Any) -> "Operator":
        return Operator(self._hub, self._namespace, self._rooms, self._excepted, {**self._flags, **flags})

    @property
    def volatile(self) -> "Operator":
        """May be lost where a client is not ready to receive."""
        return self._with(volatile=True)

    @property
    def local(self) -> "Operator":
        """Only the sockets of this process."""
        return self._with(local=True)

    def compress(self, compress: bool) -> "Operator":
        """Whether HTTP answers may be compressed for it."""
        return self._with(compress=bool(compress))

    def timeout(self, seconds: float) -> "Operator":
        """How long ``call`` waits for acknowledgements."""
        return self._with(timeout=duration(seconds))

    # -- deeds ----------------------------------------------------------------------------------------------

    async def emit(self, event: str, *args: Any) -> None:
        """Sends the event. Raises ``BroadcastError`` if other processes could not be reached."""
        await self._hub.broadcast(self._namespace, (event, *args), self._rooms, self._excepted, self._flags)

    async def call(self, event: str, *args: Any, timeout: float | None = None) -> Any:
        """Sends the event and returns the acknowledgements: a list with one value, or a tuple, for each client.

        Raises ``AckTimeout`` after ``timeout`` seconds (10), with the answers that came and who is missing, or
        ``ClusterTimeout``, which also names processes that did not answer.
        """
        seconds = timeout if timeout is not None else self._flags.get("timeout", DEFAULT_TIMEOUT)
        flags = {**self._flags, "timeout": duration(seconds)}
        try:
            answers = await self._hub.call(self._namespace, (event, *args), self._rooms, self._excepted, flags)
        except (AckTimeout, BroadcastError) as late:
            late.responses = [one_or_many(answer) for answer in late.responses]
            raise
        return [one_or_many(answer) for answer in answers]

    async def fetch_sockets(self) -> list[RemoteSocket]:
        """The matching sockets of all processes, as ``RemoteSocket``s.

        Raises ``ClusterTimeout`` if a process does not answer (``CLUSTER_TIMEOUT``), with those that were found in
        ``responses``; ``BroadcastError`` if the others cannot be reached, with those of this process.
        """
        try:
            found = await self._hub.fetch(self._namespace, self._rooms, self._excepted, self._flags)
        except (BroadcastError, ClusterTimeout) as late:
            late.responses = [RemoteSocket(self._hub, each) for each in late.responses]
            raise
        return [RemoteSocket(self._hub, each) for each in found]

    async def sockets_join(self, *rooms: Any) -> None:
        """Makes the matching sockets join rooms; what is sent there afterwards reaches them.

        Raises ``ClusterTimeout`` if a process does not answer that it is done.
        """
        await self._command("join", room_names(rooms))

    async def sockets_leave(self, *rooms: Any) -> None:
        """Makes the matching sockets leave rooms."""
        await self._command("leave", room_names(rooms))

    async def disconnect_sockets(self, close: bool = False) -> None:
        """Disconnects the matching sockets; ``close``: their whole connections."""
        await self._command("disconnect", close)

    async def server_side_emit(self, event: str, *args: Any) -> None:
        """Sends the signal ``realtime.signals.server_side_event`` in the other processes of the cluster."""
        await self._hub.server_side_emit(self._namespace, server_event([event, *args]))

    async def server_side_call(self, event: str, *args: Any, timeout: float | None = None) -> list[Any]:
        """The same; returns what a receiver of the signal has returned in each of them, in any order.

        The answer of a process is the first that is not ``None``. Raises ``ClusterTimeout`` if one does not answer in
        ``timeout`` seconds (``CLUSTER_TIMEOUT``), or its receiver raised: ``responses`` has the answers of the others.
        """
        seconds = timeout if timeout is not None else self._flags.get("timeout")
        told = server_event([event, *args])
        answers: list[Any] = await self._hub.server_side_call(self._namespace, told, duration(seconds))
        return answers

    async def _command(self, deed: Any, argument: Any) -> None:
        await self._hub.command(deed, self._namespace, argument, self._rooms, self._excepted, self._flags)


def duration(seconds: Any) -> Any:
    """How long to wait for an acknowledgement, as it was given; None is for ever.

    Raises ``TypeError`` for what is no number, ``ValueError`` for NaN: a timer that is due at no time holds up all
    other timers of its event loop.
    """
    if seconds is not None and (isinstance(seconds, bool) or not isinstance(seconds, int | float)):
        raise TypeError(f"a timeout is a number of seconds, not {type(seconds).__name__}")
    if seconds is not None and math.isnan(seconds):
        raise ValueError("a timeout is a number of seconds, not NaN")
    return seconds


def _union(some: Any, more: Any) -> Any:
    return tuple(dict.fromkeys((*some, *more)))


def one_or_many(answer: Any) -> Any:
    """The arguments of an acknowledgement as Python has them: None, one value, or a tuple."""
    return tuple(answer) if len(answer) > 1 else answer[0] if answer else None


if TYPE_CHECKING:
    from .protocols import Remote, Target

    def _as_said(operator: Operator, remote: RemoteSocket) -> tuple[Target, Remote]:
        return operator, remote
