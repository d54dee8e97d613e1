"""The Redis of the log: a stream of entries, an epoch, and a key for each session. Commands, no decisions.

``epoch``: a word that is there as long as the data is; another one says that Redis has lost everything.
"""

import asyncio
import re
import secrets
from collections.abc import Iterable
from typing import Any

from ..metrics import count
from .place import connect, failures
from .position import Position

BLOCK = 500  # milliseconds that a read waits for something new
AT_ONCE = 500  # entries of one read, and of one write
CLAIMS = 20  # at the same time
EPOCH, WORD = re.compile(rb"[0-9a-f]{8}"), (0, 8)  # what an epoch is; where it is looked for, and one byte more

# Takes a session for us, if it is still what we have looked at: of two who claim it one gets it.
TAKE = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1
"""


async def append(client: Any, recovery: Any, sealed: bytes) -> None:
    """Writes one entry, for somebody who has no ``Store``."""
    await client.xadd(f"{recovery.prefix}:log", {b"e": sealed}, maxlen=recovery.max_length, approximate=True)


class Store:
    """One hub's connections to Redis. Everything may raise one of ``failures``."""

    def __init__(self, host: dict[str, Any], prefix: str, max_length: int, seconds: float) -> None:
        self.failures = failures()
        self._writing, self._reading, self._asking = connect(host), connect(host), connect(host)
        self._stream, self._epoch, self._sessions = f"{prefix}:log", f"{prefix}:epoch", f"{prefix}:session:"
        self._max_length, self._seconds = max_length, seconds
        self._claims = asyncio.Semaphore(CLAIMS)

    async def epoch(self) -> str:
        """The epoch of now; begins one where there is none, or a word that is none of ours."""
        while True:
            found = await self._asking.getrange(self._epoch, *WORD)
            if (epoch := _epoch(found)) is not None:
                return epoch
            if found:
                count("recovery_entries_refused")
            await self._asking.set(self._epoch, secrets.token_hex(4), nx=not found)

    async def write(self, entries: Iterable[bytes], sessions: Iterable[tuple[str, bytes | None, float]]) -> str | None:
        """Appends entries and saves sessions (name, None to delete, seconds to live); returns the epoch."""
        pipeline = self._writing.pipeline(transaction=False)
        for sealed in entries:
            pipeline.xadd(self._stream, {b"e": sealed}, maxlen=self._max_length, approximate=True)
        for name, record, seconds in sessions:
            if record is None:
                pipeline.delete(self._sessions + name)
            else:
                pipeline.set(self._sessions + name, record, px=max(1, int(seconds * 1000)))
        pipeline.getrange(self._epoch, *WORD)
        return _epoch((await pipeline.execute())[-1])

    async def read(self, after: Position) -> list[tuple[Position, bytes | None]]:
        """What comes behind a position, as soon as there is something, or nothing after a while."""
        found = await self._reading.xread({self._stream: _id(after)}, count=AT_ONCE, block=BLOCK)
        entries = found.get(self._stream.encode(), [[]])[0] if isinstance(found, dict) else found[0][1] if found else []
        return [_read(each) for each in entries]

    async def between(self, first: Position, last: Position) -> list[tuple[Position, bytes | None]]:
        """The entries from ``first`` to ``last``, both included."""
        entries: list[tuple[Position, bytes | None]] = []
        start = _id(first)
        while True:
            found = await self._asking.xrange(self._stream, start, _id(last), count=AT_ONCE)
            entries += [_read(each) for each in found]
            if len(found) < AT_ONCE:
                return entries
            start = b"(" + found[-1][0]

    async def last(self) -> Position | None:
        """The position of the last entry."""
        found = await self._asking.xrevrange(self._stream, count=1)
        return _read(found[0])[0] if found else None

    async def session(self, name: str) -> bytes | None:
        """A session as it was saved."""
        async with self._claims:
            found: bytes | None = await self._asking.get(self._sessions + name)
            return found

    async def take(self, name: str, before: bytes, after: bytes, seconds: float) -> bool:
        """Replaces a session that has not changed meanwhile; returns whether it had not."""
        async with self._claims:
            args = (before, after, int(seconds * 1000))
            return bool(await self._asking.eval(TAKE, 1, self._sessions + name, *args))

    async def trim(self, now: int) -> None:
        """Lets go what nobody may ask for any more, and the whole when nobody renews it.

        ``now``: milliseconds, by the clock of Redis.
        """
        pipeline = self._asking.pipeline(transaction=False)
        pipeline.xtrim(self._stream, minid=max(0, now - int(self._seconds * 1000)), approximate=True)
        pipeline.expire(self._stream, int(2 * self._seconds) + 60)
        pipeline.expire(self._epoch, int(2 * self._seconds) + 60)
        await pipeline.execute()

    async def close(self) -> None:
        for client in (self._writing, self._reading, self._asking):
            try:
                await client.aclose()
            except self.failures:
                pass


def _epoch(found: bytes) -> str | None:
    """What is there, if it is an epoch: it goes out to clients with every event."""
    return found.decode() if EPOCH.fullmatch(found) else None


def _id(position: Position) -> bytes:
    return b"%d-%d" % position


def _read(entry: Any) -> tuple[Position, bytes | None]:
    name, fields = entry
    time, _, number = name.partition(b"-")
    return (int(time), int(number)), fields.get(b"e") if fields else None
