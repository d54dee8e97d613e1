"""Who hears what in this event loop: the channels, what waits for them, and the groups they are in."""

import asyncio
import logging
from collections.abc import Callable, Iterable
from typing import Any

from ..metrics import count

logger = logging.getLogger("realtime.rooms")

CAPACITY = 10_000  # messages that wait for one consumer
QUIET = 10.0  # seconds between two lines about consumers that do not read
MOURNING = 60.0  # seconds after which a channel that ended is taken out of its groups

Receive = Callable[[Any], None]


class Inboxes:
    """``unpack(data)`` makes a message of what was published."""

    def __init__(self, unpack: Callable[[bytes], Any], capacity: int = CAPACITY) -> None:
        self._unpack, self._capacity = unpack, capacity
        self.channels: dict[str, asyncio.Queue[bytes] | Receive] = {}
        self.groups: dict[str, set[str]] = {}
        self._ended: set[str] = set()
        self._burial: asyncio.TimerHandle | None = None
        self._loop = asyncio.get_running_loop()
        self._told_at = -QUIET

    def open(self, channel: str) -> None:
        """What comes for this channel waits for ``get``."""
        self.channels[channel] = asyncio.Queue(self._capacity)

    def listen(self, channel: str, receive: Receive) -> None:
        """What comes for this channel, and what has come, is given to ``receive`` at once."""
        inbox = self.channels[channel]
        self.channels[channel] = receive
        while isinstance(inbox, asyncio.Queue) and not inbox.empty():
            self._give(receive, inbox.get_nowait())

    async def get(self, channel: str) -> Any:
        """The next message that can be unpacked."""
        inbox: Any = self.channels[channel]
        while True:
            try:
                return self._unpack(await inbox.get())
            except Exception:  # whatever a serializer raises for what it did not write
                count("layer_messages_refused")

    def close(self, channel: str) -> bool:
        """Whether there was such a channel."""
        if self.channels.pop(channel, None) is None:
            return False
        self._ended.add(channel)
        return True

    def join(self, group: str, channel: str) -> bool:
        """Whether it was in it already."""
        members = self.groups.setdefault(group, set())
        was_in = channel in members
        members.add(channel)
        return was_in

    def leave(self, group: str, channel: str) -> bool:
        """Whether the group has ended with that."""
        members = self.groups.get(group, set())
        members.discard(channel)
        return not members and self.groups.pop(group, None) is not None

    def clear(self) -> None:
        """Forgets all."""
        self.channels.clear()
        self.groups.clear()
        self._ended.clear()
        if self._burial is not None:
            self._burial.cancel()
            self._burial = None

    def bury_later(self, ended: Callable[[Iterable[str]], None]) -> None:
        """A consumer that failed has left no group. ``ended`` is told of the groups that are empty without it.

        Not at once: who cancels ``receive`` after some seconds and calls it again, is in its groups still.
        """
        if self._burial is None:
            self._burial = self._loop.call_later(MOURNING, self._bury, ended)

    def _bury(self, ended: Callable[[Iterable[str]], None]) -> None:
        gone = self._ended.difference(self.channels)
        self._ended.clear()
        self._burial = None
        for members in self.groups.values():
            members -= gone
        empty = [group for group, members in self.groups.items() if not members]
        for group in empty:
            del self.groups[group]
        ended(empty)

    # -- what comes -----------------------------------------------------------------------------------------

    def put(self, name: bytes, data: bytes) -> None:
        """Something was published."""
        channel = name.decode()
        receivers = (channel,) if channel in self.channels else tuple(self.groups.get(channel, ()))
        for each in receivers:
            receiver = self.channels.get(each)
            if isinstance(receiver, asyncio.Queue):
                self._keep(receiver, data)
            elif receiver is not None:
                self._give(receiver, data)

    def put_into_all(self, data: bytes) -> None:
        """For all who wait, not for those who are called."""
        for inbox in self.channels.values():
            if isinstance(inbox, asyncio.Queue):
                self._keep(inbox, data)

    def _keep(self, inbox: asyncio.Queue[bytes], data: bytes) -> None:
        try:
            inbox.put_nowait(data)
        except asyncio.QueueFull:
            count("layer_messages_dropped")
            if self._loop.time() - self._told_at > QUIET:
                self._told_at = self._loop.time()
                logger.warning("a consumer does not read: what comes beyond %d messages is dropped", inbox.qsize())

    def _give(self, receive: Receive, data: bytes) -> None:
        try:
            message = self._unpack(data)
        except Exception:
            return count("layer_messages_refused")
        receive(message)
