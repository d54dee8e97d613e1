"""Recovery across processes: the log is a Redis Stream, and the sessions are keys beside it."""

import asyncio
import logging
import secrets
from collections.abc import Sequence
from typing import Any

from ..exceptions import BroadcastError
from ..hubs import others
from ..messages import event_packet, frames_of, size_of
from ..metrics import count
from .entry import Entry
from .feed import Feed
from .keeping import RENEW, Keeping
from .place import place
from .position import START, Offset
from .sealed import Sealer
from .store import Store

logger = logging.getLogger("realtime.recovery")

AT_ONCE = 50  # clients that are told at a time that something is missing; a tenth of a second later the next
UNLOGGED = ("volatile", "local")


class RedisHub(Keeping):
    """A hub whose clients may come back to any process."""

    def __init__(self, loop: asyncio.AbstractEventLoop, parser: Any, layer: Any, secret: Any, options: Any) -> None:
        super().__init__(loop, parser, layer, secret, options)
        self.sealer = Sealer(secret)
        host: Any = place(options)
        store = Store(host, self.recovery.prefix, self.recovery.max_length, self.retention)
        self.feed = Feed(self, store, self.sealer)
        self._by_sid: dict[tuple[str, str], Any] = {}  # (namespace, sid) -> session
        self._renewed = self.loop.time()

    def beginning(self) -> Any:
        return secrets.token_hex(4), START  # until the log is found

    def enter(self) -> None:
        super().enter()
        self.feed.start()

    async def close(self) -> None:
        await self.feed.close()
        await super().close()

    # -- what is said here ------------------------------------------------------------------------------------

    async def broadcast(
        self, namespace: str, args: Any, rooms: Sequence[str] = (), excepted: Sequence[str] = (), flags: Any = None
    ) -> Any:
        """As ``Broadcasting.broadcast``; through the log, unless it may be lost or is for this process only."""
        flags = flags or {}
        if any(flags.get(flag) for flag in UNLOGGED):
            return await super().broadcast(namespace, args, rooms, excepted, flags)
        frames = frames_of(self.parser, event_packet(namespace, args))
        for hub in others(self):
            if not isinstance(hub, RedisHub):
                self._hand_over(hub, namespace, frames, rooms, excepted, flags)
        if (size := size_of(frames)) > self.options.max_layer_message_bytes:
            local = self.deliver(namespace, frames, rooms, excepted, flags)
            raise BroadcastError(f"{size} bytes are over MAX_LAYER_MESSAGE_BYTES for other processes", local)
        entry = Entry(namespace, tuple(frames), tuple(rooms), tuple(excepted), flags.get("compress") is not False)
        return await self.feed.append(entry)

    def deliver(
        self, namespace: str, frames: Any, rooms: Sequence[str] = (), excepted: Sequence[str] = (), flags: Any = None
    ) -> Any:
        """What did not come through the log."""
        if not any((flags or {}).get(flag) for flag in UNLOGGED):
            count("recovery_unlogged")
        return self.tell_unlogged(namespace, frames, rooms, excepted, flags)

    def tell_one(self, socket: Any, frames: Any, flags: Any) -> Any:
        if flags and flags.get("volatile"):
            return self.tell_one_unlogged(socket, frames, flags)
        compress = not flags or flags.get("compress") is not False
        entry = Entry(socket.namespace, tuple(frames), (socket.sid,), (), compress)
        return self.feed.append(entry, socket)

    # -- what the log says ------------------------------------------------------------------------------------

    @property
    def offset(self) -> Any:
        feed = self.feed
        ahead = (feed.origin, feed.ahead) if feed.ahead > feed.own else ()
        return Offset(self.epoch, self.position, *ahead)

    def passed(self, position: Any, entry: Any = None) -> None:
        """The log has been read up to here."""
        self.position = position
        if entry is not None:
            self.ring.append(position, entry, self.loop.time())

    def told(self, entry: Any, socket: Any = None) -> Any:
        """Tells the sockets here, or the one that it is for, which may not be let in yet."""
        if socket is None:
            return self.tell(entry)
        if not socket.replaying:
            flags = None if entry.compress else {"compress": False}
            self._write([socket], entry.frames, str(self.offset), flags)
        return 1

    def evicted(self, namespace: str, sid: str, claims: int) -> None:
        """A client has come back elsewhere, by this claim: whatever is here of an earlier one ends."""
        session = self._by_sid.get((namespace, sid))
        if session is None or session.claims >= claims:
            return
        socket = session.socket
        self._forget(session)
        if socket is not None:
            socket.session = None
            count("recoveries_of_live_sockets")
            socket.transport.close("transport close")

    def missing(self, heard_here: bool) -> None:
        """Something was said that nobody here will ever get: the clients are told, by making them come back anew.

        ``heard_here``: those who are connected have heard it, as it was said here.
        """
        logger.error("entries are missing in the log: clients that they were for begin anew")
        sockets = [session.socket for session in self.sessions.values() if session.socket is not None]
        for session in list(self.away.values()):
            self.drop(session)
        for number, socket in enumerate(() if heard_here else sockets):
            self.loop.call_later(number // AT_ONCE / 10, _start_over, socket)

    def begun_anew(self, epoch: Any, position: Any) -> None:
        """The log was found, or is another than it was."""
        self.epoch, self.position = epoch, position
        self.ring.clear(position)
        self._marks.clear()
        for session in self.sessions.values():
            session.restart()
            self.changed(session)

    def housekeeping(self) -> None:
        self.pass_time()
        if self.loop.time() - self._renewed > RENEW:
            self._renewed = self.loop.time()
            for session in self.sessions.values():
                if session.socket is not None:
                    session.proven(self._proven(session))
                    self.changed(session)


def _start_over(socket: Any) -> None:
    if socket.session is not None:
        socket.start_over()
