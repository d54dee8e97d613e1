"""What one hub writes into the log, and what it does while Redis is away.

In ordinary times an entry is told to the sockets here when it has been read back: everybody is told in the order of
the log. While Redis is away it is told at once, ahead of the log, and written when Redis is back.
"""

import asyncio
import logging
import secrets
from collections import deque
from itertools import chain
from typing import Any

from ..exceptions import BroadcastError
from ..logs import because
from ..metrics import count
from .entry import Entry
from .position import START
from .sealed import entry_record

logger = logging.getLogger("realtime.recovery")

RETRY = 0.25  # seconds between attempts to reach a Redis that is away
REMEMBER = 10.0  # seconds for which what was written is kept, to be written again when Redis has lost it
AT_ONCE = 500  # entries, and sessions, of one write
QUIET = 10.0  # seconds after a line in the log in which there is no other of the same
AWAY = "the log in Redis could not be reached; it gets this when it is back"


class Waiting:
    """An entry that was not told here yet."""

    __slots__ = ("answer", "entry", "kind", "socket", "when")

    def __init__(self, entry: Any, answer: Any, socket: Any, kind: Any, when: Any) -> None:
        self.entry, self.answer, self.socket, self.kind, self.when = entry, answer, socket, kind, when


class Writing:
    """Entries and sessions on their way to the ``Store``. ``hub`` is said in ``Feed``."""

    def __init__(self, hub: Any, store: Any, sealer: Any) -> None:
        self.hub, self.store, self.sealer, self.loop = hub, store, sealer, hub.loop
        self.origin, self.number = secrets.token_hex(8), 0
        self.epoch: Any = None  # None: not begun
        self.cursor = START
        self.away = False
        self.ahead = self.own = 0  # of our numbers: up to which told ahead of the log, up to which read from it
        self.written = 0
        self.backlog: deque[Any] = deque()
        self.recent: deque[Any] = deque()  # both (number, record, when, size): to be written, and written lately
        self._backlog_bytes = 0
        self.waiting: dict[int, Any] = {}  # number -> Waiting
        self.seen: dict[str, int] = {}  # origin -> the last number of it
        self.begun = asyncio.Event()
        self._something = asyncio.Event()
        self._dirty: dict[str, Any] = {}  # name -> session, see save
        self._saved: dict[str, list[Any]] = {}  # name -> futures of who waits for its write
        self._tasks: list[asyncio.Task[Any]] = []
        self._look_at_epoch, self._moved = True, self.loop.time()
        self._quiet_until, self._complained = 0.0, False

    def append(self, entry: Any, socket: Any = None, kind: Any = "event") -> Any:
        """Writes an entry; returns a future for how many were told here.

        It has a ``BroadcastError`` where the entry could be told here only.
        """
        self.number += 1
        entry = entry._replace(origin=self.origin, number=self.number)
        answer = self.loop.create_future()
        self.waiting[self.number] = Waiting(entry, answer, socket, kind, self.loop.time())
        if self._has_room(entry.size):
            self._queue(self.number, entry_record(kind, entry, self.hub.parser.name), entry.size)
        else:  # the others see that a number is missing
            count("recovery_backlog_overflow")
        if self.away:
            self._tell_ahead()
        return answer

    def _has_room(self, size: int) -> bool:
        """A Redis that is away may stay away; one that is there only has to keep up."""
        recovery = self.hub.recovery
        most = recovery.max_backlog if self.away else recovery.max_length
        return bool(len(self.backlog) < most and self._backlog_bytes + size <= recovery.max_bytes)

    def _queue(self, number: int, record: list[Any], size: int) -> None:
        self.backlog.append((number, record, self.loop.time(), size))
        self._backlog_bytes += size
        self._something.set()

    def _tell_ahead(self) -> None:
        """Tells what waits, without the log."""
        waiting, self.waiting = self.waiting, {}
        for number, each in waiting.items():
            self.ahead = number
            local = self.hub.told(each.entry, each.socket) if each.kind == "event" else 0
            if each.answer.done():
                continue
            if number <= self.written or each.socket is not None:
                each.answer.set_result(local)
            else:
                count("broadcasts_unreachable")
                each.answer.set_exception(BroadcastError(AWAY, local))
                each.answer.exception()  # whoever does not await it has been told by the counter

    def save(self, name: str, session: Any) -> None:
        """Saves a session (None: forgets it) with the next write."""
        self._dirty[name] = session
        self._something.set()

    async def saved(self, name: str) -> None:
        """When this session is saved as it is now; at once where Redis is away."""
        if not self.away and name in self._dirty:
            answer = self.loop.create_future()
            self._saved.setdefault(name, []).append(answer)
            await answer

    async def _check_epoch(self) -> None:
        raise NotImplementedError  # by who reads

    async def _write(self) -> None:
        while True:
            await self._something.wait()
            await self.begun.wait()
            self._something.clear()
            try:
                await self._write_some()
            except self.store.failures as error:
                self._failed(error)
                self._something.set()
                await asyncio.sleep(RETRY)

    async def _write_some(self) -> None:
        while self.backlog or self._dirty:
            entries = [self.backlog[i] for i in range(min(len(self.backlog), AT_ONCE))]
            names = list(self._dirty)[:AT_ONCE]
            saving = {name: self._dirty.pop(name) for name in names}
            answers = [answer for name in names for answer in self._saved.pop(name, ())]
            try:
                records = [self.hub.session_record(name, session) for name, session in saving.items()]
                epoch = await self.store.write([self.sealer.seal(each[1]) for each in entries], filter(None, records))
            except BaseException:
                self._dirty = saving | self._dirty
                raise
            finally:
                for answer in answers:
                    if not answer.done():
                        answer.set_result(None)
            for _ in entries:
                self.recent.append(self.backlog.popleft())
                self._backlog_bytes -= self.recent[-1][3]
            self._forget_old()
            if entries:
                self.written = max(self.written, entries[-1][0])
            if epoch != self.epoch:
                self._look_at_epoch = True
                await self._check_epoch()
            self._back()

    def _failed(self, error: Any) -> None:
        if not self.away:
            count("recovery_log_away")
            self._complain(error)
        self.away = True
        for answer in chain.from_iterable(self._saved.values()):
            if not answer.done():
                answer.set_result(None)
        self._saved.clear()
        self._tell_ahead()

    def _complain(self, error: Any) -> None:
        """Once in a while: what is wrong may go and come with every attempt."""
        if self.loop.time() >= self._quiet_until:
            self._quiet_until, self._complained = self.loop.time() + QUIET, True
            logger.warning(
                "the log in Redis is away, events reach this process only until it is back: %s", because(error)
            )

    def _back(self) -> None:
        if self.away and not self.backlog:
            self.away = False
            if self._complained:
                self._complained = False
                logger.info("the log in Redis is reached")

    def _forget_old(self) -> None:
        while self.recent and self.recent[0][2] < self.loop.time() - REMEMBER:
            self.recent.popleft()

    def _mark(self) -> Any:
        self.number += 1
        return self.sealer.seal(entry_record("mark", Entry("", (), origin=self.origin, number=self.number), ""))
