"""Sessions in Redis: saved when they change, claimed by whoever shows their secret."""

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from typing import Any

from ..exceptions import BroadcastError, RealtimeError
from ..hubs import parser_called
from ..messages import transcode
from ..metrics import count
from .data import Data
from .entry import Entry, is_whole
from .hub import RecoveringHub
from .sealed import read_entry, read_session, session_record

logger = logging.getLogger("realtime.recovery")

PATIENCE = 1.0  # seconds that a client waits for a log that is being looked for
RENEW = 30.0  # seconds between renewals of the sessions
AGAIN = 1.0  # seconds after which a session that came from elsewhere is saved again
ATTEMPTS = 3  # at a session that changes while it is claimed


class Keeping(RecoveringHub):
    """A hub whose sessions any process may claim; ``feed`` writes them."""

    feed: Any
    sealer: Any
    _by_sid: dict[Any, Any]  # (namespace, sid) -> session
    _complained = False

    def changed(self, session: Any) -> None:
        """Has it saved soon."""
        self.feed.save(self.sealer.name_of(session.pid), session)

    def session_record(self, name: str, session: Any) -> Any:
        """What is to be written for a session: its name, record and seconds to live; None for one that is elsewhere."""
        if session is None:
            return name, None, 0
        known: Any = self.sessions.get(session.pid)
        if known is not session:
            return None
        seconds = self.recovery.max_disconnection_duration
        seconds = seconds + 2 * RENEW if session.expires is None else session.expires - self.loop.time()
        try:
            return name, self.sealer.seal(session_record(session, self.epoch, self.feed.origin)), seconds
        except (TypeError, ValueError, OverflowError) as error:
            count("recovery_sessions_refused")
            if not self._complained:
                self._complained = True
                logger.error("self.data of a socket cannot be saved, it cannot be recovered: %s", error)
            return name, None, 0

    def _attach(self, session: Any, socket: Any) -> None:
        if not isinstance(session.data, Data):
            session.data = Data(session.data, lambda: self.changed(session))
        socket.data = session.data
        self._by_sid[session.namespace, session.sid] = session
        super()._attach(session, socket)
        self.changed(session)

    def keep(self, session: Any) -> None:
        super().keep(session)
        self._by_sid[session.namespace, session.sid] = session
        self.changed(session)

    def drop(self, session: Any) -> None:
        known = session.pid in self.sessions
        self._forget(session)
        if known:
            self.feed.save(self.sealer.name_of(session.pid), None)

    def _forget(self, session: Any) -> None:
        super().drop(session)
        found: Any = self._by_sid.get((session.namespace, session.sid))
        if found is session:
            del self._by_sid[session.namespace, session.sid]

    async def ready(self) -> None:
        if not self.feed.away:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(PATIENCE):
                    await self.feed.begun.wait()

    async def claim(self, pid: Any, namespace: str, identity: Any) -> Any:
        try:
            return None if self.feed.away else await self._claim(pid, namespace, identity)
        except (*self.feed.store.failures, BroadcastError):
            return None

    async def _claim(self, pid: Any, namespace: str, identity: Any) -> Any:
        name, owner = self.sealer.name_of(pid), None
        for _ in range(ATTEMPTS):
            before = await self.feed.store.session(name)
            record = self._opened(before)
            if record is None or (owner is not None and record.get("owner") != owner):
                return None
            owner = record.get("owner")
            try:
                session = read_session(record, pid, self.epoch)
            except (KeyError, TypeError, ValueError):
                count("recovery_entries_refused")
                return None
            if not self.allowed(session, namespace, identity):
                return None
            session.claims += 1
            mine = self.sealer.seal({**record, "owner": self.feed.origin, "claims": session.claims})
            seconds = self.recovery.max_disconnection_duration
            if await self.feed.store.take(name, before, mine, seconds):
                return await self._claimed(session)
        return None

    def holds(self, session: Any) -> bool:
        return self.sessions.get(session.pid) is session

    def _opened(self, sealed: Any) -> Any:
        """What is in Redis for a session; None where there is nothing of ours."""
        try:
            record = None if sealed is None else self.sealer.open(sealed)
            if record is None or type(record) is dict:
                return record
        except ValueError:
            pass
        count("recovery_entries_refused")
        return None

    async def _claimed(self, session: Any) -> Any:
        """The session is ours. Whoever had it reads that in the log, and we what it has said until then."""
        here = self.sessions.get(session.pid)
        if here is not None:
            session.socket, session.task = here.socket, here.task
            self._forget(here)
        # Known here from now on, so that whoever claims it after us finds it, here or through the log.
        self.sessions[session.pid] = self._by_sid[session.namespace, session.sid] = session
        try:
            await self.feed.append(Entry(session.namespace, (), (session.sid, str(session.claims))), kind="evict")
        except asyncio.CancelledError:
            if self.holds(session):
                self.keep(session)
            raise
        except BroadcastError:
            self._forget(session)
            raise
        # Whoever had it may have saved it a last time in the same moment.
        self.loop.call_later(AGAIN, self.changed, session)
        return session

    async def look_back(self, session: Any) -> None:
        first, last = session.since, self.ring.floor
        if first >= last:
            return
        try:
            found = await self.feed.store.between(first, self.feed.cursor)
        except self.feed.store.failures:
            found = []
        if found and found[0][0] == first:
            past = list(self._opened_entries(found))
            if is_whole(entry for *_, entry in past):
                missed = [each for each in past if first < each[0] <= last]
                session.older, session.fetched = self._understood(session, missed), last

    def _opened_entries(self, found: Any) -> Any:
        """Each of ours with its position, kind and parser."""
        for position, sealed in found:
            with contextlib.suppress(ValueError):
                kind, _, parser, entry = read_entry(self.sealer.open(sealed))
                yield position, kind, parser, entry

    def _understood(self, session: Any, entries: Any) -> Any:
        """Those that concern the session."""
        found, had = [], set()
        for position, kind, parser, entry in entries:
            if (
                kind == "event"
                and self._concerns(session, position, entry)
                and (not entry.number or (entry.origin, entry.number) not in had)
            ):
                had.add((entry.origin, entry.number))
                with contextlib.suppress(ValueError):
                    found.append((position, self.in_our_parser(entry, parser)))
        return found

    def in_our_parser(self, entry: Any, name: str) -> Any:
        """An entry in this hub's own parser; ``ValueError`` if that cannot be."""
        if name == self.parser.name:
            return entry
        try:
            return entry._replace(frames=transcode(entry.frames, parser_called(name), self.parser))
        except RealtimeError as error:
            raise ValueError(str(error)) from error

    # -- membership -------------------------------------------------------------------------------------------

    async def add(self, socket: Any) -> None:
        await super().add(socket)
        if socket.session is not None:
            self.changed(socket.session)
            await self._saved(socket.session)

    async def join(self, socket: Any, rooms: Sequence[str]) -> None:
        await super().join(socket, rooms)
        if socket.session is not None:
            await self._saved(socket.session)

    async def _saved(self, session: Any) -> None:
        """A client that is told that it is in, or is in a room, finds so wherever it comes back."""
        await self.feed.saved(self.sealer.name_of(session.pid))

    def _enter(self, socket: Any, rooms: Sequence[str]) -> Any:
        new = super()._enter(socket, rooms)
        if new and socket.session is not None:
            self.changed(socket.session)
        return new

    def leave(self, socket: Any, rooms: Sequence[str]) -> None:
        super().leave(socket, rooms)
        if socket.session is not None:
            self.changed(socket.session)
