"""A hub that keeps what it sends, and the sessions of its sockets. What is the same in memory and with Redis.

What it needs of a socket beyond what ``adapter`` says: ``session`` (None for clients that know no recovery),
``replaying`` (it gets what the log has later), ``transport`` and ``task``.
"""

import asyncio
import hmac
from collections import deque
from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

from ..metrics import count
from ..targets import EVERYWHERE, is_many
from .entry import with_offset
from .position import Offset, read_offset
from .ring import Ring
from .session import Session
from .telling import Telling

SLACK = 10.0  # seconds that timers may be late


class RecoveringHub(Telling):
    """A ``Hub`` with a log. ``position`` is that of the last entry that was told to the sockets here."""

    recovery: Any
    epoch: Any
    position: Any

    def __init__(self, loop: asyncio.AbstractEventLoop, parser: Any, layer: Any, secret: Any, options: Any) -> None:
        super().__init__(loop, parser, layer, secret, options)
        self.recovery = recovery = options.recovery
        self.epoch, self.position = self.beginning()
        self.sessions: dict[str, Any] = {}  # pid -> session, of the sockets here and of those that were here lately
        self.away: dict[str, Any] = {}  # those of the latter, the first to expire first
        self._marks: deque[tuple[float, Any]] = deque()  # (when, position): see _proven
        self._unproven = options.ping_interval + 2 * options.ping_timeout + SLACK
        self.ring = Ring(recovery.max_length, recovery.max_bytes, self.retention, self.position)

    def beginning(self) -> tuple[Any, Any]:
        """The epoch and the position at which this hub begins."""
        raise NotImplementedError

    @property
    def retention(self) -> Any:
        """How long, in seconds, the log must go back for a client that stays away as long as it may."""
        return self.recovery.max_disconnection_duration + self._unproven + 2 * SLACK

    # -- sessions ---------------------------------------------------------------------------------------------

    async def ready(self) -> None:
        """When the log was found, or cannot be at the moment."""

    def begin(self, socket: Any) -> None:
        """A new session for a socket that comes for the first time."""
        session = Session(socket.sid, socket.namespace, self.identity_of(socket), self.position, socket.data)
        self._attach(session, socket)

    def _attach(self, session: Any, socket: Any) -> None:
        session.socket, session.task, session.expires = socket, socket.task, None
        session.attached = self.loop.time()
        socket.session = self.sessions[session.pid] = session
        self.wake()

    def identity_of(self, socket: Any) -> Any:
        """Who the socket belongs to, as sessions have it: no credential that could be used."""
        identity = repr(socket.transport.identity).encode(errors="surrogatepass")
        return blake2b(identity, key=self.secret[:64], digest_size=16).digest()

    async def recover(self, socket: Any, pid: Any, offset: Any) -> bool:
        """Makes the socket the one that its client had, if nothing is missing; returns whether it is.

        The socket then has its old id, data and rooms, is ``replaying``, and the session is nobody else's any more.
        """
        session = await self.claim(pid, socket.namespace, self.identity_of(socket))
        if session is None or not await self._ready_for(session, socket, offset):
            count("recoveries_refused")
            return False
        socket.sid, socket.data, socket.replaying = session.sid, session.data, True
        self._attach(session, socket)
        await self.announce((socket.namespace, room) for room in super()._enter(socket, list(session.rooms)))
        return True

    async def _ready_for(self, session: Any, socket: Any, offset: Any) -> bool:
        """Whether the socket can go on with the session, which is nobody else's then."""
        try:
            if not self._understands(session, offset) or not await self._covers(session, socket):
                self.drop(session)
                return False
            await self._evict(session, 2 * socket.transport.options.disconnect_timeout)
        except asyncio.CancelledError:  # it has left again
            if self.holds(session):
                self.keep(session)
            raise
        return self.holds(session)

    def holds(self, session: Any) -> bool:
        """Whether nobody has claimed the session after us."""
        return True

    async def claim(self, pid: Any, namespace: str, identity: Any) -> Any:
        """Takes the session out, so that nobody else can; None if it is not to be had."""
        raise NotImplementedError

    def allowed(self, session: Any, namespace: str, identity: Any) -> Any:
        """Whether this client may have this session."""
        if session is None or session.namespace != namespace:
            return False
        return hmac.compare_digest(session.identity, identity)

    def _understands(self, session: Any, offset: Any) -> bool:
        """Whether it is known up to where this client has received.

        Clients without an offset have got nothing in this connection, nor have those with one of another epoch, which
        they keep from an earlier one.
        """
        if offset is not None:
            offset = read_offset(offset)
            if offset is None or (offset.epoch == self.epoch and offset.position > self.position):
                return False
            if offset.epoch == self.epoch:
                session.proven(offset.position)
                session.ahead = (offset.origin, offset.ahead)
        return session.since is not None and session.since >= session.floor

    async def _covers(self, session: Any, socket: Any) -> bool:
        """Whether the log has all that this client has missed, and not more than it could take at once."""
        await self.look_back(session)
        missed = self.missed(session)
        most = socket.transport.options.max_outbox_bytes / 2  # over it the client would be closed, and so on
        return missed is not None and sum(entry.size for _, entry in missed) < most

    async def look_back(self, session: Any) -> None:
        """Gets what is not in the memory of this process any more, where that can be had."""

    def missed(self, session: Any) -> Any:
        """What the client has missed so far, as frames; None if the log does not have all of it any more."""
        entries = self.ring.since(max(session.since, session.fetched))
        if entries is None:
            return None
        entries = [*session.older, *entries]
        return [each for each in entries if not session.has(each[1]) and self._concerns(session, *each)]

    def _concerns(self, session: Any, position: Any, entry: Any) -> Any:
        many = is_many(entry.namespace) and entry.namespace != EVERYWHERE
        if many and session.namespace in self._namespaces(entry.namespace, entry.rooms):
            entry = entry._replace(namespace=EVERYWHERE)
        return session.concerns(entry, position)

    async def _evict(self, session: Any, patience: Any) -> None:
        """Ends the connection that the client had, if it is still here, and waits for its application."""
        old, session.socket = session.socket, None
        if old is not None:
            old.session = None
            count("recoveries_of_live_sockets")
            old.transport.close("transport close")
        if session.task is not None and not session.task.done():
            await asyncio.wait([session.task], timeout=patience)

    def replay(self, socket: Any) -> None:
        """Sends what the client has missed; from now on it hears at once. What it has missed was asked for before."""
        session, socket.replaying = socket.session, False
        missed, session.older = self.missed(session) or (), ()
        for position, entry in missed:
            frames = self.in_namespace(entry, socket.namespace)
            offset = str(Offset(self.epoch, position, *session.ahead))
            socket.deliver(with_offset(frames, self.parser, offset), None if entry.compress else {"compress": False})

    def keep(self, session: Any) -> None:
        """The socket has lost its connection: its client may come back for some time."""
        session.proven(self._proven(session))
        session.socket, session.expires = None, self.loop.time() + self.recovery.max_disconnection_duration
        self.away.pop(session.pid, None)
        self.sessions[session.pid] = self.away[session.pid] = session
        if len(self.away) > self.recovery.max_sessions:
            count("recovery_sessions_dropped")
            self.drop(next(iter(self.away.values())))

    def drop(self, session: Any) -> None:
        """The socket is gone for good."""
        session.socket = None
        self.sessions.pop(session.pid, None)
        self.away.pop(session.pid, None)

    # -- membership -------------------------------------------------------------------------------------------

    async def add(self, socket: Any) -> None:
        if socket.session is not None and not socket.replaying:
            socket.session.entered = self.position
        await super().add(socket)

    def _enter(self, socket: Any, rooms: Sequence[str]) -> Any:
        new = super()._enter(socket, rooms)
        if new and socket.session is not None:
            socket.session.joined(new, self.position)
        return new

    def leave(self, socket: Any, rooms: Sequence[str]) -> None:
        session = socket.session
        for room in rooms if session is not None else ():
            if socket.replaying:  # it may not be there any more, so that what it has missed there is not for it
                session.forget(room)
            else:
                session.left(room, self.position)
        super().leave(socket, rooms)

    # -- time -------------------------------------------------------------------------------------------------

    def wake(self) -> None:
        """There is something to look after again."""

    def pass_time(self) -> None:
        """What is due every few seconds: sessions and entries expire, and the log's position is noted."""
        now = self.loop.time()
        while self.away and (first := next(iter(self.away.values()))).expires <= now:
            self.drop(first)
        self.ring.expire(now)
        self._marks.append((now, self.position))
        while len(self._marks) > 1 and self._marks[1][0] <= now - self._unproven:
            self._marks.popleft()

    def _proven(self, session: Any) -> Any:
        """Up to where the client must have received, if it was there the whole time: it has answered a later ping.

        Clients answer pings in turn with what they are sent. When one is found not to have answered, it had answered
        the ping before, which went out one interval and at most two timeouts ago.
        """
        when, position = self._marks[0] if self._marks else (0.0, None)
        return position if session.attached <= when <= self.loop.time() - self._unproven else None
