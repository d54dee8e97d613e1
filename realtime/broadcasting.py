"""From an event to the members everywhere: encoded once, put into the outboxes here, then told the others. Floor 2."""

import contextlib
import logging
from collections.abc import Sequence
from typing import Any

from .exceptions import BroadcastError, RealtimeError
from .hubs import others
from .logs import because
from .members import Members
from .messages import decoded, event_packet, frames_of, layer_message, size_of, target_group, transcode
from .metrics import count
from .targets import is_many
from .types import Message

logger = logging.getLogger("realtime.rooms")


class Broadcasting(Members):
    """Members who can be told something, through ``parser`` and, where they are elsewhere, ``link``."""

    parser: Any
    options: Any

    async def broadcast(
        self,
        namespace: str,
        args: Any,
        rooms: Sequence[str] = (),
        excepted: Sequence[str] = (),
        flags: Any = None,
    ) -> Any:
        """Sends the event ``args[0]`` with its arguments to the members everywhere; returns how many were here.

        Encoded once. Raises ``BroadcastError`` if the other processes could not be reached, ``EncodeError`` and
        ``ValueError`` (a reserved event) before anything was sent.
        """
        flags = flags or {}
        frames = frames_of(self.parser, event_packet(namespace, args))
        local = self.deliver(namespace, frames, rooms, excepted, flags)
        if not (len(rooms) == 1 and rooms[0] in self.namespaces.get(namespace, ())):
            await self._spread(namespace, frames, rooms, excepted, flags, local)
        return local

    def deliver(
        self,
        namespace: str,
        frames: Any,
        rooms: Sequence[str] = (),
        excepted: Sequence[str] = (),
        flags: Any = None,
    ) -> Any:
        """Puts ready frames into the outboxes of the members of this hub; returns how many."""
        if namespace not in self.namespaces and is_many(namespace):
            return sum(
                self.deliver(name, transcode(frames, self.parser, self.parser, name), rooms, excepted, flags)
                for name in self._namespaces(namespace, rooms)
            )
        members = self.members(namespace, rooms, excepted)
        if self.watchers:
            self._show(members, frames)
        if flags and (flags.get("volatile") or flags.get("compress") is False):
            for socket in members:
                socket.deliver(frames, flags)
        elif members:
            members[0].fan_out(members, frames)
        return len(members)

    def _show(self, members: Any, frames: Any) -> None:
        """Tells the applications that want to know what goes out to their clients."""
        watching = self.watchers.intersection(members)
        if watching:
            event, *args = decoded(frames, self.parser).data
            for socket in watching:
                socket.outgoing(event, args)

    async def _spread(
        self,
        namespace: str,
        frames: Any,
        rooms: Sequence[str],
        excepted: Sequence[str],
        flags: Any,
        local: int,
    ) -> None:
        """To the other hubs of this process, then through the layer to the other processes."""
        for hub in others(self):
            self._hand_over(hub, namespace, frames, rooms, excepted, flags)
        if flags.get("local") or not self.link.reaches_others:
            return
        message = layer_message(namespace, frames, self.parser.name, rooms, excepted, flags)
        if (size := size_of(frames)) > self.options.max_layer_message_bytes:
            raise BroadcastError(f"{size} bytes are over MAX_LAYER_MESSAGE_BYTES for other processes", local)
        await self._send(target_group(namespace, rooms, self.secret, flags), message, local)

    async def _send(self, group: str, message: Message, local: int) -> None:
        """To the hubs of a group in other processes. Raises ``BroadcastError``."""
        try:
            await self.link.send(group, message)
        except Exception as error:
            raise self._unreachable(error, local) from error

    def _unreachable(self, error: Any, local: int) -> Any:
        count("broadcasts_unreachable")
        return BroadcastError(f"the channel layer could not be reached: {because(error)}", local)

    def _hand_over(
        self,
        hub: Any,
        namespace: str,
        frames: Any,
        rooms: Sequence[str],
        excepted: Sequence[str],
        flags: Any,
    ) -> None:
        with contextlib.suppress(RuntimeError):  # its loop was closed just now
            hub.loop.call_soon_threadsafe(hub.deliver_foreign, namespace, frames, self.parser, rooms, excepted, flags)

    def deliver_foreign(
        self,
        namespace: str,
        frames: Any,
        parser: Any,
        rooms: Sequence[str],
        excepted: Sequence[str],
        flags: Any,
    ) -> Any:
        """Delivers what another hub encoded, in this hub's own parser."""
        if parser.name != self.parser.name:
            try:
                frames = transcode(frames, parser, self.parser)
            except RealtimeError as error:
                count("transcodings_failed")
                return logger.error("a broadcast cannot be said in %s: %s", self.parser.name, error)
        self.deliver(namespace, frames, rooms, excepted, flags)
