"""The log as one hub has it: what it writes (``writing``), what it reads (``reading``), and what time brings."""

import asyncio
from typing import Any

from ..metrics import count
from .entry import Entry
from .reading import Reading
from .writing import RETRY, logger

LOOK = 0.2  # seconds between looks at what waits
LATE = 0.8  # seconds after which an entry that was not read back is told all the same
BEAT = 1.0  # seconds between looks at the epoch
HOUSEKEEPING = 10.0  # seconds between what can wait
MARK = 20.0  # seconds after which a log where nothing is said gets an entry, so that positions stay known


class Feed(Reading):
    """``hub`` has ``told``, ``evicted``, ``missing``, ``begun_anew`` and ``housekeeping``; see ``RedisHub``."""

    def start(self) -> None:
        """Begins; harmless when it has."""
        if not self._tasks:
            works = (self._write, self._read, self._watch)
            self._tasks = [self.loop.create_task(self._for_ever(work)) for work in works]

    async def _for_ever(self, work: Any) -> None:
        while True:
            try:
                await work()
            except Exception:
                logger.exception("internal error in the log of connection state recovery, going on")
                await asyncio.sleep(RETRY)

    async def close(self) -> None:
        """Writes what is there to be written, if that is quick, and ends."""
        try:
            async with asyncio.timeout(1.0):
                while (self.backlog or self._dirty) and not self.away:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
        except TimeoutError:
            pass
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.store.close()

    async def _watch(self) -> None:
        beat = house = self.loop.time()
        while True:
            before = self.loop.time()
            await asyncio.sleep(LOOK)
            now = self.loop.time()
            oldest = next(iter(self.waiting.values()), None)
            blocked = now - before > 2 * LOOK  # then answers may wait to be read
            if oldest is not None and now - oldest.when > LATE and not blocked:
                self._late(oldest)
            if now - beat >= BEAT and not self.away:
                beat, self._look_at_epoch = now, True
            if now - house >= HOUSEKEEPING:
                house = now
                await self._keep_house(now)

    def _late(self, oldest: Any) -> None:
        """Redis hangs, or is slow. What it has taken will come; the rest is told ahead."""
        if oldest.entry.number <= self.written:
            count("recovery_entries_late")
            self._tell_ahead()
        else:
            self._failed(TimeoutError("no answer"))

    async def _keep_house(self, now: float) -> None:
        self._forget_old()
        self.hub.housekeeping()
        if self.away:
            return
        if now - self._moved > MARK:
            self.append(Entry("", ()), kind="mark")
        try:
            await self.store.trim(self.cursor[0])
        except self.store.failures:
            self._look_at_epoch = True
