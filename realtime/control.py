"""What is done to the members of one hub: asked who they are and for acknowledgements, made to join, leave and go.

Floor 2. The operators, which do the same everywhere, are in ``asking``.
"""

import asyncio
import contextlib
import itertools
from collections.abc import Sequence
from typing import Any

from .broadcasting import Broadcasting
from .messages import event_packet, frames_of


def about(socket: Any) -> Any:
    """What ``fetch_sockets`` tells of a socket, as of now."""
    return {
        "sid": socket.sid,
        "namespace": socket.namespace,
        "rooms": sorted(socket.rooms),
        "data": dict(socket.data),
        "handshake": socket.handshake,
    }


class Control(Broadcasting):
    """Members who acknowledge and obey."""

    def __init__(self, link: Any, secret: Any) -> None:
        super().__init__(link, secret)
        self.ack_ids = itertools.count(1)  # one counter, so that a broadcast has the same id for everybody

    def described(self, namespace: str, rooms: Sequence[str] = (), excepted: Sequence[str] = ()) -> Any:
        """The members that are connected, as ``about`` tells of them."""
        return [about(socket) for socket in self.members(namespace, rooms, excepted) if socket.connected]

    async def fetch_here(self, namespace: str, rooms: Sequence[str] = (), excepted: Sequence[str] = ()) -> Any:
        """The same, to be asked from another loop."""
        return self.described(namespace, rooms, excepted)

    async def call_here(
        self,
        namespace: str,
        args: Any,
        rooms: Sequence[str] = (),
        excepted: Sequence[str] = (),
        flags: Any = None,
    ) -> Any:
        """Sends an event to the members here; returns ``(their acknowledgements, the ids of those who did not)``.

        Each acknowledgement is a list of arguments.
        """
        flags = flags or {}
        members = [socket for socket in self.members(namespace, rooms, excepted) if socket.connected]
        number = next(self.ack_ids)
        names = {socket.namespace for socket in members}
        frames = {name: frames_of(self.parser, event_packet(name, args, number)) for name in names}
        waiting = {socket.sid: socket.expect_ack(number) for socket in members}
        try:
            for socket in members:
                if socket in self.watchers:
                    socket.outgoing(args[0], args[1:])
                socket.deliver(frames[socket.namespace], flags)
            if waiting:
                await asyncio.wait(waiting.values(), timeout=flags.get("timeout"))
        finally:
            for socket in members:
                socket.forget_ack(number)
        missing = [sid for sid, answer in waiting.items() if not answer.done() or answer.exception()]
        return [answer.result() for answer in waiting.values() if answer.done() and not answer.exception()], missing

    async def command_here(
        self, deed: Any, namespace: str, argument: Any, rooms: Sequence[str] = (), excepted: Sequence[str] = ()
    ) -> None:
        """``join``, ``leave`` (argument: rooms) or ``disconnect`` (argument: close) the members of this hub."""
        await self.announce(self.obey(deed, namespace, argument, rooms, excepted))

    def obey(self, deed: Any, namespace: str, argument: Any, rooms: Sequence[str], excepted: Sequence[str]) -> Any:
        """A command, at once; returns the rooms (with their namespaces) that the layer must be told of."""
        new: set[tuple[str, str]] = set()
        for socket in self.members(namespace, rooms, excepted):
            if deed == "join":
                with contextlib.suppress(ValueError):
                    new.update((socket.namespace, room) for room in self._enter(socket, argument))
            elif deed == "leave":
                self.leave(socket, argument)
            else:
                socket.disconnect(close=bool(argument))
        return new
