"""What one hub reads from the log, of its own and of others.

Entries are numbered by who writes them, so that what comes twice is dropped, and what is missing is seen.
"""

import asyncio
from typing import Any

from ..metrics import count
from .entry import Entry
from .position import START
from .sealed import read_entry
from .writing import RETRY, Writing, logger

MOST_ORIGINS = 10_000


class Reading(Writing):
    """Tells the hub what is in the log, once, and when it is another log."""

    async def _read(self) -> None:
        while True:
            try:
                await self._check_epoch()
                for position, sealed in await self.store.read(self.cursor):
                    self.cursor, self._moved = position, self.loop.time()
                    self._take(position, sealed)
            except self.store.failures as error:
                self._failed(error)
                self._look_at_epoch = True
                await asyncio.sleep(RETRY)

    async def _check_epoch(self) -> None:
        """Begins, or begins anew where Redis has lost what it had."""
        if not self._look_at_epoch:
            return
        epoch = await self.store.epoch()
        if self.epoch is None:
            await self._begin(epoch)
        elif epoch != self.epoch:
            self._begin_anew(epoch)
        self._look_at_epoch = False
        self._something.set()
        self._back()

    async def _begin(self, epoch: Any) -> None:
        last = await self.store.last()
        if last is None:
            await self.store.write([self._mark()], ())
            last = await self.store.last()
        self.epoch, self.cursor = epoch, last or START
        await self.store.trim(self.cursor[0])
        self.hub.begun_anew(epoch, self.cursor)
        self.begun.set()

    def _begin_anew(self, epoch: Any) -> None:
        """Reads the new log from its beginning; what we have said lately is said again there."""
        count("recovery_epochs")
        logger.warning("Redis has lost the log of connection state recovery: what was said lately is written again.")
        self.epoch, self.cursor = epoch, START
        again = [(number, [*record[:4], True, *record[5:]], when, size) for number, record, when, size in self.recent]
        self.recent.clear()
        self.backlog.extendleft(reversed(again))
        self._backlog_bytes += sum(each[3] for each in again)
        self.hub.begun_anew(epoch, START)
        self.append(Entry("", ()), kind="mark")

    def _take(self, position: Any, sealed: Any) -> Any:
        """One entry of the log, whoever has written it."""
        try:
            kind, again, parser, entry = read_entry(self.sealer.open(sealed))
            entry = self.hub.in_our_parser(entry, parser) if kind == "event" else entry
        except ValueError:
            count("recovery_entries_refused")
            return self.hub.passed(position)
        if entry.number and not self._is_next(entry, again):
            return self.hub.passed(position, entry if again else None)
        self.hub.passed(position, entry if kind == "event" else None)
        if entry.origin == self.origin:
            self._took_own(entry, kind)
        elif kind == "event":
            self.hub.told(entry)
        elif kind == "evict":
            self._evict(entry)

    def _evict(self, entry: Any) -> None:
        if len(entry.rooms) == 2 and entry.rooms[1].isdecimal():
            self.hub.evicted(entry.namespace, entry.rooms[0], int(entry.rooms[1]))
        else:
            count("recovery_entries_refused")

    def _is_next(self, entry: Any, again: Any) -> bool:
        """Whether this is to be told; sees what comes twice, and what is missing."""
        last = self.seen.pop(entry.origin, None)
        self.seen[entry.origin] = max(entry.number, last or 0)
        if len(self.seen) > MOST_ORIGINS:
            del self.seen[next(iter(self.seen))]
        if last is None:
            return not again  # what was said before we listened was not for the sockets here
        if entry.number <= last:
            count("recovery_entries_repeated")
            return False
        if entry.number > last + 1:
            count("recovery_entries_missing", entry.number - last - 1)
            self.hub.missing(heard_here=entry.origin == self.origin)
        return True

    def _took_own(self, entry: Any, kind: Any) -> None:
        self.own = entry.number
        each = self.waiting.pop(entry.number, None)
        if each is None:
            return  # told ahead
        local = self.hub.told(entry, each.socket) if kind == "event" else 0
        if not each.answer.done():
            each.answer.set_result(local)
