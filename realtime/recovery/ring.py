"""The latest entries of the log, in memory: bounded in number, bytes and time. Pure: whoever calls has the clock."""

from collections import deque

from .entry import Entry
from .position import Position


class Ring:
    """Entries by position, the oldest dropped first. ``floor``: all that is behind it is still there."""

    def __init__(self, max_length: int, max_bytes: int, seconds: float, floor: Position) -> None:
        self.max_length, self.max_bytes, self.seconds = max_length, max_bytes, seconds
        self.clear(floor)

    def clear(self, floor: Position) -> None:
        """Forgets everything; what comes will be behind ``floor``."""
        self._entries: deque[tuple[Position, float, int, Entry]] = deque()
        self._bytes, self.floor = 0, floor

    def __len__(self) -> int:
        return len(self._entries)

    def append(self, position: Position, entry: Entry, now: float) -> None:
        """Adds one behind all others."""
        size = entry.size
        self._entries.append((position, now, size, entry))
        self._bytes += size
        self.expire(now)

    def expire(self, now: float) -> None:
        """Drops what is over a bound."""
        entries = self._entries
        while entries and (
            len(entries) > self.max_length or self._bytes > self.max_bytes or entries[0][1] < now - self.seconds
        ):
            self.floor, _, size, _ = entries.popleft()
            self._bytes -= size

    def since(self, position: Position) -> list[tuple[Position, Entry]] | None:
        """What came behind ``position``, in order; None if some of that may have been dropped."""
        if position < self.floor:
            return None
        found = []
        for where, _, _, entry in reversed(self._entries):
            if where <= position:
                break
            found.append((where, entry))
        return found[::-1]
