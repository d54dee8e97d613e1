"""How a hub with a log tells its sockets: each event with the offset that its client then has."""

from collections.abc import Sequence
from typing import Any

from ..adapter import Hub
from ..messages import transcode
from ..targets import is_many
from .entry import needs_offset, with_offset
from .position import Offset, Position


class Telling(Hub):
    """Members who are told where in the log they are: at ``position`` of ``epoch``."""

    epoch: str
    position: Position

    @property
    def offset(self) -> Any:
        """What a client has that has received all so far."""
        return Offset(self.epoch, self.position)

    def tell(self, entry: Any) -> Any:
        """Tells the members here of an entry of the log, whose position is ``position`` now; returns how many."""
        offset, told = str(self.offset), 0
        for name in self._meant(entry.namespace, entry.rooms):
            frames = self.in_namespace(entry, name)
            members = self.members(name, entry.rooms, entry.excepted)
            if self.watchers:
                self._show(members, frames)
            told += len(members)
            flags = None if entry.compress else {"compress": False}
            self._write([socket for socket in members if not socket.replaying], frames, offset, flags)
        return told

    def _meant(self, target: Any, rooms: Sequence[str]) -> Any:
        """The namespaces here that a target stands for."""
        return self._namespaces(target, rooms) if is_many(target) else (target,)

    def in_namespace(self, entry: Any, name: str) -> Any:
        """The frames of an entry, for a namespace that it is for."""
        if entry.namespace == name:
            return entry.frames
        return transcode(entry.frames, self.parser, self.parser, name)

    def tell_unlogged(
        self, namespace: str, frames: Any, rooms: Sequence[str], excepted: Sequence[str], flags: Any
    ) -> Any:
        """Tells the members here of something that is not in the log."""
        told = 0
        offset = str(self.offset) if needs_offset(frames, self.parser) else None
        for name in self._meant(namespace, rooms):
            said = frames if name == namespace else transcode(frames, self.parser, self.parser, name)
            members = self.members(name, rooms, excepted)
            if self.watchers:
                self._show(members, said)
            told += len(members)
            self._write(members, said, offset, flags)
        return told

    def _write(self, sockets: Any, frames: Any, offset: Any, flags: Any) -> None:
        """With the offset for those who know recovery. Older clients would take it for an argument."""
        old = [socket for socket in sockets if socket.session is None]
        if old:
            _fan_out(old, frames, flags)
            sockets = [socket for socket in sockets if socket.session is not None]
        if sockets:
            _fan_out(sockets, with_offset(frames, self.parser, offset) if offset else frames, flags)

    def tell_one(self, socket: Any, frames: Any, flags: Any) -> None:
        """What an application emits to its own client. May be awaited, where there is something to wait for."""
        raise NotImplementedError

    def tell_one_unlogged(self, socket: Any, frames: Any, flags: Any) -> None:
        """The same for what may be lost."""
        if socket.session is not None and needs_offset(frames, self.parser):
            frames = with_offset(frames, self.parser, str(self.offset))
        socket.deliver(frames, flags)


def _fan_out(sockets: Any, frames: Any, flags: Any) -> None:
    if flags and (flags.get("volatile") or flags.get("compress") is False):
        for socket in sockets:
            socket.deliver(frames, flags)
    else:
        sockets[0].fan_out(sockets, frames)
